//! The facts behind exclusions: windows and bands that were agreed, and how long a ticket waited for the client.

use events::intake::TicketState;
use events::sla_clock::ClockState;
use ids::TicketId;
use serde_json::{Value, json};

use crate::contract::{
    Contract, DECIDE, FREEZE, MEASURE, PROPOSE, SET, WITHDRAW, attainment, plain,
};
use crate::world::{Told, World, resolution_clock};

const FACT: &str = "fact { waitedForClientSeconds windows { name from to } volume band { fewest most } supported }";

/// Proposes, and shows the fact behind the proposal.
fn proposing() -> String {
    format!(
        "mutation($i: ProposeExclusionInput!) {{ proposeExclusion(input: $i) {{ exclusion {{ id {FACT} }} problems {{ field code }} }} }}"
    )
}

/// The fact behind October's exclusion with that evidence, as it is known now.
async fn fact_now(contract: &Contract<'_>, evidence: &str) -> Value {
    let query = format!(
        "{{ serviceLevelExclusions(month: \"2026-10\") {{ nodes {{ evidence {FACT} }} }} }}"
    );
    let found = contract.world.answer(contract.admin.clone(), &query).await;
    let nodes = found["serviceLevelExclusions"]["nodes"].as_array().unwrap();
    let one = nodes.iter().find(|n| n["evidence"] == evidence).unwrap();
    one["fact"].clone()
}

/// As [`fact_now`], as the revision in force holds it.
async fn fact_kept(contract: &Contract<'_>, evidence: &str) -> Value {
    let query = format!(
        "{{ serviceLevels(month: \"2026-10\") {{ frozen {{ recomputes exclusions {{ evidence {FACT} }} }} }} }}"
    );
    let found = contract.world.answer(contract.admin.clone(), &query).await;
    let frozen = &found["serviceLevels"]["frozen"];
    assert_eq!(frozen["recomputes"], true);
    let nodes = frozen["exclusions"].as_array().unwrap();
    let one = nodes.iter().find(|n| n["evidence"] == evidence).unwrap();
    one["fact"].clone()
}

fn interval(level: &str, reason: &str, from: &str, to: &str) -> Value {
    json!({"month": "2026-10", "level": level, "reason": reason, "evidence": "acta",
           "interval": {"from": from, "to": to}})
}

fn of_ticket(contract: &Contract<'_>, ticket: TicketId, reason: &str, evidence: &str) -> Value {
    json!({"month": "2026-10", "ticket": contract.ticket_id(ticket), "reason": reason, "evidence": evidence})
}

/// A ticket that missed its eight hours, told of with what happened to it meanwhile.
async fn waited(contract: &Contract<'_>, states: &[(&str, TicketState)]) -> TicketId {
    let opened = "2026-10-05T10:00:00Z";
    let mut told = Told::new(contract.world, contract.tenant).opened(opened);
    for (time, state) in states {
        told = told.state(time, *state);
    }
    contract.hear(&told.facts).await;
    let mut clock = resolution_clock(contract.world, told.ticket, opened, 8);
    clock.state = ClockState::Stopped;
    clock.stopped_at = clock.due_at.map(|due| due + chrono::TimeDelta::hours(12));
    clock.breached_at = clock.due_at;
    contract.clock(clock).await;
    told.ticket
}

#[tokio::test(flavor = "multi_thread")]
async fn what_excuses_by_a_window_lies_in_one() {
    let world = World::start("agreed windows").await;
    let contract = Contract::sign(&world, "ventanas").await;
    // Missed on Monday the 5th at 18:00Z, 13:00 in Lima, and on Tuesday at the same hour.
    let monday = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    let tuesday = contract.ticket("2026-10-06T10:00:00Z", Some(20)).await;
    let met = contract.ticket("2026-10-05T11:00:00Z", Some(7)).await;
    contract.agrees(json!([attainment("A", 100)])).await;
    let by_window = |ticket| of_ticket(&contract, ticket, "AGREED_WINDOW", "CHG-7");
    let refused = |input| contract.problems(&contract.quality, PROPOSE, input);
    assert_eq!(
        refused(by_window(monday)).await,
        ["NO_WINDOW_AGREED reason"]
    );
    let night = |from, to| interval("A", "AGREED_WINDOW", from, to);
    let sunday = night("2026-10-12T03:00:00Z", "2026-10-12T11:00:00Z");
    assert_eq!(refused(sunday.clone()).await, ["NO_WINDOW_AGREED reason"]);

    let windows = json!({
        "dated": [{"name": "CHG-7", "from": "2026-10-05T17:00:00Z", "to": "2026-10-05T19:00:00Z"}],
        "weekly": [{"name": "Domingo", "day": "SUNDAY", "spans": ["22:00-06:00"]}],
    });
    contract
        .agrees_with(json!([attainment("A", 100)]), windows.clone())
        .await;
    let shown = "{ serviceLevels(month: \"2026-10\") { set { windows { dated { name from to } weekly { name day spans } } } } }";
    let found = world.answer(contract.admin.clone(), shown).await;
    let set = &found["serviceLevels"]["set"];
    assert_eq!(set["windows"]["weekly"], windows["weekly"]);
    assert_eq!(set["windows"]["dated"][0]["name"], "CHG-7");

    for outside in [tuesday, met] {
        assert_eq!(refused(by_window(outside)).await, ["OUTSIDE_WINDOW ticket"]);
    }
    for (from, to) in [
        ("2026-10-12T02:59:00Z", "2026-10-12T11:00:00Z"),
        ("2026-10-12T03:00:00Z", "2026-10-12T11:00:01Z"),
        ("2026-10-13T03:00:00Z", "2026-10-13T11:00:00Z"),
    ] {
        assert_eq!(
            refused(night(from, to)).await,
            ["OUTSIDE_WINDOW interval"],
            "{from} {to}"
        );
    }
    let proposing = proposing();
    let done = contract
        .done(&contract.quality, &proposing, by_window(monday))
        .await;
    let fact = json!({
        "waitedForClientSeconds": null, "volume": null, "band": null, "supported": true,
        "windows": [{"name": "CHG-7", "from": "2026-10-05T17:00:00+00:00", "to": "2026-10-05T19:00:00+00:00"}],
    });
    assert_eq!(done["exclusion"]["fact"], fact);
    let by_change = done["exclusion"]["id"].clone();
    let done = contract.done(&contract.admin, &proposing, sunday).await;
    assert_eq!(done["exclusion"]["fact"]["supported"], true);
    assert_eq!(
        done["exclusion"]["fact"]["windows"],
        json!([{"name": "Domingo", "from": "2026-10-12T03:00:00+00:00", "to": "2026-10-12T11:00:00+00:00"}])
    );

    // What is kept with a month stays; what is known now goes by what is agreed now.
    contract
        .done(&contract.quality, FREEZE, json!({"month": "2026-10"}))
        .await;
    contract.agrees(json!([attainment("A", 100)])).await;
    assert_eq!(fact_kept(&contract, "CHG-7").await, fact);
    let now = fact_now(&contract, "CHG-7").await;
    assert_eq!(
        (&now["supported"], &now["windows"]),
        (&json!(false), &json!([]))
    );
    // Nobody accepts what the facts do not say any more; it may be rejected, and accepted once they say it again.
    let accept = |accept: bool| json!({"exclusion": by_change, "accept": accept});
    let refused = contract
        .problems(&contract.admin, DECIDE, accept(true))
        .await;
    assert_eq!(refused, ["NO_WINDOW_AGREED exclusion"]);
    contract
        .agrees_with(json!([attainment("A", 100)]), windows)
        .await;
    let done = contract.done(&contract.admin, DECIDE, accept(true)).await;
    assert_eq!(done["exclusion"]["state"], "ACCEPTED");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_and_bands_that_make_no_sense_are_not_agreed() {
    let world = World::start("bad windows").await;
    let contract = Contract::sign(&world, "malas-ventanas").await;
    let refused = |levels: Value, windows: Value| {
        let input = json!({"effectiveFrom": "2026-10", "levels": levels, "windows": windows});
        contract.problems(&contract.quality, SET, input)
    };
    let good = || json!([attainment("A", 100)]);
    let weekly = |day: &str, span: &str| json!({"name": "x", "day": day, "spans": [span]});
    let reversed = json!({"dated": [
        {"name": " ", "from": "2026-10-05T19:00:00Z", "to": "2026-10-05T17:00:00Z"},
    ]});
    assert_eq!(
        refused(good(), reversed).await,
        [
            "NAME_MISSING windows.dated.0.name",
            "BAD_WINDOW windows.dated.0.to"
        ]
    );
    let bad = json!({"weekly": [weekly("SUNDAY", "de noche")]});
    assert_eq!(
        refused(good(), bad).await,
        ["BAD_SPAN windows.weekly.0.spans"]
    );
    let twice =
        json!({"weekly": [weekly("SUNDAY", "22:00-06:00"), weekly("MONDAY", "05:00-07:00")]});
    assert_eq!(
        refused(good(), twice).await,
        ["OVERLAPPING_HOURS windows.weekly"]
    );
    let many = vec![weekly("SUNDAY", "22:00-06:00"); 101];
    assert_eq!(
        refused(good(), json!({"weekly": many})).await,
        ["TOO_MANY_WINDOWS windows"]
    );
    let banded = |mut level: Value, band: Value| {
        level["volumeBand"] = band;
        json!([level])
    };
    for (band, code) in [
        (json!({}), "EMPTY_BAND"),
        (json!({"fewest": 6, "most": 5}), "BAD_BAND"),
        (json!({"most": -1}), "BAD_BAND"),
    ] {
        let levels = banded(attainment("A", 100), band);
        assert_eq!(
            refused(levels, Value::Null).await,
            [format!("{code} levels.0.volumeBand")]
        );
    }
    let mut score = plain("CSAT", "SATISFACTION", 100);
    score["unit"] = json!("SCORE");
    (score["targetHundredths"], score["minimumHundredths"]) = (json!(430), json!(400));
    assert_eq!(
        refused(banded(score, json!({"most": 5})), Value::Null).await,
        ["NOT_FOR_UNIT levels.0.volumeBand"]
    );
    let sets = "SELECT count(*) FROM level_set";
    assert_eq!(world.count(contract.tenant, sets).await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_excuses_what_lies_outside_of_its_band() {
    let world = World::start("volume").await;
    let contract = Contract::sign(&world, "volumen").await;
    for hour in 10..14 {
        contract
            .ticket(&format!("2026-10-05T{hour}:00:00Z"), Some(20))
            .await;
    }
    let last = contract.ticket("2026-10-06T10:00:00Z", Some(20)).await;
    let levels = |most: i32, fewest: i32| {
        let mut a = attainment("A", 40);
        a["volumeBand"] = json!({"fewest": fewest, "most": most});
        let mut up = plain("UP", "AVAILABILITY", 40);
        up["volumeBand"] = json!({"fewest": 1000});
        json!([a, up, attainment("B", 20)])
    };
    contract.agrees(levels(5, 5)).await;
    let surge = |level| {
        interval(
            level,
            "VOLUME_OUTSIDE_BAND",
            "2026-10-05T05:00:00Z",
            "2026-10-06T05:00:00Z",
        )
    };
    let refused = |input| contract.problems(&contract.quality, PROPOSE, input);
    let ticket = of_ticket(&contract, last, "VOLUME_OUTSIDE_BAND", "acta");
    assert_eq!(refused(ticket.clone()).await, ["LEVEL_MISSING level"]);
    assert_eq!(refused(surge("B")).await, ["NO_BAND_AGREED level"]);
    assert_eq!(refused(surge("A")).await, ["WITHIN_BAND level"]);
    let mut minutes = surge("UP");
    minutes["interval"]["units"] = json!(10);
    assert_eq!(
        refused(minutes.clone()).await,
        ["VOLUME_UNKNOWN level"],
        "nothing was entered yet"
    );
    let measure = |n: i32| json!({"month": "2026-10", "level": "UP", "numerator": 990, "denominator": n, "source": "sonda"});
    contract
        .done(&contract.quality, MEASURE, measure(1000))
        .await;
    assert_eq!(refused(minutes.clone()).await, ["WITHIN_BAND level"]);
    contract
        .done(&contract.quality, MEASURE, measure(999))
        .await;
    let proposing = proposing();
    let done = contract.done(&contract.quality, &proposing, minutes).await;
    assert_eq!(
        done["exclusion"]["fact"],
        json!({"waitedForClientSeconds": null, "windows": [], "volume": 999,
               "band": {"fewest": 1000, "most": null}, "supported": true})
    );

    // Five are more than four, and fewer than six in a month that is over.
    for (most, fewest) in [(4, 1), (9, 6)] {
        contract.agrees(levels(most, fewest)).await;
        let done = contract
            .done(&contract.quality, &proposing, surge("A"))
            .await;
        let fact = &done["exclusion"]["fact"];
        assert_eq!(
            (&fact["volume"], &fact["supported"]),
            (&json!(5), &json!(true))
        );
    }
    let mut of_level = ticket;
    of_level["level"] = json!("A");
    contract.done(&contract.quality, PROPOSE, of_level).await;
    // While a month lasts, more may come.
    let mut november = surge("A");
    november["month"] = json!("2026-11");
    november["interval"] = json!({"from": "2026-11-05T05:00:00Z", "to": "2026-11-06T05:00:00Z"});
    assert_eq!(refused(november).await, ["WITHIN_BAND level"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_ticket_waited_for_the_client_is_shown_and_kept() {
    use TicketState::{
        InProgress, Resolved, WaitingForApproval, WaitingForRequester, WaitingForVendor,
    };
    let world = World::start("waiting").await;
    let contract = Contract::sign(&world, "esperas").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    // An hour for the requester, half an hour for an approval; the vendor's two hours are not the client's.
    let long = waited(
        &contract,
        &[
            ("2026-10-05T11:00:00Z", WaitingForRequester),
            ("2026-10-05T12:00:00Z", InProgress),
            ("2026-10-05T13:00:00Z", WaitingForApproval),
            ("2026-10-05T13:30:00Z", WaitingForVendor),
            ("2026-10-05T15:30:00Z", InProgress),
            ("2026-10-06T06:00:00Z", Resolved),
        ],
    )
    .await;
    let never = contract.ticket("2026-10-06T10:00:00Z", Some(20)).await;
    // It waits on, also when the month is over: what counts is up to its end, midnight in Lima.
    let still = waited(&contract, &[("2026-11-01T04:00:00Z", WaitingForRequester)]).await;

    let rows = async |revision: &str| {
        let query = format!(
            "{{ serviceLevelTickets(month: \"2026-10\", level: \"A\"{revision}) {{ nodes {{ ticket {{ id }} waitedForClientSeconds }} }} }}"
        );
        let found = world.answer(contract.quality.clone(), &query).await;
        let nodes = found["serviceLevelTickets"]["nodes"].as_array().unwrap();
        let of = |ticket: TicketId| {
            let id = contract.ticket_id(ticket);
            let row = nodes.iter().find(|n| n["ticket"]["id"] == id.as_str());
            row.unwrap()["waitedForClientSeconds"].clone()
        };
        (of(long), of(never), of(still))
    };
    let expected = (json!(5400), json!(0), json!(3600));
    assert_eq!(rows("").await, expected);

    // Nobody is stopped: the state may have been forgotten, and the evidence shows it.
    let proposing = proposing();
    for (ticket, evidence, seconds) in [(long, "acta 1", 5400), (never, "acta 2", 0)] {
        let input = of_ticket(&contract, ticket, "CLIENT_DEPENDENCY", evidence);
        let done = contract.done(&contract.quality, &proposing, input).await;
        let fact = json!({"waitedForClientSeconds": seconds, "windows": [], "volume": null, "band": null,
                          "supported": seconds > 0});
        assert_eq!(done["exclusion"]["fact"], fact);
        assert_eq!(fact_now(&contract, evidence).await, fact);
    }
    let quake = of_ticket(&contract, never, "FORCE_MAJEURE", "sismo");
    let done = contract.done(&contract.quality, &proposing, quake).await;
    let unknown = json!({"waitedForClientSeconds": null, "windows": [], "volume": null, "band": null, "supported": null});
    assert_eq!(done["exclusion"]["fact"], unknown);

    contract
        .done(&contract.quality, FREEZE, json!({"month": "2026-10"}))
        .await;
    // What happens later changes nothing in what was kept.
    contract
        .done(
            &contract.quality,
            WITHDRAW,
            json!({"exclusion": done["exclusion"]["id"]}),
        )
        .await;
    assert_eq!(rows(", revision: 1").await, expected);
    assert_eq!(
        fact_kept(&contract, "acta 1").await["waitedForClientSeconds"],
        5400
    );
    assert_eq!(fact_kept(&contract, "sismo").await, unknown);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_repeated_with_other_windows_is_another_wish() {
    let world = World::start("window keys").await;
    let contract = Contract::sign(&world, "claves-ventanas").await;
    let windows =
        |day: &str| json!({"weekly": [{"name": "x", "day": day, "spans": ["22:00-06:00"]}]});
    let mut wish = json!({"effectiveFrom": "2026-10", "levels": [attainment("A", 100)],
                          "windows": windows("SUNDAY"), "idempotencyKey": "k"});
    let first = contract.done(&contract.quality, SET, wish.clone()).await;
    let again = contract.done(&contract.quality, SET, wish.clone()).await;
    assert_eq!(again, first);
    wish["windows"] = windows("MONDAY");
    assert_eq!(
        contract.refusal(&contract.quality, SET, wish).await,
        "IDEMPOTENCY_MISMATCH"
    );
    world.finish().await;
}
