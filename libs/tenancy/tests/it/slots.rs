//! Connections: who gets which, and that nobody inherits anything from a caller that went away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tenancy::{ServiceDb, TenancyError};
use tokio::time::{Instant, timeout};

use crate::world::{DESK, World, attempt, backend, note, notes, run, story};

async fn backend_of(db: &ServiceDb, tenant: ids::TenantId) -> i32 {
    let mut tx = db.begin(tenant).await.unwrap();
    let pid = backend(&mut tx).await;
    tx.commit().await.unwrap();
    pid
}

#[tokio::test]
async fn a_tenant_comes_back_to_its_connection_and_spills_when_it_is_busy() {
    story(async {
        let world = World::start_with("affinity", &DESK, |settings| settings.slots = 3).await;
        let mut homes = Vec::new();
        for number in 0..8 {
            let tenant = world.tenant(&format!("t{number}")).await;
            homes.push((tenant, backend_of(&world.db, tenant).await));
        }
        for (tenant, home) in &homes {
            assert_eq!(backend_of(&world.db, *tenant).await, *home);
        }
        // Three at once, of one tenant: its own connection and two others.
        let (tenant, home) = homes[0];
        let mut held = Vec::new();
        let mut pids = Vec::new();
        for _ in 0..3 {
            let mut tx = world.db.begin(tenant).await.unwrap();
            pids.push(backend(&mut tx).await);
            held.push(tx);
        }
        assert_eq!(pids[0], home);
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 3);
        // The fourth waits for the first, and gets it.
        let db = world.db.clone();
        let waiting = tokio::spawn(async move { backend_of(&db, tenant).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        held.remove(0).commit().await.unwrap();
        assert_eq!(waiting.await.unwrap(), home);
        for tx in held {
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn where_tenants_are_many_one_is_taught_to_another_connection_only_when_its_own_stays_busy() {
    story(async {
        // Many: two or more for a connection.
        let world = World::start_with("strangers", &DESK, |settings| {
            (settings.slots, settings.recycle_after_tenants) = (3, 15);
        })
        .await;
        let mut by_home: Vec<Vec<ids::TenantId>> = vec![Vec::new(); 3];
        while by_home.iter().any(|crowd| crowd.len() < 2) {
            let number: usize = by_home.iter().map(Vec::len).sum();
            let tenant = world.tenant(&format!("t{number}")).await;
            backend_of(&world.db, tenant).await;
            by_home[world.db.home(tenant)].push(tenant);
        }
        let (guest, host) = (by_home[0][0], by_home[0][1]);
        let home = backend_of(&world.db, guest).await;
        assert_eq!(backend_of(&world.db, host).await, home);
        let held = world.db.begin(host).await.unwrap();
        let mut quick = 0;
        for time in 0..40 {
            let started = Instant::now();
            assert_ne!(backend_of(&world.db, guest).await, home);
            if started.elapsed() < Duration::from_millis(50) {
                quick += 1;
                // As long as it would take to learn a tenant, until that is done.
                assert!(time >= 10, "{time}");
            }
        }
        assert!(quick > 0);
        held.commit().await.unwrap();
        assert_eq!(backend_of(&world.db, guest).await, home);
    })
    .await;
}

#[tokio::test]
async fn rounds_leave_the_other_connections_what_they_know() {
    story(async {
        let world = World::start_with("apart", &DESK, |settings| {
            (settings.slots, settings.recycle_after_tenants) = (1, 3);
        })
        .await;
        let acme = world.tenant("acme").await;
        let home = backend_of(&world.db, acme).await;
        // Not even one that is in use keeps it waiting.
        let held = world.db.begin(acme).await.unwrap();
        let apart = world.db.apart();
        for number in 0..6 {
            let tenant = world.tenant(&format!("t{number}")).await;
            assert_ne!(backend_of(&apart, tenant).await, home);
        }
        held.commit().await.unwrap();
        assert_eq!(backend_of(&world.db, acme).await, home);
        // What they write is written.
        let mut tx = apart.begin_fact(acme).await.unwrap();
        note(&mut tx, world.ids.uuid(), "de paso").await;
        tx.commit().await.unwrap();
        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(notes(&mut tx).await, ["de paso"]);
        tx.commit().await.unwrap();
        // Their connection ends with them.
        let mut owner = world.owner().await;
        let ours = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1";
        drop(apart);
        let gone = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                let left: i64 = sqlx::query_scalar(ours)
                    .bind(world.login_role())
                    .fetch_one(&mut owner)
                    .await
                    .unwrap();
                if left == 1 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        gone.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn tenants_that_take_turns_keep_a_plan_each() {
    story(async {
        let world = World::start_with("plans", &DESK, |settings| settings.slots = 1).await;
        let tenants = [world.tenant("acme").await, world.tenant("beta").await];
        for _ in 0..3 {
            for tenant in tenants {
                let mut tx = world.db.begin(tenant).await.unwrap();
                notes(&mut tx).await;
                tx.commit().await.unwrap();
            }
        }
        // The login role sees what its own session has prepared.
        let mut tx = world.db.begin_platform().await.unwrap();
        let mut prepared: Vec<(String, i64)> = sqlx::query_as(
            "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements \
             WHERE statement LIKE '%FROM note%' ORDER BY prepare_time",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        prepared.retain(|(text, _)| !text.contains("pg_prepared_statements"));
        let marks = tenants.map(|tenant| format!("/*t_{}*/SELECT", tenant.uuid().simple()));
        assert_eq!(prepared.len(), 2, "{prepared:?}");
        for ((text, plans), mark) in prepared.iter().zip(&marks) {
            assert!(text.starts_with(mark), "{text}");
            assert_eq!(*plans, 3, "{text}");
        }
    })
    .await;
}

#[test]
fn a_connection_outlives_the_runtime_of_whoever_asked_for_it() {
    let runtime = || {
        let mut new = tokio::runtime::Builder::new_multi_thread();
        new.worker_threads(1).enable_all().build().unwrap()
    };
    let home = runtime();
    let (world, tenant) = home.block_on(story(async {
        let world = World::start_with("homes", &DESK, |settings| settings.slots = 1).await;
        let tenant = world.tenant("acme").await;
        // What there was is closed, so that the next one to come opens another.
        let used = backend_of(&world.db, tenant).await;
        run(
            &mut world.owner().await,
            &format!("SELECT pg_terminate_backend({used})"),
        )
        .await
        .unwrap();
        (world, tenant)
    }));
    let guest = runtime();
    let opened = guest.block_on(backend_of(&world.db, tenant));
    drop(guest);
    home.block_on(async {
        assert_eq!(backend_of(&world.db, tenant).await, opened);
        world.suite.finish().await;
    });
}

#[tokio::test]
async fn who_waits_too_long_is_told_that_the_database_is_away() {
    story(async {
        let world = World::start_with("waiting", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        let held = world.db.begin(acme).await.unwrap();
        let started = Instant::now();
        let refused = world.db.begin(acme).await.unwrap_err();
        assert!(refused.is_transient(), "{refused}");
        assert!((4..8).contains(&started.elapsed().as_secs()));
        held.commit().await.unwrap();
        world.db.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_nothing_behind() {
    story(async {
        let world = World::start_with("leaving", &DESK, |settings| settings.slots = 1).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        // In the middle of a statement, with a row written and a savepoint open.
        let gone = timeout(Duration::from_millis(150), async {
            let mut tx = world.db.begin(acme).await.unwrap();
            note(&mut tx, world.ids.uuid(), "a medias").await;
            let mut savepoint = tx.conn().savepoint().await.unwrap();
            run(&mut *savepoint, "SELECT pg_sleep(1)").await.unwrap();
        });
        assert!(gone.await.is_err());
        for tenant in [beta, acme] {
            let mut tx = world.db.begin(tenant).await.unwrap();
            assert_eq!(notes(&mut tx).await, Vec::<String>::new());
            let user: String = sqlx::query_scalar("SELECT current_user::text")
                .fetch_one(tx.conn())
                .await
                .unwrap();
            assert_eq!(user, world.role(tenant));
            note(&mut tx, world.ids.uuid(), "entera").await;
            tx.commit().await.unwrap();
        }
    })
    .await;
}

/// Dropped at every moment of begin, statement and commit: nothing is half done, no transaction stays open, and the
/// next one begins after it was asked for.
#[tokio::test]
async fn cancelling_at_any_moment_is_harmless() {
    story(async {
        let world = World::start_with("cancelling", &DESK, |settings| settings.slots = 2).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        for step in 0..300_u64 {
            let (one, other) = if step % 2 == 0 { (acme, beta) } else { (beta, acme) };
            let id = world.ids.uuid();
            let _ = timeout(Duration::from_micros(step * 10), async {
                let mut tx = world.db.begin(one).await.unwrap();
                note(&mut tx, id, "primera").await;
                note(&mut tx, world.ids.uuid(), "segunda").await;
                tx.commit().await.unwrap();
            })
            .await;
            let mut tx = world.db.begin(other).await.unwrap();
            let (user, late): (String, bool) = sqlx::query_as(
                "SELECT current_user::text, clock_timestamp() - now() > interval '100 ms'",
            )
            .fetch_one(tx.conn())
            .await
            .unwrap();
            assert_eq!((user, late), (world.role(other), false), "step {step}");
            tx.commit().await.unwrap();
        }
        for tenant in [acme, beta] {
            let mut tx = world.db.begin(tenant).await.unwrap();
            let all = notes(&mut tx).await;
            let first = all.iter().filter(|body| *body == "primera").count();
            assert_eq!(first * 2, all.len(), "both or none");
            tx.commit().await.unwrap();
        }
        let mut owner = world.owner().await;
        let login = world.login_role();
        let idle = || sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state LIKE 'idle in transaction%'",
        );
        let open: i64 = idle().bind(&login).fetch_one(&mut owner).await.unwrap();
        assert_eq!(open, 0);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_died_while_it_idled_is_replaced() {
    story(async {
        let world = World::start_with("dying", &DESK, |settings| settings.slots = 2).await;
        let acme = world.tenant("acme").await;
        let before = backend_of(&world.db, acme).await;
        let mut owner = world.owner().await;
        let kill = "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity WHERE usename = $1";
        let killed: i64 =
            sqlx::query_scalar(kill).bind(world.login_role()).fetch_one(&mut owner).await.unwrap();
        assert!(killed >= 1);
        assert_ne!(backend_of(&world.db, acme).await, before);
        // In the middle of a transaction it cannot be hidden.
        let mut tx = world.db.begin(acme).await.unwrap();
        let _: i64 = sqlx::query_scalar(kill).bind(world.login_role()).fetch_one(&mut owner).await.unwrap();
        let error = sqlx::query("SELECT 1").execute(tx.conn()).await.unwrap_err();
        assert!(TenancyError::from(error).is_transient());
        assert!(tx.commit().await.unwrap_err().is_transient());
        world.db.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_replaced_after_so_many_tenants_or_so_long() {
    story(async {
        let world = World::start_with("worn", &DESK, |settings| {
            settings.slots = 1;
            settings.recycle_after_tenants = 3;
        })
        .await;
        let mut pids = Vec::new();
        for number in 0..6 {
            let tenant = world.tenant(&format!("t{number}")).await;
            pids.push(backend_of(&world.db, tenant).await);
        }
        pids.dedup();
        assert!((2..=4).contains(&pids.len()), "{pids:?}");

        let mut old = world.settings.clone();
        (old.recycle_after_tenants, old.recycle_after) = (300, Duration::from_millis(50));
        let db = ServiceDb::connect(old, &DESK, Arc::clone(&world.clock))
            .await
            .unwrap();
        let tenant = world.tenant("tarde").await;
        let before = backend_of(&db, tenant).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_ne!(backend_of(&db, tenant).await, before);
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_several_statements_sees_one_state_and_writes_nothing() {
    story(async {
        let world = World::start_with("reads", &DESK, |settings| settings.slots = 2).await;
        let acme = world.tenant("acme").await;
        let mut reads = world.db.begin_read(acme).await.unwrap();
        assert!(notes(&mut reads).await.is_empty());
        let mut writes = world.db.begin(acme).await.unwrap();
        note(&mut writes, world.ids.uuid(), "entretanto").await;
        writes.commit().await.unwrap();
        assert!(notes(&mut reads).await.is_empty());
        let refused = attempt(&mut reads, "DELETE FROM note").await;
        assert_eq!(refused, Err("25006".to_owned()));
        reads.commit().await.unwrap();

        // The connection's next transaction is an ordinary one again.
        for _ in 0..2 {
            let mut tx = world.db.begin(acme).await.unwrap();
            assert_eq!(notes(&mut tx).await, ["entretanto"]);
            let done = attempt(&mut tx, "UPDATE note SET body = 'entretanto'").await;
            assert_eq!(done, Ok(()));
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_failed_statement_cannot_be_committed_over() {
    story(async {
        let world = World::start_with("failed", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        let woken = Arc::new(AtomicBool::new(false));
        let mut tx = world.db.begin(acme).await.unwrap();
        let wake = Arc::clone(&woken);
        tx.after_commit(move || wake.store(true, Ordering::SeqCst));
        note(&mut tx, world.ids.uuid(), "perdida").await;
        assert_eq!(
            run(tx.conn(), "SELECT nothing").await,
            Err("42703".to_owned())
        );
        assert_eq!(
            tx.commit().await.unwrap_err().sql_state().as_deref(),
            Some("25P02")
        );
        assert!(!woken.load(Ordering::SeqCst));

        // Inside a savepoint it can be gone past.
        let mut tx = world.db.begin(acme).await.unwrap();
        let wake = Arc::clone(&woken);
        tx.after_commit(move || wake.store(true, Ordering::SeqCst));
        note(&mut tx, world.ids.uuid(), "guardada").await;
        assert_eq!(
            attempt(&mut tx, "SELECT nothing").await,
            Err("42703".to_owned())
        );
        assert_eq!(
            attempt(&mut tx, "UPDATE note SET body = 'cambiada'").await,
            Ok(())
        );
        assert_eq!(notes(&mut tx).await, ["cambiada"]);
        assert!(!woken.load(Ordering::SeqCst));
        tx.commit().await.unwrap();
        assert!(woken.load(Ordering::SeqCst));
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_does_not_know_of_a_grant_is_replaced() {
    story(async {
        let world = World::start_with("grants", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        backend_of(&world.db, acme).await;
        let (login, role) = (world.login_role(), world.role(acme));
        let mut owner = world.owner().await;
        // Whether another connection is asked shows where none is to be had.
        let limit = async |most: i32| {
            let sql = format!("ALTER ROLE \"{login}\" CONNECTION LIMIT {most}");
            run(&mut world.owner().await, &sql).await.unwrap();
        };
        let revoke = format!("REVOKE \"{role}\" FROM \"{login}\"");
        run(&mut owner, &revoke).await.unwrap();
        limit(0).await;
        assert!(world.db.begin(acme).await.unwrap_err().is_transient());
        limit(-1).await;
        let error = world.db.begin(acme).await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        run(&mut owner, &format!("GRANT \"{role}\" TO \"{login}\""))
            .await
            .unwrap();
        backend_of(&world.db, acme).await;
    })
    .await;
}
