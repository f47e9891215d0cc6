//! Credentials that end are told of, each once: who remembers a caller must not remember longer.

use access::Role;
use directory::Directory;
use directory::actions::log_in::{SignedIn, log_in};
use directory::actions::log_out::log_out;
use directory::actions::refresh_session::refresh_session;
use events::directory::{ApiKeyRevoked, SessionEnded};
use ids::{ApiKeyId, GlobalId, PersonId, ProviderId, TenantId};
use serde_json::json;

use crate::world::{PASSWORD, World, codes, email, global, id, story};

async fn signed_in(directory: &Directory, name: &str) -> SignedIn {
    log_in(directory, &email(name), PASSWORD, None)
        .await
        .unwrap()
}

/// Whose sessions were told to have ended, in order. Each is the only fact about its session.
async fn ended(world: &World) -> Vec<(PersonId, Option<TenantId>, Option<ProviderId>)> {
    let told = world.announced("session.ended.v1").await;
    let mut seen = std::collections::HashSet::new();
    told.iter()
        .map(|fact| {
            let SessionEnded { session, person } = fact.read().unwrap();
            assert_eq!((&fact.subject, fact.sequence), (&session.to_string(), 1));
            assert!(seen.insert(session), "told twice: {session}");
            (person, fact.tenant, fact.provider)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_told_once_whatever_ends_it() {
    story(async {
        let world = World::start("ending-sessions").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let ana = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let rosa = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let luis = world
            .staff("Luis Rojas", provider, &[(&tenant, &[Role::Agent])])
            .await;
        let operator = directory::app::ensure_operator(&world.deps, &email("ops"), PASSWORD)
            .await
            .unwrap();
        let directory = directory::app::join(&world.deps, world.config.clone())
            .await
            .unwrap();
        let of_tenant = |person| (person, Some(tenant.id), Some(provider));

        // Logging out, which may be said twice.
        let session = signed_in(&directory, "Ana Quispe").await;
        for _ in 0..2 {
            log_out(&directory, &session.refresh).await.unwrap();
        }
        log_out(&directory, "vr_nada").await.unwrap();
        let mut expected = vec![of_tenant(ana.person)];
        assert_eq!(ended(&world).await, expected);

        // A refresh token in two hands.
        let session = signed_in(&directory, "Ana Quispe").await;
        let next = refresh_session(&directory, &session.refresh).await.unwrap();
        assert_eq!(ended(&world).await, expected, "a refresh ends nothing");
        for spent in [&session.refresh, &next.refresh] {
            refresh_session(&directory, spent).await.unwrap_err();
        }
        expected.push(of_tenant(ana.person));
        assert_eq!(ended(&world).await, expected);

        // A new password of one's own ends all, also of one of the staff, who belongs to no tenant.
        for _ in 0..2 {
            signed_in(&directory, "Luis Rojas").await;
        }
        let input = json!({"old": PASSWORD, "new": "cuatro gatos verdes"});
        let done = world
            .change(&luis, "setPassword", input, "done problems { code }")
            .await;
        assert_eq!(done["done"], true, "{done}");
        expected.extend([(luis.person, None, Some(provider)); 2]);
        assert_eq!(ended(&world).await, expected);

        // One given by an administrator, and the end of somebody's activity.
        signed_in(&directory, "Rosa Huaman").await;
        let rosa_here = global(&tenant, rosa.person);
        let input = json!({"person": rosa_here, "password": PASSWORD});
        let done = world
            .change(&ana, "changePerson", input, "problems { code }")
            .await;
        assert_eq!(codes(&done), Vec::<&str>::new());
        expected.push(of_tenant(rosa.person));
        assert_eq!(ended(&world).await, expected);
        signed_in(&directory, "Rosa Huaman").await;
        let input = json!({"person": rosa_here});
        world
            .change(&ana, "deactivatePerson", input, "problems { code }")
            .await;
        expected.push(of_tenant(rosa.person));
        assert_eq!(ended(&world).await, expected);

        // An operator belongs to nobody.
        let session = signed_in(&directory, "ops").await;
        log_out(&directory, &session.refresh).await.unwrap();
        expected.push((operator, None, None));
        assert_eq!(ended(&world).await, expected);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_told_once() {
    story(async {
        let world = World::start("ending-keys").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let input = json!({"name": "Monitoreo"});
        let made = world
            .change(&admin, "createApiKey", input, "apiKey { id }")
            .await;
        let key: GlobalId<ApiKeyId> = id(&made["apiKey"]["id"]);
        for _ in 0..2 {
            world
                .change(
                    &admin,
                    "revokeApiKey",
                    json!({"apiKey": key}),
                    "problems { code }",
                )
                .await;
        }
        let told = world.announced("api_key.revoked.v1").await;
        let [fact] = &told[..] else {
            panic!("told {} times", told.len())
        };
        assert_eq!(fact.read::<ApiKeyRevoked>().unwrap().key, key.id);
        assert_eq!((&fact.subject, fact.sequence), (&key.id.to_string(), 1));
        assert_eq!(
            (fact.tenant, fact.provider),
            (Some(tenant.id), Some(provider))
        );
        world.suite.finish().await;
    })
    .await;
}
