//! When people may be told: thresholds are at their second, their notices keep to the tenant's notification hours.

use chrono::TimeDelta;
use events::intake::{Priority, TicketSnapshot, TicketState};
use events::sla_clock::{
    ClockBreached, ClockChanged, ClockNoticeDue, ClockState, ClockThreshold, ClockWarned,
};
use ids::TenantId;
use serde_json::{Value, json};
use sla_clock::actions::fire_timers::fire_timers;
use sla_clock::jobs::timers::Timers;
use sla_clock::store::timers;

use crate::world::{World, at, story};

pub const SET: &str = "mutation($i: SetNotificationHoursInput!) { setNotificationHours(input: $i) { notificationHours { calendar \
    urgent { field isOneOf } } problems { field code } position } }";
const CHANGE: &str =
    "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { problems { field code } } }";

/// Tuesday in Lima: three, four, six, eight and nine o'clock.
pub const THREE: &str = "2026-11-24T08:00:00Z";
const FOUR: &str = "2026-11-24T09:00:00Z";
const SIX: &str = "2026-11-24T11:00:00Z";
const EIGHT: &str = "2026-11-24T13:00:00Z";
const NINE: &str = "2026-11-24T14:00:00Z";

fn hours(span: &str) -> Value {
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let weekly: Vec<Value> = days
        .iter()
        .map(|d| json!({"day": d, "spans": [span]}))
        .collect();
    json!({"timeZone": "America/Lima", "weekly": weekly})
}

pub fn critical() -> Value {
    json!({"field": "PRIORITY", "isOneOf": ["CRITICAL"]})
}

pub async fn set(world: &World, tenant: TenantId, input: Value) -> Value {
    let mut input = input;
    input["tenant"] = json!(tenant.to_string());
    let asked = json!({"i": input});
    world.data(&world.manager(tenant), SET, asked).await["setNotificationHours"].clone()
}

/// People are told on weekdays from nine to six; the calendar.
pub async fn by_day(world: &World, tenant: TenantId, urgent: Option<Value>) -> String {
    let calendar = world.calendar(tenant, "Avisos", hours("09:00-18:00")).await;
    let done = set(
        world,
        tenant,
        json!({"calendar": calendar, "urgent": urgent}),
    )
    .await;
    assert_eq!(done["problems"], json!([]), "{done}");
    assert_eq!(
        done["notificationHours"],
        json!({"calendar": calendar, "urgent": urgent})
    );
    calendar
}

fn terms(seconds: i64, low: i64, warn: i64) -> Value {
    json!({"targets": [
        {"target": "RESOLUTION", "priorities": ["LOW"], "seconds": low},
        {"target": "RESOLUTION", "seconds": seconds},
    ], "pauseOn": [], "warnPercents": [warn]})
}

/// A warning after eight hours, a deadline after twenty; at low priority as many hours as are given.
pub async fn agreed(world: &World, tenant: TenantId, low: i64) {
    world.always(tenant, terms(72_000, low * 3_600, 40)).await;
}

/// The same with a deadline after ten: the breach comes at night, too.
async fn strict(world: &World, tenant: TenantId, low: i64) {
    world.always(tenant, terms(36_000, low * 3_600, 80)).await;
}

/// A ticket opened on Monday at seven in the evening: its warning is at three.
pub async fn evening(world: &World, tenant: TenantId) -> TicketSnapshot {
    go_on(world, "2026-11-24T00:00:00Z");
    let ticket = world.ticket();
    world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
    ticket
}

pub fn go_on(world: &World, to: &str) {
    world.advance((at(to) - world.now()).num_seconds());
}

pub async fn step(timers: &mut Timers) -> usize {
    timers.step().await.unwrap()
}

/// What people were told: what, when, and when it had been reached.
async fn notices(world: &World) -> Vec<(ClockThreshold, String, String)> {
    let all = world.announced_as::<ClockNoticeDue>().await;
    let text = |at: chrono::DateTime<chrono::Utc>| at.format("%FT%TZ").to_string();
    all.into_iter()
        .map(|(e, n)| (n.threshold, text(e.time), text(n.reached_at)))
        .collect()
}

fn told(what: ClockThreshold, time: &str, reached: &str) -> (ClockThreshold, String, String) {
    (what, time.to_owned(), reached.to_owned())
}

#[tokio::test]
async fn a_warning_at_three_is_told_to_people_at_nine() {
    story(async {
        let world = World::start("notice").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        evening(&world, acme).await;
        let (mut one, mut other) = (world.replica(), world.replica());
        go_on(&world, THREE);
        assert_eq!(step(&mut one).await + step(&mut other).await, 1);
        let warned = world.announced_as::<ClockWarned>().await;
        let (envelope, fact) = &warned[0];
        assert_eq!(
            (warned.len(), envelope.time, fact.notice_at, fact.late),
            (1, at(THREE), Some(at(NINE)), false)
        );
        assert!(notices(&world).await.is_empty());
        assert_eq!(world.timers().await, 2, "the deadline, and the notice");

        world.advance(6 * 3_600 - 1);
        assert_eq!(step(&mut one).await + step(&mut other).await, 0);
        world.advance(1);
        let both = tokio::join!(one.step(), other.step());
        assert_eq!(both.0.unwrap() + both.1.unwrap(), 1);
        let all = world.announced_as::<ClockNoticeDue>().await;
        let (envelope, fact) = &all[0];
        assert_eq!(all.len(), 1);
        assert_eq!(
            (envelope.time, envelope.sequence, &envelope.subject),
            (at(NINE), 3, &warned[0].0.subject)
        );
        assert_eq!(
            (fact.threshold, fact.percent, fact.reached_at, fact.late),
            (ClockThreshold::Warning, 40, at(THREE), false)
        );
        assert_eq!(
            fact.clock, warned[0].1.clock,
            "nothing has happened to it since"
        );

        // The deadline, at three in the afternoon, is told at once, in the transaction of the breach.
        world.advance(6 * 3_600);
        assert_eq!(step(&mut world.replica()).await, 1);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached[0].1.notice_at, Some(breached[0].0.time));
        let kinds: Vec<_> = world
            .announced()
            .await
            .into_iter()
            .map(|e| (e.kind, e.sequence))
            .collect();
        let tail = [
            ("clock.breached.v1".to_owned(), 4),
            ("clock.notice_due.v1".to_owned(), 5),
        ];
        assert_eq!(kinds[3..], tail);
        assert_eq!(notices(&world).await.len(), 2);
        assert_eq!(
            (world.timers().await, step(&mut world.replica()).await),
            (0, 0)
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_crash_between_effect_and_mark_tells_people_once() {
    story(async {
        let world = World::start("notice_crash").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        evening(&world, acme).await;
        go_on(&world, THREE);
        assert_eq!(step(&mut world.replica()).await, 1);
        go_on(&world, NINE);
        let now = world.now();
        let mut tx = world.db.begin_platform().await.unwrap();
        let lease = TimeDelta::seconds(15);
        let leased = timers::lease(&mut tx, Some(now), (TimeDelta::zero(), lease), 100).await;
        let (_, leased) = leased.unwrap();
        tx.commit().await.unwrap();
        assert!(leased.len() == 1 && leased[0].notice);
        let late = TimeDelta::seconds(5);
        let mut tx = world.db.begin_fact(acme).await.unwrap();
        let fired = fire_timers(&mut tx, &world.tools(), acme, &leased, (world.now(), late)).await;
        assert_eq!(fired.unwrap(), leased);
        tx.rollback().await.unwrap();
        assert!(notices(&world).await.is_empty());

        // Another replica tells it once the lease has run out; the dead one was only slow, and tells nothing.
        let mut other = world.replica();
        assert_eq!(step(&mut other).await, 0);
        world.advance(15);
        assert_eq!(step(&mut other).await, 1);
        let mut tx = world.db.begin_fact(acme).await.unwrap();
        let fired = fire_timers(&mut tx, &world.tools(), acme, &leased, (world.now(), late)).await;
        assert!(fired.unwrap().is_empty());
        tx.commit().await.unwrap();
        let all = world.announced_as::<ClockNoticeDue>().await;
        assert_eq!((all.len(), all[0].0.time), (1, at(NINE)));
        assert!(all[0].1.late, "fifteen seconds after");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_mended_in_the_night_is_told_to_nobody() {
    story(async {
        let world = World::start("mended").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        let mut solved = evening(&world, acme).await;
        let mut eased = evening(&world, acme).await;
        let mut cancelled = evening(&world, acme).await;
        let waits = evening(&world, acme).await;
        go_on(&world, THREE);
        assert_eq!(step(&mut world.replica()).await, 4);
        go_on(&world, FOUR);
        let facts = [
            world.moved(acme, &mut solved, TicketState::Resolved),
            // Its warning is at sixteen hours from now on.
            world.prioritised(acme, &mut eased, Priority::Low),
            world.moved(acme, &mut cancelled, TicketState::Cancelled),
        ];
        world.hear(acme, &facts).await;
        go_on(&world, NINE);
        step(&mut world.replica()).await;
        let all = world.announced_as::<ClockNoticeDue>().await;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].1.clock.ticket, waits.ticket);
        let left = "the deadlines of two, and the warning where it is reached again";
        assert_eq!(world.timers().await, 3, "{left}");
        let mut tx = world.db.begin(acme).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM waiting_notice")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(left, 0);
        let again = "2026-11-24T16:00:00Z";
        go_on(&world, again);
        step(&mut world.replica()).await;
        let first = told(ClockThreshold::Warning, NINE, THREE);
        let second = told(ClockThreshold::Warning, again, again);
        assert_eq!(notices(&world).await, [first, second]);
        assert_eq!(world.announced_as::<ClockWarned>().await.len(), 4);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_warning_that_was_overtaken_gives_way_to_the_breach_and_that_is_told_though_solved() {
    story(async {
        let world = World::start("overtaken").await;
        let acme = world.tenant("acme").await;
        strict(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        let mut ticket = evening(&world, acme).await;
        go_on(&world, SIX);
        assert_eq!(step(&mut world.replica()).await, 2);
        let breach = "2026-11-24T10:00:00Z";
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached[0].0.time, at(breach));
        assert_eq!(breached[0].1.notice_at, Some(at(NINE)));
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        go_on(&world, NINE);
        assert_eq!(step(&mut world.replica()).await, 2);
        assert_eq!(
            notices(&world).await,
            [told(ClockThreshold::Breach, NINE, breach)]
        );
        let all = world.announced_as::<ClockNoticeDue>().await;
        let clock = &all[0].1.clock;
        assert_eq!(
            (clock.state, clock.stopped_at, clock.breached_at),
            (ClockState::Stopped, Some(at(SIX)), Some(at(breach)))
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_breach_that_was_put_off_is_told_where_it_is_missed_again() {
    story(async {
        let world = World::start("put_off").await;
        // Due at five; put off to eight, which is missed before anybody is told, and to three in the afternoon.
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        strict(&world, acme, 13).await;
        strict(&world, globex, 20).await;
        for tenant in [acme, globex] {
            by_day(&world, tenant, None).await;
        }
        let mut early = evening(&world, acme).await;
        let mut later = evening(&world, globex).await;
        go_on(&world, SIX);
        assert_eq!(step(&mut world.replica()).await, 4);
        let fact = world.prioritised(acme, &mut early, Priority::Low);
        world.hear(acme, &[fact]).await;
        let fact = world.prioritised(globex, &mut later, Priority::Low);
        world.hear(globex, &[fact]).await;
        go_on(&world, EIGHT);
        assert_eq!(step(&mut world.replica()).await, 1, "missed again");
        go_on(&world, NINE);
        step(&mut world.replica()).await;
        let first = told(ClockThreshold::Breach, NINE, EIGHT);
        assert_eq!(notices(&world).await, std::slice::from_ref(&first));
        let afternoon = "2026-11-24T20:00:00Z";
        go_on(&world, afternoon);
        step(&mut world.replica()).await;
        let eleven = "2026-11-24T16:00:00Z";
        let warning = told(ClockThreshold::Warning, eleven, eleven);
        let second = told(ClockThreshold::Breach, afternoon, afternoon);
        assert_eq!(notices(&world).await, [first, warning, second]);
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 2);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn of_what_is_urgent_people_are_told_at_once() {
    story(async {
        let world = World::start("urgent").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        by_day(&world, acme, Some(critical())).await;
        let mut usual = evening(&world, acme).await;
        let mut urgent = world.ticket();
        urgent.priority = Priority::Critical;
        world.hear(acme, &[world.opened(acme, &urgent)]).await;
        go_on(&world, THREE);
        assert_eq!(step(&mut world.replica()).await, 2);
        let first = told(ClockThreshold::Warning, THREE, THREE);
        assert_eq!(notices(&world).await, std::slice::from_ref(&first));
        let mut said: Vec<_> = world
            .announced_as::<ClockWarned>()
            .await
            .into_iter()
            .map(|(_, w)| (w.clock.ticket == urgent.ticket, w.notice_at))
            .collect();
        said.sort_unstable();
        assert_eq!(said, [(false, Some(at(NINE))), (true, Some(at(THREE)))]);

        // What waits becomes urgent: nobody waits until nine.
        go_on(&world, FOUR);
        let fact = world.prioritised(acme, &mut usual, Priority::Critical);
        world.hear(acme, &[fact]).await;
        assert_eq!(step(&mut world.replica()).await, 1);
        let second = told(ClockThreshold::Warning, FOUR, THREE);
        assert_eq!(notices(&world).await, [first, second]);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn other_hours_move_what_waits() {
    story(async {
        let world = World::start("moving_notices").await;
        let tenants = [
            world.tenant("temprano").await,
            world.tenant("siempre").await,
            world.tenant("feriado").await,
        ];
        let mut calendars = Vec::new();
        for tenant in tenants {
            agreed(&world, tenant, 40).await;
            calendars.push(by_day(&world, tenant, None).await);
        }
        for tenant in tenants {
            evening(&world, tenant).await;
        }
        go_on(&world, THREE);
        assert_eq!(step(&mut world.replica()).await, 3);
        go_on(&world, FOUR);
        let [early, any, holiday] = tenants;
        let calendar = world
            .calendar(early, "Temprano", hours("06:00-18:00"))
            .await;
        set(&world, early, json!({"calendar": calendar})).await;
        let done = set(&world, any, json!({"calendar": null})).await;
        assert_eq!(
            done["notificationHours"],
            json!({"calendar": null, "urgent": null})
        );
        let mut closed = hours("09:00-18:00");
        closed["holidays"] = json!(["2026-11-24"]);
        let input = json!({"i": {"calendar": calendars[2], "hours": closed}});
        let done = world.data(&world.manager(holiday), CHANGE, input).await;
        assert_eq!(done["changeCalendar"]["problems"], json!([]));

        let mut replica = world.replica();
        assert_eq!(step(&mut replica).await, 1, "at any hour: now");
        go_on(&world, SIX);
        assert_eq!(step(&mut replica).await, 1);
        let so_far = [
            told(ClockThreshold::Warning, FOUR, THREE),
            told(ClockThreshold::Warning, SIX, THREE),
        ];
        assert_eq!(notices(&world).await, so_far);
        go_on(&world, NINE);
        assert_eq!(step(&mut replica).await, 0, "a holiday by now");
        // By the next morning the deadline has passed: the warning gives way to it.
        let next = "2026-11-25T14:00:00Z";
        go_on(&world, next);
        step(&mut replica).await;
        let all = world.announced_as::<ClockNoticeDue>().await;
        let last: Vec<_> = all
            .iter()
            .filter(|(e, _)| e.tenant == Some(holiday))
            .map(|(e, n)| (n.threshold, e.time))
            .collect();
        assert_eq!(last, [(ClockThreshold::Breach, at(next))]);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_heard_of_late_is_told_at_once_if_somebody_still_needs_to_hear_it() {
    story(async {
        let world = World::start("late_notice").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        go_on(&world, "2026-11-24T00:00:00Z");
        let (runs, mut solved) = (world.ticket(), world.ticket());
        let mut facts = vec![world.opened(acme, &runs), world.opened(acme, &solved)];
        go_on(&world, FOUR);
        facts.push(world.moved(acme, &mut solved, TicketState::Resolved));
        // An hour after people could have been told.
        go_on(&world, "2026-11-24T15:00:00Z");
        world.hear(acme, &facts).await;
        assert_eq!(step(&mut world.replica()).await, 2);
        let warned = world.announced_as::<ClockWarned>().await;
        assert_eq!(warned.len(), 2);
        assert!(
            warned
                .iter()
                .all(|(_, w)| w.late && w.notice_at == Some(at(NINE)))
        );
        let all = world.announced_as::<ClockNoticeDue>().await;
        assert_eq!(all.len(), 1);
        let (envelope, fact) = &all[0];
        assert_eq!(
            (fact.clock.ticket, envelope.time, fact.late),
            (runs.ticket, at(NINE), true)
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn history_tells_people_nothing() {
    story(async {
        let world = World::start("quiet_history").await;
        let acme = world.tenant("acme").await;
        strict(&world, acme, 40).await;
        by_day(&world, acme, None).await;
        let ticket = world.ticket();
        let begun = world.now() - TimeDelta::days(30);
        world
            .hear(acme, &[world.recorded(acme, &ticket, begun)])
            .await;
        assert_eq!(
            (world.timers().await, step(&mut world.replica()).await),
            (0, 0)
        );
        assert_eq!(
            world.announced().await.len(),
            world.announced_as::<ClockChanged>().await.len()
        );
        world.end().await;
    })
    .await;
}
