//! Deadlines that no ticket of today would ever see are refused when they are written: calendars whose hours all lie behind, and
//! agreements that may look back as far as they like.

use std::collections::BTreeMap;

use business_time::{Calendar, Hours, Tz};
use events::sla_clock::Target;
use ids::{ApplicationId, CalendarId, GroupId, TenantId};
use serde_json::{Value, json};
use sla_clock::domain::agreement::{Dated, OnReopen, Rule};
use sla_clock::domain::allowed::Allowed;
use sla_clock::domain::hours_of::{Desk, Given, HoursOf, Owner};
use sla_clock::domain::reach::{Reach, Tries, reach};

use crate::kit::{HOUR, agreement, office, terms};
use crate::world::{World, at, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { done: createAgreement(input: $i) { agreement { id } problems { field code } } }";
const CHANGE: &str = "mutation($i: ChangeAgreementInput!) { done: changeAgreement(input: $i) { agreement { id } problems { field code } } }";
const SIMULATE: &str = "query($i: SimulateAgreementInput!) { done: simulateAgreement(input: $i) { tickets problems { field code } } }";
const CALENDAR: &str = "mutation($i: CreateCalendarInput!) { done: createCalendar(input: $i) { calendar { id } problems { field code } } }";
const HOURS: &str = "mutation($i: ChangeCalendarInput!) { done: changeCalendar(input: $i) { calendar { id } problems { field code } } }";
const PREVIEW: &str = "query($i: ChangeCalendarInput!) { done: previewCalendarChange(input: $i) { problems { field code } } }";

async fn ask(world: &World, tenant: TenantId, what: &str, input: Value) -> Value {
    let asked = json!({"i": input});
    world.data(&world.manager(tenant), what, asked).await["done"].clone()
}

fn once(date: &str) -> Value {
    json!({"timeZone": "UTC", "dateHours": [{"date": date, "spans": ["09:00-10:00"]}]})
}

#[tokio::test]
async fn a_calendar_whose_hours_all_lie_behind_is_refused() {
    story(async {
        let world = World::start("behind").await;
        let acme = world.tenant("acme").await;
        let behind = json!([{"field": "hours", "code": "NO_HOURS_AHEAD"}]);
        let input = |date: &str| json!({"tenant": acme.to_string(), "name": date, "hours": once(date), "validFrom": "2010-01-01T00:00:00Z"});
        let refused = ask(&world, acme, CALENDAR, input("2012-01-02")).await;
        assert_eq!((&refused["calendar"], &refused["problems"]), (&Value::Null, &behind));
        // The last hour of today is ahead; it is behind for whom it is to begin with tomorrow.
        assert_eq!(ask(&world, acme, CALENDAR, input("2099-12-31")).await["problems"], json!([]));
        let mut late = input("2026-11-24");
        late["validFrom"] = json!("2026-11-25T00:00:00Z");
        assert_eq!(ask(&world, acme, CALENDAR, late).await["problems"], behind);
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let edit = json!({"calendar": always, "hours": once("2012-01-02"), "validFrom": "2010-01-01T00:00:00Z"});
        for what in [HOURS, PREVIEW] {
            assert_eq!(ask(&world, acme, what, edit.clone()).await["problems"], behind);
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_agreement_that_looks_back_must_reach_the_tickets_of_today() {
    story(async {
        let world = World::start("looks back").await;
        let acme = world.tenant("acme").await;
        // An hour on Tuesday; it is Wednesday when somebody agrees on it.
        let calendar = world.calendar(acme, "Un día", once("2026-11-24")).await;
        let agreed = world.usual(acme).await;
        world.advance(2 * 24 * HOUR);
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 60}]});
        let input = |from: Value| json!({"name": "ANS nuevo", "calendar": calendar, "terms": terms, "validFrom": from, "position": 0});
        let never = json!([{"field": "targets", "code": "NEVER_DUE"}]);
        for from in [json!("2010-01-01T00:00:00Z"), json!("2026-11-23T14:00:00Z"), Value::Null] {
            let refused = ask(&world, acme, CREATE, input(from)).await;
            assert_eq!((&refused["agreement"], &refused["problems"]), (&Value::Null, &never));
        }
        let edit = json!({"agreement": agreed, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"});
        assert_eq!(ask(&world, acme, CHANGE, edit).await["problems"], never);
        let tried = json!({"calendar": calendar, "terms": terms, "from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"});
        assert_eq!(ask(&world, acme, SIMULATE, tried).await["problems"], never);
        let by_calendar = json!({"targets": [{"target": "RESOLUTION", "seconds": 60, "hours": {"whose": "CALENDAR", "calendar": calendar}}]});
        let edit = json!({"agreement": agreed, "terms": by_calendar, "validFrom": "2010-01-01T00:00:00Z"});
        let of_target = json!([{"field": "targets.0.hours", "code": "NEVER_DUE"}]);
        assert_eq!(ask(&world, acme, CHANGE, edit).await["problems"], of_target);

        // Once the calendar has hours for them, its days that are past are in nobody's way.
        let hours = json!({"timeZone": "UTC", "weekly": [{"day": "MONDAY", "spans": ["09:00-18:00"]}]});
        assert_eq!(ask(&world, acme, HOURS, json!({"calendar": calendar, "hours": hours})).await["problems"], json!([]));
        let made = ask(&world, acme, CREATE, input(json!("2010-01-01T00:00:00Z"))).await;
        assert_eq!(made["problems"], json!([]));
        world.end().await;
    })
    .await;
}

fn seeded(seed: u64) -> CalendarId {
    CalendarId::new(&*ids::seeded(seed))
}

fn dated(id: CalendarId, calendar: Calendar) -> Dated {
    let valid_from = at("2020-01-01T00:00:00Z");
    Dated {
        id,
        version: 1,
        since: 1,
        valid_from,
        calendar,
    }
}

/// So many that work in office hours, but for the last, whose desk is open for an hour of one morning.
fn all_but_one(many: u64, first: u64, owner: impl Fn(u64) -> Owner) -> (Vec<Dated>, Vec<Given>) {
    let once = Calendar::builder(Tz::UTC)
        .date_hours(
            "2030-01-01".parse().unwrap(),
            ["06:00-07:00".parse::<Hours>().unwrap()],
        )
        .build()
        .unwrap();
    let all = (0..many).map(|n| {
        let id = seeded(first + n);
        let calendar = if n + 1 == many {
            once.clone()
        } else {
            office()
        };
        let given = Given {
            to: owner(n),
            since: 1,
            calendar: Some(id),
            out_of_hours: None,
        };
        (dated(id, calendar), given)
    });
    all.unzip()
}

fn desk(groups: u64, applications: u64) -> Desk {
    let group = |n| Owner::Group(GroupId::new(&*ids::seeded(n)));
    let application = |n| Owner::Application(ApplicationId::new(&*ids::seeded(n)));
    let (mut calendars, mut given) = all_but_one(groups, 1_000, group);
    let (more, to) = all_but_one(applications, 10_000, application);
    calendars.extend(more);
    given.extend(to);
    let calendars: BTreeMap<_, _> = calendars.into_iter().map(|d| (d.id, [d].into())).collect();
    Desk::new(calendars, given, Vec::new())
}

fn tried(desk: &Desk, of: HoursOf, allowed: Option<Allowed>, only: Option<CalendarId>) -> Reach {
    let own = agreement(office(), terms(OnReopen::Continue)).hours;
    let rule = Rule {
        hours: Some(of),
        allowed,
        ..Rule::plain(Target::Resolution, 8 * HOUR)
    };
    let from = at("2026-11-23T14:00:00Z");
    reach(desk, (&own, only), &rule, from, &mut Tries::default())
}

#[test]
fn every_way_to_put_hours_together_is_tried() {
    let both = || vec![HoursOf::HoldingGroup, HoursOf::Application];
    // 21 times 21: only the last one of all is bad, where both have their one hour alone.
    let few = desk(20, 20);
    let (any, all) = (HoursOf::Union(both()), HoursOf::Intersection(both()));
    assert_eq!(
        tried(&few, HoursOf::HoldingGroup, None, None),
        Reach::NeverDue
    );
    assert_eq!(tried(&few, all.clone(), None, None), Reach::NeverDue);
    assert_eq!(tried(&few, any, None, None), Reach::NeverDue);

    // 71 times 71 are more than can be tried; those in which one calendar has a part are not.
    let many = desk(70, 70);
    assert_eq!(tried(&many, all.clone(), None, None), Reach::TooMany);
    assert_eq!(tried(&many, all, None, Some(seeded(1_000))), Reach::Always);
    let threefold = HoursOf::Intersection(vec![
        HoursOf::HoldingGroup,
        HoursOf::Application,
        HoursOf::FirstGroup,
    ]);
    assert_eq!(
        tried(&many, threefold.clone(), None, Some(seeded(1_000))),
        Reach::TooMany
    );
    assert_eq!(
        tried(&many, threefold, None, Some(seeded(1))),
        Reach::Always,
        "nobody counts by that one"
    );
    // Where one member is enough, the others are as many as they like; they may count business days otherwise.
    let more = |first| {
        HoursOf::Union(vec![
            first,
            HoursOf::HoldingGroup,
            HoursOf::Application,
            HoursOf::FirstGroup,
        ])
    };
    assert_eq!(
        tried(&many, more(HoursOf::Agreement), None, None),
        Reach::Always
    );
    assert_eq!(
        tried(&many, more(HoursOf::HoldingGroup), None, None),
        Reach::TooMany
    );
    let days = Some(Allowed::BusinessDays(3));
    assert_eq!(
        tried(&many, more(HoursOf::Agreement), days, None),
        Reach::TooMany
    );
}
