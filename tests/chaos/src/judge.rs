//! The record, held against what is there when all is quiet.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use e2e::audit;
use ids::{GlobalId, TicketId};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tokio::time::sleep;

use crate::alarms::alarms;
use crate::desk::Desk;
use crate::ground::Ground;
use crate::knowing::articles;
use crate::notes::{Answer, Failure, Kind, Notes, Ticket, Written, lock};
use crate::verdict::Verdict;

/// What must be there of a ticket besides itself.
const WHOLE: &str = "query($id: ID!) { ticket(id: $id) { assignment { asOf group { name } } clocksAsOf clocks { target asOf } } }";
/// So many looks, a second apart, until every ticket has it.
const LOOKS: u32 = 10;

/// When what happened, and how much of it there must be.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The beginning of the shift.
    pub began: Instant,
    /// The fault's end.
    pub ended: Instant,
    /// The end of the shift.
    pub stopped: Instant,
    /// So much of a kind is acknowledged for a tenant.
    pub least: usize,
}

/// A ticket as intake has it.
struct Kept {
    id: String,
    version: i64,
    entries: Entries,
}

/// Its timeline, as far as the record knows of it.
#[derive(Default)]
struct Entries {
    replies: Vec<String>,
    moves: Vec<String>,
    hands: Vec<String>,
    routed: usize,
}

/// Judges a run whose desks are closed.
pub async fn judge(
    ground: &Ground,
    desks: &[Desk],
    times: Times,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    verdict.recovery = Some(Duration::ZERO);
    for desk in desks {
        let notes = std::mem::take(&mut *lock(&desk.notes));
        clocked(desk, &notes, times, verdict);
        verdict.too_soon += notes.too_soon;
        let kept = kept(ground, desk).await?;
        let told = told(ground, desk).await?;
        openings(desk, &notes, &kept, verdict);
        for ticket in &notes.tickets {
            let Some(kept) = kept.get(&ticket.subject).and_then(|all| all.first()) else {
                continue;
            };
            changes(ticket, kept, verdict);
            heard(ground, desk, ticket, kept, &told, verdict)?;
        }
        whole(desk, &notes.tickets, verdict).await;
        articles(ground, desk, &notes, verdict).await?;
        let tickets = notes.tickets.iter().filter_map(|ticket| named(ticket).ok());
        let tickets = tickets.map(|id| id.id.to_string()).collect();
        alarms(ground, desk, &tickets, verdict).await?;
        // Also what was seen while everything was looked at again.
        let seen = std::mem::take(&mut *lock(&desk.notes));
        verdict.lost.extend(notes.lost);
        verdict.doubled.extend(notes.doubled);
        verdict.disordered.extend(notes.disordered);
        verdict
            .foreign
            .extend(notes.foreign.into_iter().chain(seen.foreign));
    }
    let (doubled, disordered) = ground.tap.wrong();
    verdict.doubled.extend(doubled);
    verdict.disordered.extend(disordered);
    Ok(())
}

/// How long nobody was answered, when everybody was again for good, and whether enough was done at all.
fn clocked(desk: &Desk, notes: &Notes, times: Times, verdict: &mut Verdict) {
    for kind in Kind::ALL {
        let (none, none_failed) = (Vec::new(), Vec::new());
        let answers = notes.answers.get(&kind).unwrap_or(&none);
        verdict.acknowledged += answers.len();
        *verdict.work.entry(kind.to_string()).or_default() += answers.len();
        let name = format!("{kind} {}", desk.house.slug);
        if answers.len() < times.least {
            let few = format!("{name}: {} of {}", answers.len(), times.least);
            verdict.idle.push(few);
        }
        let gap = longest(answers, times);
        if gap > verdict.gap {
            (verdict.gap, verdict.gap_of) = (gap, name.clone());
        }
        let failures = notes.failures.get(&kind).unwrap_or(&none_failed);
        let last = failures.iter().rfind(|one| one.to >= times.ended);
        let why = last.map(|last| last.why.as_str());
        if let Some(took) = recovered(answers, failures, times.ended) {
            verdict.recovery = verdict.recovery.map(|longest| longest.max(took));
            if took >= verdict.recovery_of.0 {
                let of = why.map_or_else(|| name.clone(), |why| format!("{name}: {why}"));
                verdict.recovery_of = (took, of);
            }
        } else {
            verdict.recovery = None;
            let why = why.unwrap_or("nobody asked");
            verdict.never.push(format!("{name}: {why}"));
        }
    }
}

/// From the fault's end until somebody was answered and nobody went without an answer any more; none if that never was. Who is
/// answered once, and then not again, has not recovered.
fn recovered(answers: &[Answer], failures: &[Failure], ended: Instant) -> Option<Duration> {
    let last = failures.iter().map(|one| one.to).max();
    let from = last.map_or(ended, |last| last.max(ended));
    let again = answers.iter().find(|one| one.to >= from)?;
    Some(again.to.saturating_duration_since(ended))
}

/// The longest time between two answers: also before the first one, and behind the last.
fn longest(answers: &[Answer], times: Times) -> Duration {
    let mut last = times.began;
    let mut longest = Duration::ZERO;
    for at in answers.iter().map(|one| one.to).chain([times.stopped]) {
        longest = longest.max(at.saturating_duration_since(last));
        last = last.max(at);
    }
    longest
}

/// Tickets of this run, by subject.
async fn kept(ground: &Ground, desk: &Desk) -> anyhow::Result<BTreeMap<String, Vec<Kept>>> {
    let schema = audit::schema(&ground.at.suite, &desk.house.slug).await?;
    let mut intake = audit::open(&ground.at.suite, "intake").await?;
    let like = format!("{} {} %", desk.house.word, desk.run);
    let mut entries = entries(&mut intake, &schema, &like).await?;
    let q = format!(
        "SELECT id::text AS id, version, subject FROM {schema}.ticket WHERE subject LIKE $1 ORDER BY opened_at, id"
    );
    let rows = sqlx::query(AssertSqlSafe(q))
        .bind(&like)
        .fetch_all(&mut intake)
        .await?;
    let mut kept: BTreeMap<String, Vec<Kept>> = BTreeMap::new();
    for row in rows {
        let id: String = row.try_get("id")?;
        let entries = entries.remove(&id).unwrap_or_default();
        let version: i64 = row.try_get("version")?;
        let subject: String = row.try_get("subject")?;
        kept.entry(subject).or_default().push(Kept {
            id,
            version,
            entries,
        });
    }
    Ok(kept)
}

async fn entries(
    intake: &mut PgConnection,
    schema: &str,
    like: &str,
) -> anyhow::Result<BTreeMap<String, Entries>> {
    let q = format!(
        "SELECT e.ticket::text AS ticket, e.kind, e.actor_kind, e.body, e.detail->>'to' AS state, \
         e.detail->>'assignment' AS reason FROM {schema}.entry AS e JOIN {schema}.ticket AS t ON t.id = e.ticket \
         WHERE t.subject LIKE $1 ORDER BY e.ticket, e.position"
    );
    let rows = sqlx::query(AssertSqlSafe(q))
        .bind(like)
        .fetch_all(intake)
        .await?;
    let mut all: BTreeMap<String, Entries> = BTreeMap::new();
    for row in rows {
        let ticket: String = row.try_get("ticket")?;
        let kind: String = row.try_get("kind")?;
        let actor: String = row.try_get("actor_kind")?;
        let body: Option<String> = row.try_get("body")?;
        let state: Option<String> = row.try_get("state")?;
        let reason: Option<String> = row.try_get("reason")?;
        let entries = all.entry(ticket).or_default();
        match kind.as_str() {
            "reply" => entries.replies.extend(body),
            // What follows a change of hands is the system's.
            "state_changed" if actor == "staff" => entries.moves.extend(state),
            "assigned" if reason.as_deref() == Some("routed") => entries.routed += 1,
            "assigned" => entries.hands.extend(reason),
            _ => {}
        }
    }
    Ok(all)
}

/// What reporting was told by intake of this tenant's tickets: subject -> (facts, the last sequence).
async fn told(ground: &Ground, desk: &Desk) -> anyhow::Result<BTreeMap<String, (i64, i64)>> {
    let schema = audit::schema(&ground.at.suite, &desk.house.slug).await?;
    let mut reporting = audit::open(&ground.at.suite, "reporting").await?;
    let q = format!(
        "SELECT subject, count(*) AS facts, max(sequence) AS last FROM {schema}.facts \
         WHERE source = 'intake' AND starts_with(subject, 'tkt_') GROUP BY subject"
    );
    let rows = sqlx::query(AssertSqlSafe(q))
        .fetch_all(&mut reporting)
        .await?;
    let mut told = BTreeMap::new();
    for row in rows {
        let subject: String = row.try_get("subject")?;
        let facts: (i64, i64) = (row.try_get("facts")?, row.try_get("last")?);
        told.insert(subject, facts);
    }
    Ok(told)
}

/// Every ticket that was acknowledged is there, and each once.
fn openings(desk: &Desk, notes: &Notes, kept: &BTreeMap<String, Vec<Kept>>, verdict: &mut Verdict) {
    verdict.unanswered += notes.unanswered.len();
    for (subject, found) in kept {
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
            verdict.doubled.push(format!("{subject}: {ids:?}"));
        }
        let asked = notes.unanswered.contains(subject)
            || notes
                .tickets
                .iter()
                .any(|ticket| ticket.subject == *subject);
        if !asked {
            verdict.doubled.push(format!("nobody asked for {subject}"));
        }
    }
    for ticket in &notes.tickets {
        let there = kept.get(&ticket.subject).is_some_and(|found| {
            let uuid = named(ticket).map(|id| id.id.uuid().to_string());
            found.iter().any(|one| uuid.as_ref() == Ok(&one.id))
        });
        if !there {
            let slug = &desk.house.slug;
            verdict
                .lost
                .push(format!("{slug}: {} {}", ticket.subject, ticket.id));
        }
    }
}

fn named(ticket: &Ticket) -> Result<GlobalId<TicketId>, ids::IdError> {
    ticket.id.parse()
}

/// What was written to a ticket is in its timeline, once and in order.
fn changes(ticket: &Ticket, kept: &Kept, verdict: &mut Verdict) {
    if ticket.version > kept.version {
        verdict.lost.push(format!(
            "{}: version {} of {}",
            ticket.subject, kept.version, ticket.version
        ));
    }
    compare(ticket, &ticket.replies, &kept.entries.replies, verdict);
    compare(ticket, &ticket.moves, &kept.entries.moves, verdict);
    compare(ticket, &ticket.hands, &kept.entries.hands, verdict);
    match kept.entries.routed {
        0 => verdict
            .stuck
            .push(format!("{} was not routed", ticket.subject)),
        1 => {}
        n => verdict
            .doubled
            .push(format!("{} was routed {n} times", ticket.subject)),
    }
}

/// One column of the record against the same of the timeline. What was not acknowledged may be there or not.
fn compare(ticket: &Ticket, written: &[Written], found: &[String], verdict: &mut Verdict) {
    let subject = &ticket.subject;
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for one in found {
        *left.entry(one).or_default() += 1;
    }
    let mut as_it_was = true;
    // First what must be there, so that it is not taken for what may be.
    let (sure, open): (Vec<&Written>, Vec<&Written>) =
        written.iter().partition(|one| one.acknowledged);
    verdict.unanswered += open.len();
    for one in sure.iter().chain(&open) {
        match left.get_mut(one.what.as_str()) {
            Some(n) if *n > 0 => *n -= 1,
            _ if one.acknowledged => {
                as_it_was = false;
                verdict.lost.push(format!("{subject}: {}", one.what));
            }
            _ => {}
        }
    }
    for (what, n) in left {
        if n > 0 {
            as_it_was = false;
            verdict
                .doubled
                .push(format!("{subject}: {what}, {n} more than asked for"));
        }
    }
    let mut asked = written.iter();
    let in_order = found
        .iter()
        .all(|one| asked.any(|written| written.what == *one));
    if as_it_was && !in_order {
        verdict.disordered.push(format!("{subject}: {found:?}"));
    }
}

/// What reporting and the tap heard of a ticket: everything, in their own tenant.
fn heard(
    ground: &Ground,
    desk: &Desk,
    ticket: &Ticket,
    kept: &Kept,
    told: &BTreeMap<String, (i64, i64)>,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let id = named(ticket).with_context(|| ticket.id.clone())?;
    let subject = id.id.to_string();
    let reported = told.get(&subject).copied().unwrap_or_default();
    if reported != (kept.version, kept.version) {
        verdict.stuck.push(format!(
            "{subject}: reporting has {} facts up to {} of {}",
            reported.0, reported.1, kept.version
        ));
    }
    let hands = (kept.entries.routed + kept.entries.hands.len()) as i64;
    for (source, count) in [("intake", kept.version), ("routing", hands)] {
        let told = ground.tap.told(source, &subject).unwrap_or_default();
        let whole = (1..=count).all(|n| told.ids.contains_key(&n));
        if !whole || told.ids.len() as i64 != count {
            let heard: Vec<&i64> = told.ids.keys().collect();
            verdict.lost.push(format!(
                "{source} {subject}: a subscriber heard {heard:?} of {count}"
            ));
        }
        if told.tenant != desk.house.id {
            verdict.foreign.push(format!(
                "{source} {subject} was told of {}, not of {}",
                told.tenant, desk.house.id
            ));
        }
    }
    if id.tenant.to_string() != desk.house.id {
        let slug = &desk.house.slug;
        verdict
            .foreign
            .push(format!("{slug} was given {}", ticket.id));
    }
    Ok(())
}

/// Every ticket has somebody, and clocks, and nothing of it is older than itself.
async fn whole(desk: &Desk, tickets: &[Ticket], verdict: &mut Verdict) {
    let mut left: Vec<(&Ticket, String)> = tickets.iter().map(|one| (one, String::new())).collect();
    for _ in 0..LOOKS {
        let mut still = Vec::new();
        for (ticket, _) in left {
            let asked = json!({"id": ticket.id});
            match desk.ask(&desk.agent, WHOLE, &asked).await {
                Ok(now) => {
                    let whole = !now["assignment"]["group"].is_null()
                        && now["assignment"]["asOf"].is_null()
                        && now["clocks"].as_array().is_some_and(|all| !all.is_empty())
                        && now["clocksAsOf"].is_null();
                    if !whole {
                        still.push((ticket, now.to_string()));
                    }
                }
                Err(reason) => still.push((ticket, reason)),
            }
        }
        left = still;
        if left.is_empty() {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
    for (ticket, why) in left {
        verdict.stuck.push(format!("{}: {why}", ticket.subject));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(began: Instant, seconds: &[u64]) -> Vec<Instant> {
        seconds
            .iter()
            .map(|s| began + Duration::from_secs(*s))
            .collect()
    }

    fn answers(began: Instant, seconds: &[u64]) -> Vec<Answer> {
        let all = at(began, seconds).into_iter();
        all.map(|to| Answer { from: to, to }).collect()
    }

    fn failures(began: Instant, seconds: &[u64]) -> Vec<Failure> {
        let all = at(began, seconds).into_iter();
        all.map(|to| Failure {
            from: to,
            to,
            why: "no answer".to_owned(),
        })
        .collect()
    }

    #[test]
    fn who_is_answered_once_and_then_not_again_has_not_recovered() {
        let began = Instant::now();
        let ended = began + Duration::from_secs(10);
        let took = |answered: &[u64], failed: &[u64]| {
            let (answers, failures) = (answers(began, answered), failures(began, failed));
            recovered(&answers, &failures, ended).map(|took| took.as_secs())
        };
        assert_eq!(took(&[9, 12, 13], &[8]), Some(2));
        assert_eq!(took(&[9, 12, 20, 21], &[11, 19]), Some(10));
        assert_eq!(took(&[9, 12], &[19]), None);
        assert_eq!(took(&[9], &[]), None);
    }

    #[test]
    fn a_gap_is_also_what_comes_before_the_first_answer_and_behind_the_last() {
        let began = Instant::now();
        let times = Times {
            began,
            ended: began,
            stopped: began + Duration::from_secs(30),
            least: 0,
        };
        let gap = |answered: &[u64]| longest(&answers(began, answered), times).as_secs();
        assert_eq!(gap(&[10, 15, 29]), 14);
        assert_eq!(gap(&[20, 25]), 20);
        assert_eq!(gap(&[4, 8]), 22);
        assert_eq!(gap(&[]), 30);
    }
}
