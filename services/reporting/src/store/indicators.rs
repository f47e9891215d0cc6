//! The indicators' SQL, over the summaries: no request walks events.

use std::collections::BTreeMap;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Row};
use tenancy::Conn;

use crate::domain::figures::{
    Clocks, Dimension, Figures, Indicators, Question, Reassignments, StateEvents, Throughput,
    Waiting,
};

const DAY: f64 = 86_400.0;

/// Which tickets: the same nine parameters ahead of each statement's own.
const CHOSEN: &str = "
FROM ticket_summary
WHERE ($1::timestamptz IS NULL OR first_at >= $1) AND ($2::timestamptz IS NULL OR first_at < $2)
  AND ($3::text[] = '{}' OR kind = ANY($3)) AND ($4::text[] = '{}' OR priority = ANY($4))
  AND ($5::text[] = '{}' OR application = ANY($5)) AND ($6::text[] = '{}' OR group_name = ANY($6))
  AND ($7::smallint[] = '{}' OR max_line = ANY($7)) AND ($8::text[] = '{}' OR state = ANY($8))
  AND $9::text IS NOT NULL";

const MONTH: &str = "to_char(first_at AT TIME ZONE $9, 'YYYY-MM')";

const fn expression(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Line => "coalesce(max_line::text, '')",
        Dimension::Group => "coalesce(group_name, '')",
        Dimension::Application => "coalesce(application, '')",
        Dimension::Priority => "coalesce(priority, '')",
        Dimension::Kind => "coalesce(kind, '')",
        Dimension::Month => MONTH,
        Dimension::Agent => "coalesce(resolver::text, '')",
    }
}

/// The grouping: a key and the sets to add up (everything, and each key where groups are asked for).
struct Grouping {
    key: String,
    sets: &'static str,
}

impl Grouping {
    fn of(question: &Question) -> Self {
        let parts: Vec<&str> = question.group_by.iter().copied().map(expression).collect();
        Self {
            key: format!("ARRAY[{}]::text[]", parts.join(", ")),
            sets: if parts.is_empty() { "()" } else { "(), (key)" },
        }
    }
}

fn ask(sql: String, question: &Question) -> Query<'_, Postgres, PgArguments> {
    let filter = &question.filter;
    sqlx::query(AssertSqlSafe(sql))
        .bind(question.from)
        .bind(question.to)
        .bind(&filter.kinds)
        .bind(&filter.priorities)
        .bind(&filter.applications)
        .bind(&filter.groups)
        .bind(&filter.lines)
        .bind(&filter.states)
        .bind(question.zone.name())
}

/// Answers a question; only what it asks for is computed.
pub async fn answer(conn: &mut Conn, question: &Question) -> Result<Indicators, sqlx::Error> {
    let grouping = Grouping::of(question);
    let mut answer = Indicators::default();
    figures(conn, question, &grouping, &mut answer).await?;
    if !question.parts.over_hours.is_empty() {
        over_hours(conn, question, &grouping, &mut answer).await?;
    }
    if question.parts.clocks {
        clocks(conn, question, &grouping, &mut answer).await?;
    }
    if question.parts.events_by_state {
        answer.events_by_state = events_by_state(conn, question).await?;
    }
    if question.parts.waiting {
        answer.waiting = waiting(conn, question).await?;
    }
    if question.parts.cases_per_month {
        answer.cases_per_month = cases_per_month(conn, question).await?;
    }
    Ok(answer)
}

async fn figures(
    conn: &mut Conn,
    question: &Question,
    grouping: &Grouping,
    answer: &mut Indicators,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "WITH chosen AS (
           SELECT {key} AS key, events, irregular, throughput_seconds AS t, first_line, max_line, lines, handovers, bounces,
                  reopened_strict, reopened_loose, resolution_base, first_level,
                  first_level AND handovers = 0 AND later_contacts = 0
                    AND (reopened_after_days IS NULL OR reopened_after_days > $10) AS first_contact
           {CHOSEN}
         )
         SELECT {total}, count(*) AS cases, coalesce(sum(events), 0)::bigint AS events, coalesce(sum(irregular), 0)::bigint AS irregular,
           count(*) FILTER (WHERE max_line IS NULL) AS highest_0,
           count(*) FILTER (WHERE max_line = 1) AS highest_1, count(*) FILTER (WHERE max_line = 2) AS highest_2,
           count(*) FILTER (WHERE max_line = 3) AS highest_3,
           count(*) FILTER (WHERE lines & 2 <> 0) AS reaching_1, count(*) FILTER (WHERE lines & 4 <> 0) AS reaching_2,
           count(*) FILTER (WHERE lines & 8 <> 0) AS reaching_3,
           count(*) FILTER (WHERE lines & 2 = 0) AS never_first, count(*) FILTER (WHERE first_line = 1) AS first_in_first,
           percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY t) AS quantiles,
           avg(t) AS mean, max(t) AS max,
           coalesce(sum(handovers), 0)::bigint AS handovers, avg(handovers)::float8 AS handovers_mean,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY handovers) AS handovers_median, max(handovers) AS handovers_max,
           count(*) FILTER (WHERE handovers = 0) AS handovers_none,
           count(*) FILTER (WHERE bounces > 0) AS ping_pong, coalesce(sum(bounces), 0)::bigint AS bounces,
           count(*) FILTER (WHERE reopened_strict) AS strict, count(*) FILTER (WHERE reopened_loose) AS loose,
           count(*) FILTER (WHERE resolution_base) AS base,
           count(*) FILTER (WHERE resolution_base AND first_contact) AS fcr,
           count(*) FILTER (WHERE resolution_base AND first_level) AS flr
         FROM chosen GROUP BY GROUPING SETS ({sets})",
        key = grouping.key,
        total = is_total(grouping),
        sets = grouping.sets,
    );
    for row in ask(sql, question)
        .bind(question.reopen_days)
        .fetch_all(conn)
        .await?
    {
        let figures = read_figures(&row)?;
        if row.try_get("is_total")? {
            answer.total = figures;
        } else {
            answer.groups.insert(row.try_get("key")?, figures);
        }
    }
    Ok(())
}

/// The columns that tell the total from the groups. Without groups `key` is no grouping column and cannot be named.
fn is_total(grouping: &Grouping) -> &'static str {
    if grouping.sets == "()" {
        "true AS is_total, NULL::text[] AS key"
    } else {
        "grouping(key) = 1 AS is_total, key"
    }
}

fn read_figures(row: &PgRow) -> Result<Figures, sqlx::Error> {
    let count = |name: &str| row.try_get::<i64, _>(name);
    let days = |seconds: Option<f64>| seconds.unwrap_or_default() / DAY;
    let quantiles: Option<Vec<Option<f64>>> = row.try_get("quantiles")?;
    let quantile = |n: usize| days(quantiles.as_ref().and_then(|q| q.get(n).copied().flatten()));
    Ok(Figures {
        cases: count("cases")?,
        events: count("events")?,
        irregular: count("irregular")?,
        by_highest_line: BTreeMap::from([
            (0, count("highest_0")?),
            (1, count("highest_1")?),
            (2, count("highest_2")?),
            (3, count("highest_3")?),
        ]),
        reaching_line: BTreeMap::from([
            (1, count("reaching_1")?),
            (2, count("reaching_2")?),
            (3, count("reaching_3")?),
        ]),
        never_in_first_line: count("never_first")?,
        first_event_in_first_line: count("first_in_first")?,
        throughput: Throughput {
            median: quantile(0),
            p90: quantile(1),
            p95: quantile(2),
            p99: quantile(3),
            mean: days(row.try_get("mean")?),
            max: days(row.try_get("max")?),
        },
        over_hours: BTreeMap::new(),
        reassignments: Reassignments {
            total: count("handovers")?,
            mean: row
                .try_get::<Option<f64>, _>("handovers_mean")?
                .unwrap_or_default(),
            median: row
                .try_get::<Option<f64>, _>("handovers_median")?
                .unwrap_or_default(),
            max: row
                .try_get::<Option<i32>, _>("handovers_max")?
                .unwrap_or_default(),
            cases_without: count("handovers_none")?,
        },
        ping_pong_cases: count("ping_pong")?,
        bounces: count("bounces")?,
        reopened_strict: count("strict")?,
        reopened_loose: count("loose")?,
        resolution_base: count("base")?,
        first_contact: count("fcr")?,
        first_level: count("flr")?,
        clocks: Vec::new(),
    })
}

/// The figures that a row of a further statement belongs to.
fn slot<'a>(row: &PgRow, answer: &'a mut Indicators) -> Result<&'a mut Figures, sqlx::Error> {
    if row.try_get("is_total")? {
        Ok(&mut answer.total)
    } else {
        Ok(answer.groups.entry(row.try_get("key")?).or_default())
    }
}

async fn over_hours(
    conn: &mut Conn,
    question: &Question,
    grouping: &Grouping,
    answer: &mut Indicators,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "WITH chosen AS (SELECT {key} AS key, throughput_seconds AS t {CHOSEN})
         SELECT {total}, hours, count(*) FILTER (WHERE t > hours * 3600.0) AS cases
         FROM chosen CROSS JOIN unnest($10::int[]) AS h (hours)
         GROUP BY hours, GROUPING SETS ({sets})",
        key = grouping.key,
        total = is_total(grouping),
        sets = grouping.sets,
    );
    for row in ask(sql, question)
        .bind(&question.parts.over_hours)
        .fetch_all(conn)
        .await?
    {
        let (hours, cases) = (row.try_get("hours")?, row.try_get("cases")?);
        slot(&row, answer)?.over_hours.insert(hours, cases);
    }
    Ok(())
}

/// As `domain::clock::judge`, then a case by the worst of its clocks.
async fn clocks(
    conn: &mut Conn,
    question: &Question,
    grouping: &Grouping,
    answer: &mut Indicators,
) -> Result<(), sqlx::Error> {
    let sql = format!(
        "WITH chosen AS (SELECT {key} AS key, ticket {CHOSEN}), judged AS (
           SELECT ch.key, c.agreement_kind, c.target, c.target_code, c.ticket,
                  bool_or(coalesce(c.breached_at <= $10, false) OR (c.stopped_at IS NULL AND coalesce(c.due_at < $10, false))) AS breached,
                  bool_and(coalesce(c.stopped_at <= $10, false)) AS stopped
           FROM chosen AS ch JOIN clock_result AS c ON c.ticket = ch.ticket
           WHERE c.state <> 'cancelled' AND c.started_at <= $10 AND (c.agreement_kind = 'sla' OR $11)
           GROUP BY ch.key, c.agreement_kind, c.target, c.target_code, c.ticket
         )
         SELECT {total}, agreement_kind, target, target_code, count(*) AS cases, count(*) FILTER (WHERE breached) AS breached,
           count(*) FILTER (WHERE NOT breached AND stopped) AS met, count(*) FILTER (WHERE NOT breached AND NOT stopped) AS running
         FROM judged GROUP BY agreement_kind, target, target_code, GROUPING SETS ({sets})
         ORDER BY agreement_kind <> 'sla', agreement_kind, target, target_code",
        key = grouping.key,
        total = is_total(grouping),
        sets = grouping.sets,
    );
    for row in ask(sql, question)
        .bind(question.as_of)
        .bind(question.inner_clocks)
        .fetch_all(conn)
        .await?
    {
        let clocks = Clocks {
            target: row.try_get("target")?,
            code: row.try_get("target_code")?,
            agreement_kind: row.try_get("agreement_kind")?,
            cases: row.try_get("cases")?,
            breached: row.try_get("breached")?,
            met: row.try_get("met")?,
            running: row.try_get("running")?,
        };
        slot(&row, answer)?.clocks.push(clocks);
    }
    Ok(())
}

/// Many tickets went through the same states equally often: they are counted before they are unfolded.
async fn events_by_state(
    conn: &mut Conn,
    question: &Question,
) -> Result<Vec<StateEvents>, sqlx::Error> {
    let sql = format!(
        "WITH chosen AS (SELECT states, statuses, sub_statuses, state_events, count(*) AS times {CHOSEN} GROUP BY 1, 2, 3, 4)
         SELECT p.state, p.status, p.sub_status, sum(p.events * c.times)::bigint AS events
         FROM chosen AS c, unnest(c.states, c.statuses, c.sub_statuses, c.state_events) AS p (state, status, sub_status, events)
         GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
    );
    let rows = ask(sql, question).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(StateEvents {
                state: row.try_get("state")?,
                status: row.try_get("status")?,
                sub_status: row.try_get("sub_status")?,
                events: row.try_get("events")?,
            })
        })
        .collect()
}

async fn waiting(conn: &mut Conn, question: &Question) -> Result<Vec<Waiting>, sqlx::Error> {
    let sql = format!(
        "WITH chosen AS (SELECT ticket, wait_states, wait_statuses, wait_sub_statuses, wait_seconds {CHOSEN} AND wait_states <> '{{}}')
         SELECT w.state, w.status, w.sub_status, count(*) AS events, count(DISTINCT c.ticket) AS cases,
           sum(w.seconds) AS seconds, percentile_cont(0.5) WITHIN GROUP (ORDER BY w.seconds) AS median, avg(w.seconds) AS mean
         FROM chosen AS c, unnest(c.wait_states, c.wait_statuses, c.wait_sub_statuses, c.wait_seconds) AS w (state, status, sub_status, seconds)
         GROUP BY 1, 2, 3 ORDER BY 6 DESC, 1, 2, 3"
    );
    let rows = ask(sql, question).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                state: row.try_get("state")?,
                status: row.try_get("status")?,
                sub_status: row.try_get("sub_status")?,
                events: row.try_get("events")?,
                cases: row.try_get("cases")?,
                total_days: row.try_get::<f64, _>("seconds")? / DAY,
                median_hours: row.try_get::<f64, _>("median")? / 3600.0,
                mean_hours: row.try_get::<f64, _>("mean")? / 3600.0,
            })
        })
        .collect()
}

async fn cases_per_month(
    conn: &mut Conn,
    question: &Question,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let sql = format!("SELECT {MONTH} AS month, count(*) AS cases {CHOSEN} GROUP BY 1 ORDER BY 1");
    let rows = ask(sql, question).fetch_all(conn).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("month")?, row.try_get("cases")?)))
        .collect()
}
