//! Tenants come into being by a fact, and the service answers.

use std::time::Duration;

use events::directory::{
    ProviderCreated, TenantChanged, TenantCreated, TenantProvisioned, TenantSnapshot,
    TenantSuspended,
};
use events::{Envelope, Fact, TENANT_PROVISIONED};
use messaging::HandlerScope;
use tenancy::{NewTenant, TenancyError, TenantState};
use tokio::time::Instant;

use crate::world::{ROUTING, Recorder, SOON, World};

fn snapshot(tenant: &NewTenant) -> TenantSnapshot {
    TenantSnapshot {
        tenant: tenant.id,
        provider: tenant.provider,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        locale: tenant.locale.clone(),
        time_zone: tenant.time_zone.clone(),
    }
}

fn from_directory<F: Fact>(world: &World, tenant: &NewTenant, sequence: i64, fact: &F) -> Envelope {
    let subject = tenant.id.to_string();
    world.fact_of(
        "directory",
        F::TYPE,
        Some(tenant.id),
        &subject,
        sequence,
        fact,
    )
}

async fn story(scope: HandlerScope) {
    let world = World::of(&ROUTING, "provisioning", 0).await;
    let running = world.run(Some(Recorder {
        scope,
        ..Recorder::new()
    }));
    let provider = ProviderCreated {
        provider: world.provider,
        slug: "proveedor".to_owned(),
        name: "Proveedor".to_owned(),
    };
    let subject = world.provider.to_string();
    let mut tenant = world.new_tenant("banco-uno");
    let begun = Instant::now();
    let created = from_directory(
        &world,
        &tenant,
        1,
        &TenantCreated {
            tenant: snapshot(&tenant),
        },
    );
    let early = world.fact(tenant.id, &world.ticket(), 1);
    let facts = [
        // The partitions of a live system give no order between these.
        early,
        world.fact_of(
            "directory",
            ProviderCreated::TYPE,
            None,
            &subject,
            1,
            &provider,
        ),
        created.clone(),
        // A repeat does not answer twice.
        created,
    ];
    world.deliver(&facts).await;
    let answers = testkit::eventually(SOON, || async {
        let answers = world.take_all("directory.live.0").await;
        (!answers.is_empty()).then_some(answers)
    })
    .await;
    println!("provisioned and answered in {:?}", begun.elapsed());
    let (key, answer) = &answers[0];
    assert_eq!(key, "live.0.tenant.provisioned.v1");
    assert_eq!(
        (answer.kind.as_str(), answer.source.as_str()),
        (TENANT_PROVISIONED, "routing")
    );
    assert_eq!(
        (answer.subject.as_str(), answer.sequence),
        (&*tenant.id.to_string(), 1)
    );
    let said: TenantProvisioned = answer.data_as().unwrap();
    assert_eq!((said.tenant, said.service.as_str()), (tenant.id, "routing"));
    // The tenant's schema takes data.
    world
        .db
        .begin(tenant.id)
        .await
        .unwrap()
        .commit()
        .await
        .unwrap();

    "Banco Uno".clone_into(&mut tenant.name);
    let changed = TenantChanged {
        tenant: snapshot(&tenant),
    };
    let suspended = TenantSuspended { tenant: tenant.id };
    let facts = [
        from_directory(&world, &tenant, 3, &suspended),
        from_directory(&world, &tenant, 2, &changed),
    ];
    world.deliver(&facts).await;
    testkit::eventually(SOON, || async {
        let row = world.db.tenant(tenant.id).await.unwrap();
        (row.name == "Banco Uno" && row.state == TenantState::Suspended).then_some(())
    })
    .await;
    assert!(matches!(
        world.db.begin(tenant.id).await,
        Err(TenancyError::Suspended)
    ));
    // A repeat of the beginning undoes nothing.
    world
        .deliver(&[from_directory(
            &world,
            &tenant,
            1,
            &TenantCreated {
                tenant: snapshot(&tenant),
            },
        )])
        .await;
    world.nothing_left().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        world.db.tenant(tenant.id).await.unwrap().state,
        TenantState::Suspended
    );
    assert!(
        world.take_all("directory.live.0").await.is_empty(),
        "one answer alone"
    );
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn by_the_tenants_inbox() {
    story(HandlerScope::Tenant).await;
}

#[tokio::test]
async fn by_the_providers_inbox() {
    story(HandlerScope::Provider).await;
}

#[tokio::test]
async fn by_the_platforms_inbox() {
    story(HandlerScope::Platform).await;
}
