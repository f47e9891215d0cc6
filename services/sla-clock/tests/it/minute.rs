//! Very much falls due within one minute, in several tenants, with two replicas at work: `make bench ONLY=minute` does the same
//! with a hundred thousand on the machine's own time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use events::sla_clock::{ClockBreached, ClockWarned};
use serde_json::json;
use sla_clock::config::{self, Config};
use sla_clock::jobs::timers::Timers;

use crate::world::{World, story};

const TENANTS: usize = 4;
/// Tickets of a tenant that are opened in the same second, and in how many seconds.
const TICKETS: usize = 13;
const SECONDS: i64 = 10;
/// Two clocks of each ticket, with a warning and a deadline each.
const TIMERS: usize = TENANTS * TICKETS * 10 * 4;

#[tokio::test]
async fn two_thousand_due_within_a_minute_are_told_at_their_second_and_once_by_two_replicas() {
    story(async {
        let world = World::start("minute").await;
        // Warnings at 2,970 and 2,990 s, deadlines at 3,000 and 3,020 s: with the ten seconds of the openings, one minute.
        let terms = json!({"warnPercents": [99], "targets": [
            {"target": "FIRST_RESPONSE", "seconds": 3_000}, {"target": "RESOLUTION", "seconds": 3_020}]});
        let mut tenants = Vec::new();
        for n in 0..TENANTS {
            let tenant = world.tenant(&format!("cliente-{n}")).await;
            world.always(tenant, terms.clone()).await;
            tenants.push(tenant);
        }
        for _ in 0..SECONDS {
            for tenant in &tenants {
                let tickets = (0..TICKETS).map(|_| world.opened(*tenant, &world.ticket()));
                world.hear(*tenant, &tickets.collect::<Vec<_>>()).await;
            }
            world.advance(1);
        }
        assert_eq!(world.timers().await, i64::try_from(TIMERS).unwrap());

        // Neither can have all that falls due in one second to itself.
        let settings = config::Timers { most: 30, ..Config::default().timers };
        let replica = || Timers::new(world.tools(), settings.clone());
        let (mut one, mut other) = (replica(), replica());
        let (mut by_one, mut by_other) = (0, 0);
        world.advance(2_970 - SECONDS - 15);
        for _ in 0..80 {
            let both = tokio::join!(one.step(), other.step());
            by_one += both.0.unwrap();
            by_other += both.1.unwrap();
            assert_eq!(overdue(&world).await, 0, "at {}", world.now());
            world.advance(1);
        }
        assert_eq!((by_one + by_other, world.timers().await), (TIMERS, 0));
        assert!(by_one > 0 && by_other > 0, "{by_one} and {by_other}");

        let whole = [
            ("clock.changed.v1", 1),
            ("clock.warned.v1", 2),
            ("clock.notice_due.v1", 3),
            ("clock.breached.v1", 4),
            ("clock.notice_due.v1", 5),
        ];
        let whole = whole.map(|(kind, n)| (kind.to_owned(), n));
        let mut told: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for fact in world.announced().await {
            told.entry(fact.subject).or_default().push((fact.kind, fact.sequence));
        }
        assert_eq!(told.len(), TIMERS / 2);
        assert!(told.values().all(|of| of[..] == whole), "each clock once, and in order");
        let warned = world.announced_as::<ClockWarned>().await;
        let breached = world.announced_as::<ClockBreached>().await;
        assert!(warned.iter().all(|(_, w)| !w.late));
        assert!(breached.iter().all(|(fact, b)| !b.late && Some(fact.time) == b.clock.due_at));
        let times = warned.iter().map(|(fact, _)| fact.time).chain(breached.iter().map(|(fact, _)| fact.time));
        let times: Vec<DateTime<Utc>> = times.collect();
        let span = *times.iter().max().unwrap() - *times.iter().min().unwrap();
        assert!(span <= TimeDelta::minutes(1), "{span}");
        world.end().await;
    })
    .await;
}

/// How many timers stand that are due by now.
async fn overdue(world: &World) -> i64 {
    let mut tx = world.db.begin_platform().await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM platform.timer WHERE due <= $1")
        .bind(world.now())
        .fetch_one(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    count
}
