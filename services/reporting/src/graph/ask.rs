//! Between the graph's words and the domain's: the question out of the arguments, the answer into types.

use std::collections::BTreeSet;

use async_graphql::{Context, SelectionField, Value};
use chrono::{DateTime, Utc};
use events::Word as _;
use events::{intake, sla_clock};
use ids::{ApplicationId, GlobalId, PersonId, TenantId};
use uuid::Uuid;

use super::types::{
    AgreementKind, ClockFigures, ClockTarget, IndicatorDimension, IndicatorFigures,
    IndicatorFilter, IndicatorGroup, IndicatorKey, Indicators, LineCases, MonthCases,
    PingPongFigures, ReassignmentFigures, ReopenedFigures, ResolutionFigures, StateEvents,
    ThroughputFigures, TicketState, WaitingFigures, count, share,
};
use crate::actions::indicators::Answer;
use crate::domain::figures::{Dimension, Figures, Filter, Parts, Question};

/// Threshold of `overThreshold` where none is given, hours.
const DEFAULT_HOURS: i32 = 240;

/// Which parts the request selects.
pub fn parts(ctx: &Context<'_>) -> Parts {
    let mut parts = Parts::default();
    let mut hours = BTreeSet::new();
    walk(ctx.field(), &mut parts, &mut hours);
    parts.over_hours = hours.into_iter().collect();
    parts
}

fn walk(field: SelectionField<'_>, parts: &mut Parts, hours: &mut BTreeSet<i32>) {
    for inner in field.selection_set() {
        match inner.name() {
            "eventsByState" => parts.events_by_state = true,
            "waiting" => parts.waiting = true,
            "casesPerMonth" => parts.cases_per_month = true,
            "clocks" => parts.clocks = true,
            "overThreshold" => {
                let given = inner.arguments().ok().and_then(|arguments| {
                    arguments
                        .into_iter()
                        .find(|(name, _)| name == "hours")
                        .map(|(_, value)| value)
                });
                let wanted = match given {
                    Some(Value::Number(n)) => n.as_i64().and_then(|n| i32::try_from(n).ok()),
                    _ => None,
                };
                hours.insert(wanted.unwrap_or(DEFAULT_HOURS));
            }
            "groups" | "figures" => walk(inner, parts, hours),
            _ => {}
        }
    }
}

/// The filter in the words of the store.
pub fn filter(given: IndicatorFilter) -> Filter {
    let words = |w: Option<Vec<String>>| w.unwrap_or_default();
    Filter {
        kinds: given
            .kinds
            .into_iter()
            .flatten()
            .map(|k| intake::TicketKind::from(k).word().to_owned())
            .collect(),
        priorities: given
            .priorities
            .into_iter()
            .flatten()
            .map(|p| intake::Priority::from(p).word().to_owned())
            .collect(),
        applications: words(given.applications)
            .into_iter()
            .map(|text| {
                text.parse::<GlobalId<ApplicationId>>()
                    .map_or(text, |id| id.id.to_string())
            })
            .collect(),
        groups: words(given.groups),
        lines: given
            .lines
            .into_iter()
            .flatten()
            .filter_map(|l| i16::try_from(l).ok())
            .collect(),
        states: given
            .states
            .into_iter()
            .flatten()
            .map(|s| intake::TicketState::from(s).word().to_owned())
            .collect(),
    }
}

/// The answer in the words of the graph.
pub fn answer(tenant: TenantId, question: &Question, answer: Answer) -> Indicators {
    let Answer {
        indicators,
        behind_since,
    } = answer;
    Indicators {
        total: figures(indicators.total),
        events_by_state: indicators
            .events_by_state
            .into_iter()
            .map(|e| StateEvents {
                state: state(&e.state),
                status: some(e.status),
                sub_status: some(e.sub_status),
                count: count(e.events),
            })
            .collect(),
        waiting: indicators
            .waiting
            .into_iter()
            .map(|w| WaitingFigures {
                state: state(&w.state),
                status: some(w.status),
                sub_status: some(w.sub_status),
                events: count(w.events),
                cases: count(w.cases),
                total_days: w.total_days,
                median_hours: w.median_hours,
                mean_hours: w.mean_hours,
            })
            .collect(),
        cases_per_month: indicators
            .cases_per_month
            .into_iter()
            .map(|(month, cases)| MonthCases {
                month,
                cases: count(cases),
            })
            .collect(),
        groups: indicators
            .groups
            .into_iter()
            .map(|(key, of)| IndicatorGroup {
                keys: keys(tenant, &question.group_by, key),
                figures: figures(of),
            })
            .collect(),
        time_zone: question.zone.name().to_owned(),
        as_of: question.as_of,
        behind_since,
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}

/// The store's CHECKs and the facts' types leave no other word.
fn state(word: &str) -> TicketState {
    intake::TicketState::of_word(word)
        .unwrap_or(intake::TicketState::Open)
        .into()
}

fn keys(tenant: TenantId, dimensions: &[Dimension], key: Vec<String>) -> Vec<IndicatorKey> {
    let readable = |dimension: Dimension, value: String| match dimension {
        Dimension::Application => value
            .parse::<ApplicationId>()
            .map_or(value, |id| GlobalId::new(tenant, id).to_string()),
        Dimension::Agent => value.parse::<Uuid>().map_or(value, |id| {
            GlobalId::new(tenant, PersonId::from_uuid(id)).to_string()
        }),
        _ => value,
    };
    dimensions
        .iter()
        .zip(key)
        .map(|(dimension, value)| IndicatorKey {
            dimension: IndicatorDimension::from(*dimension),
            value: readable(*dimension, value),
        })
        .collect()
}

fn figures(f: Figures) -> IndicatorFigures {
    let lines = |by: &std::collections::BTreeMap<i16, i64>| {
        by.iter()
            .filter(|(line, cases)| **line > 0 || **cases > 0)
            .map(|(line, cases)| LineCases {
                line: Some(i32::from(*line)).filter(|l| *l > 0),
                cases: count(*cases),
            })
            .collect()
    };
    let resolution = |resolved: i64| ResolutionFigures {
        base: count(f.resolution_base),
        resolved: count(resolved),
        share: share(resolved, f.resolution_base),
    };
    IndicatorFigures {
        cases: count(f.cases),
        events: count(f.events),
        irregular_events: count(f.irregular),
        cases_by_highest_line: lines(&f.by_highest_line),
        cases_reaching_line: lines(&f.reaching_line),
        cases_never_in_first_line: count(f.never_in_first_line),
        cases_first_event_in_first_line: count(f.first_event_in_first_line),
        throughput: ThroughputFigures {
            median_days: f.throughput.median,
            mean_days: f.throughput.mean,
            p90_days: f.throughput.p90,
            p95_days: f.throughput.p95,
            p99_days: f.throughput.p99,
            max_days: f.throughput.max,
        },
        reassignments: ReassignmentFigures {
            total: count(f.reassignments.total),
            mean: f.reassignments.mean,
            median: f.reassignments.median,
            max: f.reassignments.max,
            cases_without: count(f.reassignments.cases_without),
        },
        ping_pong: PingPongFigures {
            cases: count(f.ping_pong_cases),
            bounces: count(f.bounces),
        },
        reopened: ReopenedFigures {
            strict_cases: count(f.reopened_strict),
            loose_cases: count(f.reopened_loose),
        },
        fcr: resolution(f.first_contact),
        flr: resolution(f.first_level),
        clocks: f
            .clocks
            .iter()
            .map(|c| ClockFigures {
                target: target(&c.target),
                code: some(c.code.clone()),
                agreement_kind: agreement_kind(&c.agreement_kind),
                cases: count(c.cases),
                breached: count(c.breached),
                met: count(c.met),
                running: count(c.running),
                breached_share: share(c.breached, c.cases),
            })
            .collect(),
        over: f.over_hours,
    }
}

fn target(word: &str) -> ClockTarget {
    sla_clock::Target::of_word(word)
        .unwrap_or(sla_clock::Target::Resolution)
        .into()
}

fn agreement_kind(word: &str) -> AgreementKind {
    sla_clock::AgreementKind::of_word(word)
        .unwrap_or_default()
        .into()
}

/// An instant that lies before another, or neither is given.
pub fn ordered(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> bool {
    !matches!((from, to), (Some(from), Some(to)) if from >= to)
}
