//! What the command line needs: the first operator, and tokens for development.

use access::Role;
use directory::error::Error;
use serde_json::json;

use crate::world::{PASSWORD, World, story};

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_made_once() {
    story(async {
        let world = World::start("set-up-operator").await;
        let ensure = |email: &'static str, password: &'static str| {
            let deps = &world.deps;
            async move { directory::app::ensure_operator(deps, email, password).await }
        };
        assert!(matches!(
            ensure("ops@ejemplo.pe", "corta").await,
            Err(Error::Invalid(_))
        ));
        assert!(matches!(
            ensure("nadie", PASSWORD).await,
            Err(Error::Invalid(_))
        ));
        let first = ensure("ops@ejemplo.pe", PASSWORD).await.unwrap();
        assert_eq!(
            ensure("OPS@ejemplo.pe", "otra clave larga").await.unwrap(),
            first
        );
        let door = world.serve();
        assert_eq!(
            door.log_in("ops@ejemplo.pe", PASSWORD).await.status,
            200,
            "the first password stands"
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_development_speaks_for_the_first_who_holds_the_role() {
    story(async {
        let world = World::start("set-up-token").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let ana = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        world.person("Eva Quispe", &tenant, Role::TenantAdmin).await;
        let luis = world.staff("Luis Rojas", provider, &[(&tenant, &[Role::Agent])]).await;
        let operator = directory::app::ensure_operator(&world.deps, "ops@ejemplo.pe", PASSWORD).await.unwrap();
        let door = world.serve();
        for (role, person) in [(Role::TenantAdmin, ana.person), (Role::Agent, luis.person), (Role::Operator, operator)] {
            let slug = if role == Role::Operator { "" } else { "alfa" };
            let token = directory::app::development_token(&world.deps, &world.config, slug, role).await.unwrap();
            let claims = door.caller("bearer", &token, None).await;
            assert_eq!((claims.status, claims.text("sub")), (200, person.to_string().as_str()), "{role}");
        }
        for (slug, role) in [("alfa", Role::QualityManager), ("nada", Role::Agent), ("alfa", Role::Integrator)] {
            let token = directory::app::development_token(&world.deps, &world.config, slug, role).await;
            assert!(matches!(token, Err(Error::NotFound(_))), "{slug} {role}");
        }
        let mut config = world.config.clone();
        config.production = true;
        let token = directory::app::development_token(&world.deps, &config, "alfa", Role::Agent).await;
        assert!(matches!(token, Err(Error::Production)));
        let data = world.data(&ana, "{ me { name email person { name } tenant { slug } } }", json!({})).await;
        assert_eq!(data["me"], json!({"name": "Ana Quispe", "email": "ana.quispe@ejemplo.pe", "person": {"name": "Ana Quispe"}, "tenant": {"slug": "alfa"}}));
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}
