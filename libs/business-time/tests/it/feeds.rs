//! Closed dates from iCalendar feeds.

use business_time::feed::{Changes, Gone, Ignored, Moved, New};
use business_time::{Calendar, Feed, Tz};
use chrono::NaiveDate;

use crate::kit::{date, office};

/// A calendar of these events, each the lines between BEGIN and END.
pub fn calendar(events: &[&str]) -> String {
    let mut text =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Casa//Cierres//ES\r\n");
    for event in events {
        text.push_str("BEGIN:VEVENT\r\n");
        for line in event.lines() {
            text.push_str(line.trim_start());
            text.push_str("\r\n");
        }
        text.push_str("END:VEVENT\r\n");
    }
    text + "END:VCALENDAR\r\n"
}

fn read(events: &[&str]) -> Feed {
    Feed::read(&calendar(events), 2026..=2028).expect("a feed")
}

fn closed(feed: &Feed) -> Vec<String> {
    feed.closed_dates()
        .iter()
        .map(NaiveDate::to_string)
        .collect()
}

#[test]
fn an_all_day_event_closes_its_dates_and_the_end_is_the_day_after() {
    let feed = read(&[
        "UID:uno\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261225\nSUMMARY:Nochebuena",
        "UID:dos\nDTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102\nSUMMARY:Inventario",
        "UID:tres\nDTSTART;VALUE=DATE:20260803",
        "UID:cuatro\nDTSTART;VALUE=DATE:20260810\nDURATION:P2D",
        "UID:cinco\nDTSTART;VALUE=DATE:20260901\nDTEND;VALUE=DATE:20260901",
        "UID:seis\nDTSTART:20260910",
    ]);
    assert_eq!(
        closed(&feed),
        [
            "2026-08-03",
            "2026-08-10",
            "2026-08-11",
            "2026-09-01",
            "2026-09-10",
            "2026-12-24",
            "2026-12-30",
            "2026-12-31",
            "2027-01-01",
        ]
    );
    assert_eq!(feed.events["uno"].name, "Nochebuena");
    assert_eq!(feed.ignored, []);
}

#[test]
fn dates_never_shift_by_zone() {
    // Written in Tokyo, with a zone on the date and a definition of it in the feed: the 24th stays the 24th in Lima.
    let text = calendar(&[
        "UID:x\nDTSTART;VALUE=DATE;TZID=Asia/Tokyo:20261224\nDTEND;VALUE=DATE:20261225",
    ]);
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT";
    let feed = Feed::read(&text.replacen("BEGIN:VEVENT", zone, 1), 2026..=2026).expect("a feed");
    let lima = office(Tz::America__Lima, &["09:00-18:00"])
        .holidays(feed.closed_dates())
        .build()
        .expect("a calendar");
    let business_days: Vec<_> = ["2026-12-23", "2026-12-24", "2026-12-25"]
        .iter()
        .map(|day| lima.is_business_day(date(day)))
        .collect();
    assert_eq!(business_days, [Ok(true), Ok(false), Ok(true)]);
}

#[test]
fn an_event_that_moved_frees_its_old_date() {
    let before = read(&[
        "UID:aniversario\nDTSTART;VALUE=DATE:20260605\nSUMMARY:Aniversario",
        "UID:puente\nDTSTART;VALUE=DATE:20261207\nSUMMARY:Puente",
        "UID:fijo\nDTSTART;VALUE=DATE:20261224\nSUMMARY:Nochebuena",
    ]);
    let after = read(&[
        "UID:aniversario\nDTSTART;VALUE=DATE:20260612\nSUMMARY:Aniversario\\, trasladado",
        "UID:fijo\nDTSTART;VALUE=DATE:20261224\nSUMMARY:Nochebuena",
        "UID:nuevo\nDTSTART;VALUE=DATE:20261231\nSUMMARY:Nochevieja",
    ]);
    assert_eq!(
        after.changes_since(&before),
        Changes {
            added: vec![New {
                uid: "nuevo".into(),
                name: "Nochevieja".into(),
                dates: [date("2026-12-31")].into()
            }],
            moved: vec![Moved {
                uid: "aniversario".into(),
                name: "Aniversario, trasladado".into(),
                freed: [date("2026-06-05")].into(),
                taken: [date("2026-06-12")].into()
            }],
            removed: vec![Gone {
                uid: "puente".into(),
                name: "Puente".into(),
                freed: [date("2026-12-07")].into()
            }],
        }
    );
    assert_eq!(closed(&after), ["2026-06-12", "2026-12-24", "2026-12-31"]);
    let desk = |feed: &Feed| -> Calendar {
        let desk = office(Tz::UTC, &["09:00-17:00"]).holidays(feed.closed_dates());
        desk.build().expect("a calendar")
    };
    assert_eq!(desk(&before).is_business_day(date("2026-06-05")), Ok(false));
    assert_eq!(desk(&after).is_business_day(date("2026-06-05")), Ok(true));
    assert!(after.changes_since(&after).is_empty());
}

#[test]
fn a_window_that_moves_on_changes_nothing_by_itself() {
    let text = calendar(&["UID:x\nDTSTART;VALUE=DATE:20200715\nRRULE:FREQ=YEARLY"]);
    let then = Feed::read(&text, 2025..=2027).expect("a feed");
    let now = Feed::read(&text, 2026..=2028).expect("a feed");
    assert!(now.changes_since(&then).is_empty());
    assert_eq!(closed(&now), ["2026-07-15", "2027-07-15", "2028-07-15"]);
}

#[test]
fn yearly_events_recur_by_date_weekday_and_leap_year() {
    let feed = read(&[
        "UID:fecha\nDTSTART;VALUE=DATE:16040508\nRRULE:FREQ=YEARLY",
        "UID:ultimo\nDTSTART;VALUE=DATE:20200528\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
        "UID:bisiesto\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY",
        "UID:hasta\nDTSTART;VALUE=DATE:20260310\nRRULE:FREQ=YEARLY;UNTIL=20270310",
        "UID:veces\nDTSTART;VALUE=DATE:20250411\nRRULE:FREQ=YEARLY;COUNT=2",
    ]);
    assert_eq!(
        closed(&feed),
        [
            "2026-03-10",
            "2026-04-11",
            "2026-05-08",
            "2026-11-26",
            "2027-03-10",
            "2027-05-08",
            "2027-11-25",
            "2028-02-29",
            "2028-05-08",
            "2028-11-23",
        ]
    );
}

#[test]
fn other_recurrences_by_days_weeks_and_months() {
    let feed = Feed::read(
        &calendar(&[
            "UID:viernes\nDTSTART;VALUE=DATE:20260102\nRRULE:FREQ=WEEKLY;BYDAY=FR;INTERVAL=2;UNTIL=20260131T235959Z",
            "UID:cierre\nDTSTART;VALUE=DATE:20260630\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
            "UID:dias\nDTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2",
        ]),
        2026..=2026,
    );
    assert_eq!(
        closed(&feed.expect("a feed")),
        [
            "2026-01-02",
            "2026-01-16",
            "2026-01-30",
            "2026-06-30",
            "2026-07-31",
            "2026-08-31",
            "2026-12-01",
            "2026-12-02",
        ]
    );
}

#[test]
fn occurrences_are_left_out_added_moved_and_cancelled() {
    let feed = read(&[
        "UID:x\nDTSTART;VALUE=DATE:20250601\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260601\nRDATE;VALUE=DATE:20260605,20280606\nSUMMARY:Fiesta",
        "UID:x\nRECURRENCE-ID;VALUE=DATE:20270601\nDTSTART;VALUE=DATE:20270604\nDTEND;VALUE=DATE:20270606\nSUMMARY:Fiesta movida",
        "UID:x\nRECURRENCE-ID;VALUE=DATE:20280601\nDTSTART;VALUE=DATE:20280601\nSTATUS:CANCELLED",
        "UID:y\nDTSTART;VALUE=DATE:20261102\nSTATUS:CANCELLED\nSUMMARY:Nada",
        "UID:z\nDTSTART;VALUE=DATE:20261010\nRRULE:FREQ=YEARLY",
        "UID:z\nRECURRENCE-ID;VALUE=DATE:20271010\nDTSTART:20271010T090000Z\nSUMMARY:Solo la mañana",
    ]);
    assert_eq!(
        closed(&feed),
        [
            "2026-06-05",
            "2026-10-10",
            "2027-06-04",
            "2027-06-05",
            "2028-06-06",
            "2028-10-10"
        ]
    );
    assert_eq!(feed.events["x"].name, "Fiesta");
    assert!(!feed.events.contains_key("y"));
    assert_eq!(feed.ignored.len(), 1);
}

#[test]
fn of_two_versions_of_an_event_the_later_one_counts() {
    let feed = read(&[
        "UID:x\nSEQUENCE:2\nDTSTART;VALUE=DATE:20260602",
        "UID:x\nSEQUENCE:1\nDTSTART;VALUE=DATE:20260601",
        "UID:y\nDTSTART;VALUE=DATE:20260701",
        "UID:y\nDTSTART;VALUE=DATE:20260702",
    ]);
    assert_eq!(closed(&feed), ["2026-06-02", "2026-07-02"]);
}

#[test]
fn events_with_a_time_of_day_close_nothing_and_are_listed() {
    let feed = read(&[
        "UID:reunion\nDTSTART:20260601T140000Z\nDTEND:20260601T150000Z\nRRULE:FREQ=HOURLY\nSUMMARY:Reunión",
        "UID:feriado\nDTSTART;VALUE=DATE:20260629\nTRANSP:TRANSPARENT",
        "UID:local\nDTSTART;TZID=America/Lima:20260601T000000\nDTEND;TZID=America/Lima:20260602T000000",
    ]);
    assert_eq!(closed(&feed), ["2026-06-29"]);
    let reunion = Ignored {
        uid: "reunion".into(),
        name: "Reunión".into(),
        line: 4,
    };
    assert_eq!(feed.ignored[0], reunion);
    assert_eq!(feed.ignored[1].uid, "local");
}

#[test]
fn folded_lines_escapes_quotes_alarms_and_bare_line_feeds_are_read() {
    let text = "\u{feff}BEGIN:VCALENDAR\nVERSION:2.0\n\nBEGIN:VEVENT\nUID:largo-\n con-pliegue\nDTSTART;VALUE=\n DATE:20260\n\t505\nSUMMARY;LANGUAGE=\"es;x:y\":Uno\\, dos\\; tres\\\\ y\\ncuatro\nBEGIN:VALARM\nTRIGGER:-P1D\nDTSTART:nunca\nEND:VALARM\nend:vevent\nEND:VCALENDAR";
    let feed = Feed::read(text, 2026..=2026).expect("a feed");
    let event = &feed.events["largo-con-pliegue"];
    assert_eq!(event.name, "Uno, dos; tres\\ y\ncuatro");
    assert_eq!(event.dates, [date("2026-05-05")].into());
}

#[test]
fn an_event_that_began_before_the_window_reaches_into_it() {
    let text = calendar(&[
        "UID:x\nDTSTART;VALUE=DATE:20251229\nDTEND;VALUE=DATE:20260103",
        "UID:y\nDTSTART;VALUE=DATE:20201231\nDURATION:P2D\nRRULE:FREQ=YEARLY",
    ]);
    let feed = Feed::read(&text, 2026..=2026).expect("a feed");
    assert_eq!(closed(&feed), ["2026-01-01", "2026-01-02", "2026-12-31"]);
}

#[test]
fn a_feed_reads_from_json_and_writes_back() {
    let feed = read(&[
        "UID:uno\nDTSTART;VALUE=DATE:20261224\nSUMMARY:Nochebuena",
        "UID:dos\nDTSTART:20260601T140000Z",
    ]);
    let json = serde_json::to_string(&feed).expect("it writes");
    assert_eq!(serde_json::from_str::<Feed>(&json).expect("it reads"), feed);
}
