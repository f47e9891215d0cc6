//! What provisioning and a transaction cost; the figures are printed (`cargo test -p tenancy cost -- --nocapture`).

use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use crate::world::{DESK, World, run, story};

#[tokio::test]
async fn many_tenants_are_provisioned_at_once_and_quickly() {
    story(async {
        let world = World::start("provisioning", &DESK).await;
        let first = world.db.provision_tenant(&world.new_tenant("primera")).await.unwrap();
        let mut alone = Vec::new();
        for number in 0..10 {
            alone.push(world.db.provision_tenant(&world.new_tenant(&format!("una{number}"))).await.unwrap().took);
        }
        alone.sort_unstable();
        let news: Vec<_> = (0..40).map(|number| world.new_tenant(&format!("junta{number}"))).collect();
        let started = Instant::now();
        let done = join_all(news.iter().map(|new| world.db.provision_tenant(new))).await;
        let together = started.elapsed();
        assert!(done.into_iter().all(|one| !one.unwrap().already));
        println!(
            "provisioning a tenant: first {:.1?}, then median {:.1?}, worst {:.1?}; 40 at once {together:.1?}",
            first.took, alone[5], alone[9]
        );
        assert!(alone[5] < Duration::from_secs(1));

        // One tenant by eight at once: made once.
        let new = world.new_tenant("disputada");
        let done = join_all((0..8).map(|_| world.db.provision_tenant(&new))).await;
        assert_eq!(done.into_iter().filter(|one| !one.as_ref().unwrap().already).count(), 1);
        world.db.begin(new.id).await.unwrap().commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tenants_transaction_costs_little_more_than_a_bare_one() {
    const ROUNDS: u32 = 2_000;
    story(async {
        let world = World::start_with("cost", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        let mut login = world.login().await;
        for _ in 0..200 {
            world.db.begin(acme).await.unwrap().commit().await.unwrap();
        }
        let started = Instant::now();
        for _ in 0..ROUNDS {
            sqlx::raw_sql("BEGIN").execute(&mut login).await.unwrap();
            sqlx::raw_sql("COMMIT").execute(&mut login).await.unwrap();
        }
        let bare = started.elapsed() / ROUNDS;
        let started = Instant::now();
        for _ in 0..ROUNDS {
            world.db.begin(acme).await.unwrap().commit().await.unwrap();
        }
        let ours = started.elapsed() / ROUNDS;
        println!("begin and commit: {ours:.1?}, bare BEGIN and COMMIT: {bare:.1?}");
        run(&mut login, "SELECT 1").await.unwrap();
        assert!(ours < bare + Duration::from_millis(2));
    })
    .await;
}
