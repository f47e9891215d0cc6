//! Which tenants there are, and which of them are served.

use std::{sync::Arc, time::Duration};

use ids::TenantId;
use tenancy::{NewTenant, ServiceDb, TenancyError, TenantState};

use crate::world::{DESK, World, story};

#[tokio::test]
async fn a_suspended_tenant_is_refused_but_its_facts_are_taken() {
    story(async {
        let world = World::start("suspended", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        world.db.begin(acme).await.unwrap().commit().await.unwrap();
        world
            .db
            .set_tenant_state(acme, TenantState::Suspended)
            .await
            .unwrap();
        assert!(matches!(
            world.db.begin(acme).await,
            Err(TenancyError::Suspended)
        ));
        assert!(matches!(
            world.db.begin_read(acme).await,
            Err(TenancyError::Suspended)
        ));
        world
            .db
            .begin_fact(acme)
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
        assert_eq!(world.db.ready(&[beta, acme]).await.unwrap(), [beta]);
        world.db.begin(beta).await.unwrap().commit().await.unwrap();
        world
            .db
            .set_tenant_state(acme, TenantState::Ready)
            .await
            .unwrap();
        world.db.begin(acme).await.unwrap().commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_unknown_tenant_is_not_found() {
    story(async {
        let world = World::start("unknown", &DESK).await;
        let nobody = world.new_tenant("nadie");
        assert!(matches!(
            world.db.begin(nobody.id).await,
            Err(TenancyError::NotFound)
        ));
        assert!(matches!(
            world.db.begin_fact(nobody.id).await,
            Err(TenancyError::NotFound)
        ));
        assert!(matches!(
            world.db.tenant(nobody.id).await,
            Err(TenancyError::NotFound)
        ));
        assert!(matches!(
            world.db.update_tenant(&nobody).await,
            Err(TenancyError::NotFound)
        ));
        let suspended = world
            .db
            .set_tenant_state(nobody.id, TenantState::Suspended)
            .await;
        assert!(matches!(suspended, Err(TenancyError::NotFound)));
        assert_eq!(
            world.db.ready(&[nobody.id]).await.unwrap(),
            Vec::<TenantId>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn a_tenant_is_known_as_it_was_last_told() {
    story(async {
        let world = World::start("told", &DESK).await;
        let new = world.new_tenant("acme");
        world.db.provision_tenant(&new).await.unwrap();
        let changed = NewTenant {
            slug: "acme-peru".to_owned(),
            name: "Acme Perú".to_owned(),
            ..new.clone()
        };
        world.db.update_tenant(&changed).await.unwrap();
        let row = world.db.tenant(new.id).await.unwrap();
        assert_eq!(
            (row.slug.as_str(), row.name.as_str()),
            ("acme-peru", "Acme Perú")
        );
        assert_eq!(
            (row.locale.as_str(), row.time_zone.as_str()),
            ("es-PE", "America/Lima")
        );
        assert_eq!(
            (row.provider, row.state),
            (world.provider, TenantState::Ready)
        );
        assert_eq!(world.db.tenants().await.unwrap(), [row]);
        // Provisioning again changes nothing.
        assert!(world.db.provision_tenant(&new).await.unwrap().already);
        assert_eq!(world.db.tenant(new.id).await.unwrap().slug, "acme-peru");
    })
    .await;
}

#[tokio::test]
async fn what_another_process_did_is_seen() {
    story(async {
        let world = World::start("replicas", &DESK).await;
        let other = ServiceDb::connect(world.settings.clone(), &DESK, Arc::clone(&world.clock))
            .await
            .unwrap();
        // A new tenant and a new provider at once ...
        let acme = world.tenant("acme").await;
        other.begin(acme).await.unwrap().commit().await.unwrap();
        let provider = ids::ProviderId::new(&*world.ids);
        world
            .db
            .provision_provider(provider, "nuevo", "Nuevo S.A.")
            .await
            .unwrap();
        other
            .begin_provider(provider, &[])
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
        // ... a suspension soon.
        world
            .db
            .set_tenant_state(acme, TenantState::Suspended)
            .await
            .unwrap();
        testkit::eventually(Duration::from_secs(15), || async {
            match other.begin(acme).await {
                Err(TenancyError::Suspended) => Ok(()),
                other => Err(other.map(drop)),
            }
        })
        .await;
    })
    .await;
}
