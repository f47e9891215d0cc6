//! What sla-clock announces.

use chrono::{DateTime, Utc};
use events::sla_clock::{
    ClockBreached, ClockChanged, ClockNoticeDue, ClockThreshold, ClockWarned, ConversionDue,
};
use events::{Envelope, Fact, Meta, Origin};
use ids::{EventId, IdGen, ProviderId, TenantId, TicketId};

use crate::domain::clock::Threshold;
use crate::domain::conversion::Conversion;
use crate::domain::kept::Kept;
use crate::error::Error;

/// What an announcement says besides what it is about.
#[derive(Debug, Clone)]
pub struct Told {
    /// Whose.
    pub tenant: TenantId,
    /// Who serves it.
    pub provider: Option<ProviderId>,
    /// When it happened: of a threshold the instant at which it was reached.
    pub time: DateTime<Utc>,
    /// Live or history.
    pub origin: Origin,
    /// W3C trace context.
    pub trace: Option<String>,
}

fn envelope<F: Fact>(
    ids: &dyn IdGen,
    about: Told,
    (subject, sequence): (String, i64),
    fact: &F,
) -> Result<Envelope, Error> {
    let meta = Meta {
        id: EventId::new(ids),
        subject,
        time: about.time,
        tenant: Some(about.tenant),
        provider: about.provider,
        sequence,
        origin: about.origin,
        traceparent: about.trace,
    };
    Ok(Envelope::of(meta, fact)?)
}

/// Subject and sequence of what is told of a clock.
fn of(clock: &Kept) -> (String, i64) {
    (clock.id.to_string(), clock.sequence)
}

/// `clock.changed.v1`: the clock as it is now.
pub fn clock_changed(ids: &dyn IdGen, about: Told, clock: &Kept) -> Result<Envelope, Error> {
    let fact = ClockChanged {
        clock: clock.snapshot(),
    };
    envelope(ids, about, of(clock), &fact)
}

/// `clock.warned.v1`: the clock as it was at that instant.
pub fn clock_warned(
    ids: &dyn IdGen,
    about: Told,
    clock: &Kept,
    which: Threshold,
    notice_at: DateTime<Utc>,
    late: bool,
) -> Result<Envelope, Error> {
    let fact = ClockWarned {
        clock: at(clock, which, about.time, late),
        percent: which.percent(clock.target_seconds),
        before_seconds: which.before(),
        late,
        notice_at: Some(notice_at),
    };
    envelope(ids, about, of(clock), &fact)
}

/// `clock.breached.v1`: the clock as it was at its deadline.
pub fn clock_breached(
    ids: &dyn IdGen,
    about: Told,
    clock: &Kept,
    notice_at: DateTime<Utc>,
    late: bool,
) -> Result<Envelope, Error> {
    let fact = ClockBreached {
        clock: at(clock, Threshold::BREACH, about.time, late),
        late,
        notice_at: Some(notice_at),
    };
    envelope(ids, about, of(clock), &fact)
}

/// `clock.notice_due.v1`: people may be told of a threshold that was reached then.
pub fn clock_notice_due(
    ids: &dyn IdGen,
    about: Told,
    clock: &Kept,
    (which, reached_at): (Threshold, DateTime<Utc>),
    late: bool,
) -> Result<Envelope, Error> {
    let fact = ClockNoticeDue {
        clock: at(clock, which, reached_at, late || clock.as_of > reached_at),
        threshold: if which == Threshold::BREACH {
            ClockThreshold::Breach
        } else {
            ClockThreshold::Warning
        },
        percent: which.percent(clock.target_seconds),
        before_seconds: which.before(),
        reached_at,
        late,
    };
    envelope(ids, about, of(clock), &fact)
}

/// `conversion.due.v1`: an incident is to be converted. It is the one fact that is told here of a ticket itself.
pub fn conversion_due(
    ids: &dyn IdGen,
    about: Told,
    ticket: TicketId,
    conversion: &Conversion,
) -> Result<Envelope, Error> {
    let fact = ConversionDue {
        ticket,
        group: conversion.group,
        at: conversion.at,
    };
    envelope(ids, about, (ticket.to_string(), 1), &fact)
}

/// Whoever keeps the last snapshot of a clock must not be set back by one that comes late: that one tells the clock as it
/// is by now.
fn at(
    clock: &Kept,
    which: Threshold,
    time: DateTime<Utc>,
    late: bool,
) -> events::sla_clock::ClockSnapshot {
    let moved_on = late || clock.stopped_at.is_some() || clock.paused_since.is_some();
    if moved_on {
        clock.snapshot()
    } else {
        clock.at_threshold(which, time)
    }
}
