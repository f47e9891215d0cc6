//! Who may see which figures.

use access::Role;
use events::Lane;
use events::intake::TicketState;
use ids::GlobalId;

use crate::world::{Told, World};

#[tokio::test(flavor = "multi_thread")]
async fn each_tenant_sees_its_own_and_the_others_do_not_exist() {
    let world = World::start("isolation").await;
    let (a, b) = (world.tenant("alfa").await, world.tenant("beta").await);
    for (tenant, cases) in [(a, 1), (b, 2)] {
        for _ in 0..cases {
            let told = Told::new(&world, tenant)
                .opened("2026-11-20T10:00:00Z")
                .state("2026-11-20T11:00:00Z", TicketState::Resolved);
            world.hear(Lane::Live, &told.facts).await;
        }
        world.kept(tenant, 1 + 2 * cases).await;
    }
    let cases = |data: serde_json::Value| data["indicators"]["cases"].as_i64().unwrap();
    let own = |role| world.caller(role, &[a]);
    assert_eq!(
        cases(
            world
                .answer(own(Role::TenantAdmin), "{ indicators { cases } }")
                .await
        ),
        1
    );
    let theirs = format!(
        "{{ indicators(tenant: \"{}\") {{ cases }} }}",
        GlobalId::new(b, b)
    );
    assert_eq!(
        world.refusal(own(Role::ServiceManager), &theirs).await,
        "NOT_FOUND"
    );
    let mixed = format!(
        "{{ indicators(tenant: \"{}\") {{ cases }} }}",
        GlobalId::new(a, b)
    );
    assert_eq!(
        world.refusal(own(Role::ServiceManager), &mixed).await,
        "NOT_FOUND"
    );
    let rebuild = format!(
        "mutation {{ rebuildReports(input: {{tenant: \"{b}\"}}) {{ rebuilt {{ facts }} }} }}"
    );
    assert_eq!(
        world.refusal(own(Role::ServiceManager), &rebuild).await,
        "NOT_FOUND"
    );

    // Staff of both name the one they mean.
    let both = || world.caller(Role::ServiceManager, &[a, b]);
    assert_eq!(
        world.refusal(both(), "{ indicators { cases } }").await,
        "TENANT_REQUIRED"
    );
    assert_eq!(cases(world.answer(both(), &theirs).await), 2);

    // Roles: a requester sees no figures, the client's administrator none by agent and may not rebuild.
    assert_eq!(
        world
            .refusal(own(Role::Requester), "{ indicators { cases } }")
            .await,
        "FORBIDDEN"
    );
    assert_eq!(
        world
            .refusal(own(Role::Agent), "{ indicators { cases } }")
            .await,
        "FORBIDDEN"
    );
    assert_eq!(
        world
            .refusal(
                own(Role::TenantAdmin),
                "{ indicators(groupBy: [AGENT]) { cases } }"
            )
            .await,
        "FORBIDDEN"
    );
    let rebuild = "mutation { rebuildReports(input: {}) { rebuilt { facts } } }";
    assert_eq!(
        world.refusal(own(Role::TenantAdmin), rebuild).await,
        "FORBIDDEN"
    );
    assert_eq!(
        world
            .refusal(own(Role::Operator), "{ indicators { cases } }")
            .await,
        "FORBIDDEN"
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_make_no_sense_are_named() {
    let world = World::start("arguments").await;
    let tenant = world.tenant("gamma").await;
    let caller = || world.caller(Role::ServiceManager, &[tenant]);
    for query in [
        r#"{ indicators(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z") { cases } }"#,
        r#"{ indicators(timeZone: "Mars/Olympus") { cases } }"#,
        r#"{ indicators(afterPosition: "nowhere") { cases } }"#,
        "{ indicators(groupBy: [LINE, GROUP, KIND, MONTH]) { cases } }",
    ] {
        assert_eq!(world.refusal(caller(), query).await, "BAD_INPUT", "{query}");
    }
    world
        .db
        .set_tenant_state(tenant, tenancy::TenantState::Suspended)
        .await
        .unwrap();
    assert_eq!(
        world.refusal(caller(), "{ indicators { cases } }").await,
        "SUSPENDED"
    );
    world.finish().await;
}
