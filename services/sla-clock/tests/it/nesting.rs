//! Agreements between groups and with vendors: their clocks run within the client's, and whose the time was is told.

use access::{CallerKind, Role};
use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::GroupId;
use proptest::prelude::*;
use serde_json::{Value, json};
use sla_clock::domain::agreement::{OnReopen, Rule};
use sla_clock::domain::attribution::attribute;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::happened::What;

use crate::following::representation;
use crate::kit::{HOUR, agreement, book, office, read, story as told, terms};
use crate::world::{World, at, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { kind } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { kind target code cycle state \
    elapsedSeconds breachedAt nested { kind code cycle } attribution { whose group line seconds lateSeconds heldSeconds } } } } }";

#[tokio::test]
async fn clocks_of_groups_and_vendors_nest_in_the_clients_and_a_breach_is_shared_out() {
    story(async {
        let world = World::start("nesting").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
        let calendar = world.calendar(acme, "24x7", hours).await;
        let (n2, n3) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let agree = async |name: &str, kind: &str, targets: Value| {
            let terms = json!({"targets": targets});
            let input = json!({"i": {"name": name, "kind": kind, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
            world.data(&manager, CREATE, input).await["createAgreement"].clone()
        };
        let custom = |code: &str, start: Value| json!([{"target": "CUSTOM", "code": code, "name": code, "seconds": 3_600, "start": start}]);
        let line = |n: &str| json!({"field": "LINE", "isOneOf": [n]});
        // What is refused: no code, no holder.
        let plain = json!([{"target": "RESOLUTION", "seconds": 60, "start": line("2")}]);
        assert_eq!(agree("x", "OLA", plain).await["problems"], json!([{"field": "targets.0.code", "code": "NEEDS_CODE"}]));
        let nobody = agree("x", "OLA", custom("n2", Value::Null)).await;
        assert_eq!(nobody["problems"], json!([{"field": "targets.0.start", "code": "NEEDS_HOLDER"}]));

        let sla = json!([{"target": "RESOLUTION", "seconds": 4 * 3_600}]);
        assert_eq!(agree("ANS", "SLA", sla).await["agreement"]["kind"], "SLA");
        assert_eq!(agree("N2", "OLA", custom("n2", line("2"))).await["agreement"]["kind"], "OLA");
        assert_eq!(agree("Proveedor", "SUPPLIER", custom("vendor", Value::Null)).await["problems"], json!([]));

        // A code is one side's: an agreement with the client must not take the place of one of the house.
        let shadow = agree("Sombra", "SLA", custom("n2", Value::Null)).await;
        assert_eq!(shadow["problems"], json!([{"field": "targets.0.code", "code": "CODE_TAKEN"}]));

        // One hour with N2, half of it late; two with the vendor; back to N2 for half an hour; one with the requester, who
        // holds the clock; two with N3, who resolves.
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, n2, 2)]).await;
        for (minutes, to) in [
            (90, TicketState::WaitingForVendor),
            (120, TicketState::InProgress),
            (30, TicketState::WaitingForRequester),
            (60, TicketState::InProgress),
        ] {
            world.advance(minutes * 60);
            let fact = world.moved(acme, &mut ticket, to);
            world.hear(acme, &[fact]).await;
        }
        world.hear(acme, &[world.held(acme, &ticket, 2, n3, 3)]).await;
        world.advance(2 * 3_600);
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;

        let asked = representation(acme, &ticket, ticket.version);
        let clocks = world.data(&manager, CLOCKS, asked).await["_entities"][0]["clocks"].clone();
        let brief: Vec<Value> = clocks
            .as_array()
            .unwrap()
            .iter()
            .map(|c| json!([c["kind"], c["code"], c["cycle"], c["elapsedSeconds"].as_i64().unwrap() / 60, c["breachedAt"].is_string()]))
            .collect();
        assert_eq!(
            brief,
            [
                json!(["SLA", null, 1, 360, true]),
                // N2 held it for five hours in all, the requester's hour apart.
                json!(["OLA", "n2", 1, 240, true]),
                json!(["SUPPLIER", "vendor", 1, 120, true]),
            ],
            "{clocks}"
        );
        assert_eq!(clocks[0]["nested"], json!([{"kind": "OLA", "code": "n2", "cycle": 1}, {"kind": "SUPPLIER", "code": "vendor", "cycle": 1}]));
        assert_eq!(clocks[1]["nested"], json!([]));
        // The client sees what was agreed with it, and no more.
        let client = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let asked = representation(acme, &ticket, ticket.version);
        let shown = world.data(&client, CLOCKS, asked).await["_entities"][0]["clocks"].clone();
        assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
        assert_eq!((&shown[0]["kind"], &shown[0]["nested"]), (&json!("SLA"), &json!([])));
        let names = "{ agreements { name } }";
        assert_eq!(world.data(&client, names, json!({})).await["agreements"], json!([{"name": "ANS"}]));
        assert_eq!(world.data(&manager, names, json!({})).await["agreements"].as_array().unwrap().len(), 3);
        let inner = world.data(&manager, "{ agreements { id kind } }", json!({})).await["agreements"].clone();
        let inner = inner.as_array().unwrap().iter().find(|a| a["kind"] == "OLA").unwrap()["id"].clone();
        let archive = "mutation($i: ID!) { archiveAgreement(input: {agreement: $i}) { agreement { id } } }";
        assert_eq!(world.refusal(&client, archive, json!({"i": inner})).await, "NOT_FOUND");
        let change = "mutation($i: ChangeAgreementInput!) { changeAgreement(input: $i) { agreement { id } } }";
        let terms = json!({"targets": custom("n2", line("2"))});
        assert_eq!(world.refusal(&client, change, json!({"i": {"agreement": inner, "terms": terms}})).await, "NOT_FOUND");
        let count = r#"{ clockSummary(target: CUSTOM, code: "n2", kind: OLA) { clocks breached } }"#;
        assert_eq!(world.data(&manager, count, json!({})).await["clockSummary"], json!({"clocks": 1, "breached": 1}));
        let all = "{ clockSummary(target: CUSTOM) { clocks } }";
        assert_eq!(world.data(&client, all, json!({})).await["clockSummary"], json!({"clocks": 0}));
        assert_eq!(world.ask(&client, count, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        // Six hours of four: shared out by whose they were; the late two are N3's.
        let share = |whose: &str, group: Option<GroupId>, line: Option<i16>, [seconds, late, held]: [i64; 3]| {
            json!({"whose": whose, "group": group.map(|g| gid(acme, g)), "line": line,
                "seconds": seconds * 60, "lateSeconds": late * 60, "heldSeconds": held * 60})
        };
        assert_eq!(
            clocks[0]["attribution"],
            json!([
                share("PROVIDER", Some(n2), Some(2), [120, 0, 0]),
                share("VENDOR", None, None, [120, 0, 0]),
                share("PROVIDER", Some(n3), Some(3), [120, 120, 0]),
                share("REQUESTER", None, None, [0, 0, 60]),
            ]),
            "{clocks}"
        );
        world.end().await;
    })
    .await;
}

proptest! {
    /// Every counted second belongs to somebody, and to one alone.
    #[test]
    fn shares_sum_to_the_clock(
        steps in prop::collection::vec((0i64..200_000, 0usize..8, 0i16..4), 1..10),
        later in 0i64..500_000,
        hours in 1i64..60,
    ) {
        use TicketState::{Closed, InProgress, Open, Queued, Reopened, Resolved, WaitingForRequester, WaitingForVendor};
        let states = [Open, Queued, InProgress, WaitingForRequester, WaitingForVendor, Resolved, Closed, Reopened];
        let mut time = at("2026-11-20T12:00:00Z");
        let mut happened = told(&[("2026-11-20T12:00:00Z", Open, Priority::Medium)]);
        for (n, (pass, state, line)) in steps.into_iter().enumerate() {
            time += chrono::TimeDelta::milliseconds(pass * 1_000 + 411);
            let mut next = happened[0].clone();
            next.version = i64::try_from(n).unwrap() + 2;
            next.what = What::Changed;
            next.at = time;
            next.state = states[state];
            next.line = (line > 0).then_some(line);
            happened.push(next);
        }
        let mut terms = terms(OnReopen::NewCycle);
        terms.rules = vec![Rule::plain(Target::Resolution, hours * HOUR)];
        let book = book(&[agreement(office(), terms)]);
        let as_of = time + chrono::TimeDelta::seconds(later);
        let story = Story::of(&happened);
        let readings = read(&book, story, as_of).unwrap();
        let all = courses(&book, story, (Target::Resolution, "")).unwrap();
        for (reading, course) in readings.iter().zip(all) {
            let shares = attribute(&course, story, reading.target_seconds, reading.as_of).unwrap();
            prop_assert_eq!(shares.iter().map(|s| s.seconds).sum::<i64>(), reading.elapsed_seconds);
            let late = shares.iter().map(|s| s.late_seconds).sum::<i64>();
            prop_assert_eq!(late, (reading.elapsed_seconds - reading.target_seconds).max(0));
        }
    }
}
