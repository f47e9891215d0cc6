//! Texts that are no feed: whoever has a former copy keeps it.

use std::fmt::Write;
use std::ops::RangeInclusive;

use business_time::feed::{MAX_BYTES, MAX_DATES, MAX_EVENTS, MAX_RECURRING};
use business_time::{Feed, FeedError};
use proptest::prelude::*;

use crate::feeds::calendar;
use crate::random::cases;

fn refused(text: &str) -> FeedError {
    Feed::read(text, 2026..=2028).expect_err("no feed")
}

fn one(lines: &str) -> FeedError {
    refused(&calendar(&[lines]))
}

#[test]
fn a_dead_feed_is_an_error_of_its_own_kind() {
    assert_eq!(refused(""), FeedError::Empty);
    assert_eq!(refused("\r\n \r\n"), FeedError::Empty);
    let page = "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>";
    assert_eq!(
        refused(page),
        FeedError::NotACalendar {
            begins: page[..40].to_owned()
        }
    );
    assert_eq!(refused(&calendar(&[])), FeedError::NoEvents);
    let whole = calendar(&["UID:x\nDTSTART;VALUE=DATE:20261224"]);
    let cut = whole.replace("END:VCALENDAR\r\n", "");
    let calendar_open = FeedError::Truncated {
        component: "VCALENDAR".into(),
        line: 1,
    };
    assert_eq!(refused(&cut), calendar_open);
    let event_open = FeedError::Truncated {
        component: "VEVENT".into(),
        line: 4,
    };
    assert_eq!(refused(&cut.replace("END:VEVENT\r\n", "")), event_open);
    // Broken off in the middle of a line.
    assert_eq!(
        refused("BEGIN:VCALENDAR\r\nVERSI"),
        FeedError::Line { line: 2 }
    );
}

/// Wherever a feed is cut off, it is refused, or nothing but blank space is missing.
#[test]
fn no_beginning_of_a_feed_is_taken_for_the_whole() {
    let whole = calendar(&[
        "UID:x\nDTSTART;VALUE=DATE:20261224\nRRULE:FREQ=YEARLY;UNTIL=20280101\nSUMMARY:Año",
        "UID:y\nDTSTART;VALUE=DATE:20261231",
    ]);
    let end = whole.trim_end().len();
    for cut in (0..end).filter(|cut| whole.is_char_boundary(*cut)) {
        assert!(
            Feed::read(&whole[..cut], 2026..=2028).is_err(),
            "{:?}",
            &whole[..cut]
        );
    }
    assert!(Feed::read(&whole[..end], 2026..=2028).is_ok());
}

#[test]
fn what_changes_the_dates_and_is_not_understood_names_its_line() {
    for (rule, reason) in [
        ("FREQ=HOURLY", "HOURLY has no meaning for dates"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR has no meaning for dates"),
        (
            "FREQ=YEARLY;BYEASTER=1",
            "BYEASTER has no meaning for dates",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY",
            "RSCALE has no meaning for dates",
        ),
        ("FREQ=YEARLY;UNTIL=pronto", "UNTIL=PRONTO"),
        ("FREQ", "FREQ"),
    ] {
        let refused = one(&format!("UID:x\nDTSTART;VALUE=DATE:20260101\nRRULE:{rule}"));
        let expected = FeedError::Recurrence {
            line: 7,
            reason: reason.to_owned(),
        };
        assert_eq!(refused, expected, "{rule}");
    }
    for rule in [
        "",
        "FREQ=SOMETIMES",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;COUNT=no",
        "INTERVAL=2",
    ] {
        let refused = one(&format!("UID:x\nDTSTART;VALUE=DATE:20260101\nRRULE:{rule}"));
        assert!(
            matches!(refused, FeedError::Recurrence { line: 7, .. }),
            "{rule}: {refused:?}"
        );
    }
    let old = one("UID:x\nDTSTART;VALUE=DATE:18991231\nRRULE:FREQ=DAILY");
    assert!(
        matches!(old, FeedError::Recurrence { line: 7, .. }),
        "{old:?}"
    );
    let following = one(
        "UID:x\nDTSTART;VALUE=DATE:20260101\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260101",
    );
    assert!(
        matches!(following, FeedError::Recurrence { line: 7, .. }),
        "{following:?}"
    );
    let except = one("UID:x\nDTSTART;VALUE=DATE:20260101\nEXRULE:FREQ=YEARLY");
    assert!(
        matches!(except, FeedError::Recurrence { line: 7, .. }),
        "{except:?}"
    );
}

#[test]
fn broken_events_name_their_line() {
    let missing = |what| FeedError::Missing { line: 4, what };
    assert_eq!(one("DTSTART;VALUE=DATE:20260101"), missing("UID"));
    assert_eq!(one("UID:x"), missing("DTSTART"));
    let value = |line, value: &str| FeedError::Value {
        line,
        value: value.to_owned(),
    };
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:20260230"),
        value(6, "20260230")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:15821231"),
        value(6, "15821231")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:2026-01-01"),
        value(6, "2026-01-01")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:20260101\nDTEND:20260102T000000Z"),
        value(7, "20260102T000000Z")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:20260101\nDURATION:PT8H"),
        value(7, "PT8H")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:20260101\nRDATE;VALUE=PERIOD:20260101T000000Z/P1D"),
        value(7, "20260101T000000Z/P1D")
    );
    assert_eq!(
        one("UID:x\nDTSTART;VALUE=DATE:20260101\nSEQUENCE:-1"),
        value(7, "-1")
    );
    for end in [
        "DTEND;VALUE=DATE:20251231",
        "DTEND;VALUE=DATE:20270201",
        "DURATION:P53W",
    ] {
        let refused = one(&format!("UID:x\nDTSTART;VALUE=DATE:20260101\n{end}"));
        assert_eq!(refused, FeedError::Length { line: 7 }, "{end}");
    }
    assert_eq!(one("UID:x\nsin dos puntos"), FeedError::Line { line: 6 });
    assert_eq!(one("END:VCALENDAR"), FeedError::Nesting { line: 5 });
}

#[test]
fn a_feed_is_bounded() {
    assert_eq!(refused(&" ".repeat(MAX_BYTES + 1)), FeedError::TooLarge);
    let events = |count: usize, more: &str| {
        let mut text = String::from("BEGIN:VCALENDAR\n");
        for n in 0..count {
            writeln!(
                text,
                "BEGIN:VEVENT\nUID:{n}\nDTSTART;VALUE=DATE:20260101\n{more}\nEND:VEVENT"
            )
            .expect("a string");
        }
        text + "END:VCALENDAR\n"
    };
    let years = 2026..=2028;
    assert!(Feed::read(&events(MAX_EVENTS, ""), years.clone()).is_ok());
    assert_eq!(
        refused(&events(MAX_EVENTS + 1, "")),
        FeedError::TooManyEvents
    );
    assert_eq!(
        refused(&events(MAX_RECURRING + 1, "RRULE:FREQ=YEARLY")),
        FeedError::TooManyRecurring
    );
    assert_eq!(
        refused(&events(1 + MAX_DATES / 366, "DURATION:P366D")),
        FeedError::TooManyDates
    );
    let daily = calendar(&["UID:x\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY"]);
    assert_eq!(
        Feed::read(&daily, 1970..=2099),
        Err(FeedError::TooManyDates)
    );
    let reversed = RangeInclusive::new(2028, 2026);
    for years in [reversed, 1969..=2026, 2026..=2100, i32::MIN..=i32::MAX] {
        assert_eq!(Feed::read(&daily, years), Err(FeedError::Years));
    }
    // A day that never comes ends the search, and closes nothing.
    let never = calendar(&[
        "UID:x\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ]);
    let feed = Feed::read(&never, 2026..=2028).expect("a feed");
    assert!(feed.closed_dates().is_empty());
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn no_text_makes_the_reader_stumble(lines in prop::collection::vec(prop_oneof![
        prop::sample::select(vec![
            "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "UID:x", "UID:y", "DTSTART;VALUE=DATE:20260301",
            "DTSTART:20260301T090000Z", "DTEND;VALUE=DATE:20260304", "DURATION:P1W", "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
            "RRULE:FREQ=YEARLY;BYWEEKNO=53", "EXDATE:20260327", "RECURRENCE-ID:20260301", "STATUS:CANCELLED", " 7", "SEQUENCE:3",
        ]).prop_map(str::to_owned),
        "[ -~é\t]{0,30}",
    ], 0..24)) {
        let text = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR", lines.join("\n"));
        if let Ok(feed) = Feed::read(&text, 2026..=2027) {
            for event in feed.events.values() {
                prop_assert!(!event.dates.is_empty());
            }
            prop_assert!(feed.changes_since(&feed).is_empty());
        }
    }
}
