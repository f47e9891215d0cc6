//! Whose time a clock's was: so many minutes this group, so many the vendor, so many the requester.
//!
//! Every working second of a clock belongs to one: to whom is waited for in the ticket's state, held or not, else to the
//! group that holds it; and a vendor's to that vendor. So the counted seconds sum to the clock's, and a missed deadline is not one side's alone.

use business_time::TimeError;
use chrono::{DateTime, Utc};
use events::intake::TicketState;
use ids::{GroupId, VendorId};

use super::course::{Course, Story};
use super::happened::Happened;
use super::held_by::HeldBy;

/// Somebody's part of a clock's time, in working seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub of: HeldBy,
    /// Of the provider's: which group, if one is known.
    pub group: Option<GroupId>,
    /// Of the provider's: which support line, if one is known.
    pub line: Option<i16>,
    /// Of a vendor's: whose, if that was said.
    pub vendor: Option<VendorId>,
    /// That counted.
    pub seconds: i64,
    /// Of those, behind the deadline.
    pub late_seconds: i64,
    /// In which the clock was held.
    pub held_seconds: i64,
}

/// Shares out a clock's time up to `until`, the largest counted part first.
///
/// # Errors
/// [`TimeError`] outside the years that calendars know.
pub fn attribute(
    course: &Course<'_>,
    story: Story<'_>,
    target_seconds: i64,
    until: DateTime<Utc>,
) -> Result<Vec<Share>, TimeError> {
    let pauses = course.pauses();
    let due = match course.after(target_seconds, &pauses) {
        Ok(due) => due,
        // Hours that never suffice: no second of it is late.
        Err(TimeError::BeyondHorizon) => None,
        Err(error) => return Err(error),
    };
    let mut shares: Vec<Share> = Vec::new();
    let mut facts = story
        .happened
        .iter()
        .skip_while(|h| *h != course.begun)
        .take_while(|h| h.at < until)
        .peekable();
    while let Some(h) = facts.next() {
        let to = facts.peek().map_or(until, |next| next.at);
        let counted = course.hours.elapsed(h.at, to, &pauses)?;
        let open = course.hours.elapsed(h.at, to, &[])?;
        let late = match due {
            Some(due) if due < to => course.hours.elapsed(h.at.max(due), to, &pauses)?,
            _ => 0,
        };
        let share = share_of(&mut shares, course, h);
        share.seconds += counted;
        share.late_seconds += late;
        share.held_seconds += open - counted;
    }
    shares.retain(|s| s.seconds > 0 || s.held_seconds > 0);
    shares.sort_by_key(|s| (-s.seconds, -s.held_seconds));
    Ok(shares)
}

fn share_of<'a>(shares: &'a mut Vec<Share>, course: &Course<'_>, h: &Happened) -> &'a mut Share {
    let of = if h.state.is_waiting() {
        course.rule.held_by(h.state)
    } else {
        HeldBy::of(TicketState::InProgress)
    };
    let holder = (of == HeldBy::Provider).then_some((h.group, h.line));
    let (group, line) = holder.unwrap_or_default();
    let vendor = h.vendor.filter(|_| of == HeldBy::Vendor);
    let whose = (of, group, line, vendor);
    let known = shares
        .iter()
        .position(|s| (s.of, s.group, s.line, s.vendor) == whose);
    let place = known.unwrap_or_else(|| {
        shares.push(Share {
            of,
            group,
            line,
            vendor,
            seconds: 0,
            late_seconds: 0,
            held_seconds: 0,
        });
        shares.len() - 1
    });
    &mut shares[place]
}
