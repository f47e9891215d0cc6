//! What was agreed, entered, decided and closed is announced: once, in its order, without a word of free text.

use std::collections::BTreeMap;

use access::Role;
use ids::{EventId, GlobalId};
use messaging::{Command, Resend};
use serde_json::{Value, json};
use testkit::eventually;

use crate::contract::{
    Contract, DECIDE, FREEZE, MEASURE, PROPOSE, SET, WITHDRAW, attainment, plain,
};
use crate::world::{LONG, World};

/// Nothing is under way any more: neither in the outbox nor in reporting's own queues.
async fn quiet(world: &World) {
    eventually(LONG, || async {
        let mut tx = world.db.begin_platform().await.unwrap();
        let unpublished: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.outbox")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let left = world.suite.undelivered().await.unwrap();
        let own = left.keys().any(|queue| queue.starts_with("reporting."));
        (unpublished == 0 && !own).then_some(()).ok_or(left)
    })
    .await;
}

/// A month with everything in it, said with a word that must not travel.
async fn story(contract: &Contract<'_>) -> (Vec<String>, Value) {
    let mut level = attainment("A", 60);
    level["nameEs"] = json!("secreto");
    level["tightening"] = json!({"monthlyHundredths": 50, "untilHundredths": 9500});
    let windows =
        json!({"weekly": [{"name": "secreto", "day": "SUNDAY", "spans": ["00:00-01:00"]}]});
    let levels = json!([level, plain("UP", "AVAILABILITY", 40)]);
    contract.agrees_with(levels, windows).await;
    let excused = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    contract.ticket("2026-10-06T10:00:00Z", Some(1)).await;
    let up = json!({"month": "2026-10", "level": "UP", "numerator": 990, "denominator": 1000, "source": "secreto"});
    contract.done(&contract.quality, MEASURE, up).await;
    let ticket = json!({"month": "2026-10", "ticket": contract.ticket_id(excused), "reason": "CLIENT_DEPENDENCY", "evidence": "secreto"});
    let interval = json!({"month": "2026-10", "level": "UP", "reason": "AGREED_WINDOW", "evidence": "secreto",
        "interval": {"from": "2026-10-11T05:00:00Z", "to": "2026-10-11T06:00:00Z", "units": 3}});
    let mut proposals = Vec::new();
    for input in [ticket, interval] {
        let done = contract.done(&contract.quality, PROPOSE, input).await;
        proposals.push(done["exclusion"]["id"].as_str().unwrap().to_owned());
    }
    let yes = json!({"exclusion": proposals[0], "accept": true, "note": "secreto"});
    contract.done(&contract.admin, DECIDE, yes.clone()).await;
    contract.done(&contract.admin, DECIDE, yes).await;
    let back = json!({"exclusion": proposals[1]});
    contract
        .done(&contract.quality, WITHDRAW, back.clone())
        .await;
    contract.done(&contract.quality, WITHDRAW, back).await;
    let frozen = json!({"month": "2026-10", "idempotencyKey": "k"});
    let first = contract
        .done(&contract.quality, FREEZE, frozen.clone())
        .await;
    contract.done(&contract.quality, FREEZE, frozen).await;
    let again = json!({"month": "2026-10", "reason": "secreto"});
    let second = contract.done(&contract.admin, FREEZE, again).await;
    let digests = json!([first["frozen"]["digest"], second["frozen"]["digest"]]);
    (proposals, digests)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_told_once_and_kept_with_all_the_others() {
    let world = World::start("announcing").await;
    let contract = Contract::sign(&world, "anuncios").await;
    let tenant = contract.tenant;
    let (proposals, digests) = story(&contract).await;
    // What is refused is not told.
    let wrong = json!({"effectiveFrom": "2026-10", "levels": []});
    contract.problems(&contract.quality, SET, wrong).await;

    let told = world.told(tenant, 8).await;
    let raw = |global: &String| {
        let id: GlobalId<ids::ExclusionId> = global.parse().unwrap();
        id.id.to_string()
    };
    let (decided, withdrawn) = (raw(&proposals[0]), raw(&proposals[1]));
    let mut of: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for (kind, subject, sequence, _) in &told {
        of.entry(subject).or_default().push((kind, *sequence));
    }
    let name = |what: &str| format!("service_levels.{what}.v1");
    let wanted = [
        (format!("{tenant}/service_levels"), vec!["set"]),
        (
            format!("{tenant}/2026-10"),
            vec!["measure_recorded", "frozen", "frozen"],
        ),
        (
            decided.clone(),
            vec!["exclusion_proposed", "exclusion_decided"],
        ),
        (
            withdrawn.clone(),
            vec!["exclusion_proposed", "exclusion_withdrawn"],
        ),
    ];
    assert_eq!(of.len(), wanted.len(), "{told:?}");
    for (subject, kinds) in &wanted {
        let kinds: Vec<String> = kinds.iter().map(|k| name(k)).collect();
        let numbered: Vec<(&str, i64)> = kinds.iter().map(String::as_str).zip(1..).collect();
        assert_eq!(of[subject.as_str()], numbered, "{subject}");
    }

    let data = |what: &str| -> Vec<&Value> {
        let kind = name(what);
        told.iter().filter(|t| t.0 == kind).map(|t| &t.3).collect()
    };
    let set = data("set")[0];
    assert_eq!(set["time_zone"], "America/Lima");
    assert_eq!(set["by"], contract.quality.person.to_string());
    assert_eq!(
        set["levels"][0]["tightening"],
        json!({"monthly_hundredths": 50, "until_hundredths": 9500})
    );
    assert_eq!(data("measure_recorded")[0]["numerator"], 990);
    let proposed = data("exclusion_proposed");
    assert_eq!(proposed[0]["reason"], "client_dependency");
    assert!(proposed[0].get("interval").is_none());
    assert_eq!(proposed[1]["interval"]["units"], 3);
    assert_eq!(data("exclusion_decided")[0]["side"], "client");
    assert_eq!(data("exclusion_withdrawn")[0]["side"], "provider");
    let frozen = data("frozen");
    assert_eq!(json!([frozen[0]["digest"], frozen[1]["digest"]]), digests);
    assert_eq!(frozen[1]["previous_digest"], digests[0]);
    assert!(frozen[0].get("previous_digest").is_none());
    // The figures are those that the graph shows.
    let shown = contract.month("2026-10").await["frozen"].clone();
    for (n, level) in frozen[1]["levels"].as_array().unwrap().iter().enumerate() {
        let figure = &shown["figures"]["levels"][n];
        assert_eq!(level["code"], figure["level"]["code"]);
        for (told, graph) in [
            ("numerator", "numerator"),
            ("denominator", "denominator"),
            ("value_hundredths", "valueHundredths"),
            ("earned_hundredths", "earnedHundredths"),
        ] {
            assert_eq!(level[told], figure["figure"][graph], "{told}");
        }
        let verdict = level["verdict"].as_str().unwrap().to_uppercase();
        assert_eq!(verdict, figure["figure"]["verdict"]);
        assert_eq!(level["excused"], figure["excused"]);
    }
    assert_eq!(
        frozen[1]["total"]["value_hundredths"],
        shown["figures"]["total"]["valueHundredths"]
    );
    let text = format!("{told:?}");
    assert!(!text.contains("secreto"), "{text}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_facts_come_to_rest_and_change_no_figure() {
    let world = World::start("no loop").await;
    let contract = Contract::sign(&world, "sin-vueltas").await;
    let tenant = contract.tenant;
    story(&contract).await;
    world.told(tenant, 8).await;
    quiet(&world).await;
    let facts = "SELECT count(*) FROM facts";
    // The tenant's birth, two tickets with a clock each, and eight of its own.
    let all = 1 + 2 * 2 + 8;
    assert_eq!(world.count(tenant, facts).await, all);
    for table in ["ticket", "ticket_summary", "clock_result"] {
        let sql: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
        assert_eq!(world.count(tenant, sql).await, 2, "{table}");
    }
    let before = contract.month("2026-10").await;

    // A rebuild reads them and makes nothing of them; a backfill gives them again, and they are dropped.
    let manager = world.caller(Role::ServiceManager, &[tenant]);
    let rebuild = "mutation { rebuildReports(input: {}) { rebuilt { facts tickets } } }";
    let done = world.answer(manager, rebuild).await;
    assert_eq!(
        done["rebuildReports"]["rebuilt"],
        json!({"facts": all, "tickets": 2})
    );
    reporting::backfill(&world.db, &world.bus, "reporting", |_| {})
        .await
        .unwrap();
    quiet(&world).await;
    assert_eq!(world.count(tenant, facts).await, all);
    assert_eq!(contract.month("2026-10").await, before);
    assert_eq!(world.count(tenant, "SELECT count(*) FROM waiting").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lacks_one_of_its_facts_gets_it_from_what_is_kept() {
    let world = World::start("own resent").await;
    let contract = Contract::sign(&world, "reenvio").await;
    let tenant = contract.tenant;
    story(&contract).await;
    world.told(tenant, 8).await;
    let body = Resend {
        service: "routing".to_owned(),
        lane: "live".to_owned(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        source: "reporting".to_owned(),
        subject: format!("{tenant}/2026-10"),
        from_sequence: 2,
        to_sequence: 3,
    };
    let command = Command {
        id: EventId::new(&*world.ids),
        name: Resend::NAME.to_owned(),
        tenant,
        key: body.subject.clone(),
        body: serde_json::value::to_raw_value(&body).unwrap(),
        traceparent: None,
    };
    world.bus.send("reporting", &[command]).await.unwrap();
    eventually(LONG, || async {
        let waiting = world.suite.undelivered().await.unwrap();
        (waiting.get("routing.live.0") == Some(&2))
            .then_some(())
            .ok_or(waiting)
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_before_anybody_was_told_leaves_no_gap() {
    let world = World::start("told late").await;
    let contract = Contract::sign(&world, "antes").await;
    let tenant = contract.tenant;
    contract.agrees(json!([attainment("A", 100)])).await;
    let missed = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    let proposal = contract
        .proposes(&contract.quality, "2026-10", missed)
        .await;
    quiet(&world).await;
    // As if all this had been done by a version that told nobody.
    let mut tx = world.db.begin_fact(tenant).await.unwrap();
    for sql in [
        "DELETE FROM announced",
        "DELETE FROM facts WHERE source = 'reporting'",
        "DELETE FROM inbox WHERE source = 'reporting'",
    ] {
        sqlx::query(sql).execute(tx.conn()).await.unwrap();
    }
    tx.commit().await.unwrap();
    contract.agrees(json!([attainment("A", 100)])).await;
    contract.decides(&contract.admin, &proposal, false).await;
    let told = world.told(tenant, 2).await;
    let sequences: Vec<i64> = told.iter().map(|t| t.2).collect();
    assert_eq!(sequences, [1, 1], "{told:?}");
    assert!(told.iter().any(|t| t.3["version"] == 2));
    world.finish().await;
}
