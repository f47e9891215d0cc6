//! Editions of the holiday data: what a calendar was written by is what it counts by, whatever came later.

use business_time::{
    Calendar, CalendarBuilder, CalendarSpec, Closed, Country, Edition, Region, Schedule, State, Tz,
    Weekday,
};

use crate::kit::{HOUR, at, date, hours};

/// Every day nine to six: 2 May 2026, when Madrid celebrates, is a Saturday.
fn every_day() -> CalendarBuilder {
    Calendar::builder(Tz::Europe__Madrid).weekdays(
        Weekday::Mon,
        Weekday::Sun,
        [hours("09:00-18:00")],
    )
}

fn madrid(edition: Edition) -> Calendar {
    let desk = every_day().regional_holidays(Region::Madrid);
    desk.holiday_data(edition).build().expect("a calendar")
}

/// Why the desk is closed at noon of that day in Madrid; none if it is open.
fn closed_on(desk: &Calendar, day: &str) -> Option<Closed> {
    let (from, to) = (format!("{day}T10:00:00Z"), format!("{day}T10:00:01Z"));
    let mut noon = desk.timeline(at(&from), at(&to), &[]).expect("a timeline");
    match noon.next().expect("a second").state {
        State::OutsideHours { why, .. } => Some(why),
        State::Running | State::Paused { .. } => None,
    }
}

#[test]
fn every_edition_has_its_text_and_its_place() {
    assert!(Edition::ALL.is_sorted_by(|one, next| one < next));
    assert_eq!(Edition::ALL.last(), Some(&Edition::LATEST));
    for edition in Edition::ALL {
        assert_eq!(Edition::from_text(edition.as_str()), Some(edition));
        let json = serde_json::to_value(edition).expect("it writes");
        assert_eq!(json, edition.as_str());
    }
    assert_eq!(Edition::from_text("1999.1"), None);
    assert_eq!(
        Edition::UNSAID.as_str(),
        "2026.2",
        "what was stored without one was computed by it"
    );
}

#[test]
fn a_rule_is_taken_away_only_after_it_came() {
    for rule in Country::ALL.into_iter().flat_map(Country::rules) {
        let editions = rule.editions;
        assert!(
            editions.until.is_none_or(|until| until > editions.since),
            "{}",
            rule.name
        );
        assert!(editions.hold(editions.since), "{}", rule.name);
    }
    // What a row says of itself when it comes, and when it goes.
    let rule = Country::Peru.rules()[0];
    let came = rule.came_with(Edition::E2026_2).editions;
    assert!(!came.hold(Edition::E2026_1) && came.hold(Edition::E2026_2));
    let gone = rule.gone_with(Edition::E2026_2).editions;
    assert!(gone.hold(Edition::E2026_1) && !gone.hold(Edition::E2026_2));
}

#[test]
fn the_first_edition_knows_the_countries_and_no_region() {
    for country in Country::ALL {
        for year in 1984..2060 {
            assert_eq!(
                country.holidays(year, Edition::E2026_1),
                country.holidays(year, Edition::E2026_2),
                "{country:?} {year}"
            );
        }
    }
    for region in Region::ALL {
        assert_eq!(region.since(), Edition::E2026_2);
        assert_eq!(region.known_years(Edition::E2026_1), None);
        for year in [2008, 2024, 2026, 2040] {
            assert_eq!(region.holidays(year, Edition::E2026_1), []);
            assert_ne!(region.holidays(year, Edition::E2026_2), []);
        }
    }
}

#[test]
fn a_calendar_counts_by_the_edition_that_it_names() {
    let (before, after) = (madrid(Edition::E2026_1), madrid(Edition::E2026_2));
    let day = date("2026-05-02");
    assert_eq!(before.is_business_day(day), Ok(true));
    assert_eq!(after.is_business_day(day), Ok(false));
    assert_eq!(
        (before.hours_on(day).len(), after.hours_on(day).len()),
        (1, 0)
    );
    let (from, to) = (at("2026-05-02T00:00:00Z"), at("2026-05-03T00:00:00Z"));
    assert_eq!(before.elapsed(from, to, &[]), Ok(9 * HOUR));
    assert_eq!(after.elapsed(from, to, &[]), Ok(0));
    assert_eq!(
        (before.known_until(), after.known_until()),
        (None, Some(2026))
    );
    assert_eq!(closed_on(&before, "2026-05-02"), None);
    let Some(Closed::PublicHoliday { name, edition, .. }) = closed_on(&after, "2026-05-02") else {
        panic!("closed by a holiday");
    };
    assert_eq!(
        (name, edition),
        ("Fiesta de la Comunidad de Madrid", Edition::E2026_2)
    );
    // A calendar that is written now counts by the newest, and one that closes on no public holiday has nothing to take over.
    let now = every_day().regional_holidays(Region::Madrid).build();
    assert_eq!(now, Ok(madrid(Edition::LATEST)));
    let newer = |desk: &Calendar| desk.spec().newer_holiday_data();
    assert_eq!(newer(&before), Some(Edition::LATEST));
    assert_eq!(newer(&madrid(Edition::LATEST)), None);
    let own = every_day().holiday_data(Edition::E2026_1).holiday(day);
    assert_eq!(newer(&own.build().expect("a calendar")), None);
}

#[test]
fn an_edition_is_written_with_its_calendar_and_one_that_is_not_known_is_refused() {
    let spec = madrid(Edition::E2026_1).spec().clone();
    let json = serde_json::to_value(&spec).expect("it writes");
    assert_eq!(json["holiday_data"], "2026.1");
    let read: CalendarSpec = serde_json::from_value(json.clone()).expect("it reads");
    assert_eq!(read, spec);
    let read: Schedule = serde_json::from_value(json.clone()).expect("it reads");
    assert_eq!(read, Schedule::from(spec));

    // What was stored before editions were kept names none, and neither does what means the same.
    let mut unsaid = json;
    unsaid
        .as_object_mut()
        .expect("an object")
        .remove("holiday_data");
    let read: CalendarSpec = serde_json::from_value(unsaid.clone()).expect("it reads");
    assert_eq!(read.holiday_data, Edition::E2026_2);
    assert_eq!(serde_json::to_value(&read).expect("it writes"), unsaid);

    let mut unknown = unsaid;
    unknown["holiday_data"] = "2031.1".into();
    let error = serde_json::from_value::<CalendarSpec>(unknown).expect_err("not known");
    let error = error.to_string();
    assert!(
        error.contains("unknown variant `2031.1`") && error.contains("2026.2"),
        "{error}"
    );
}

#[test]
fn members_of_a_composite_keep_each_its_own() {
    let (before, after) = (madrid(Edition::E2026_1), madrid(Edition::E2026_2));
    let (from, to) = (at("2026-05-02T00:00:00Z"), at("2026-05-03T00:00:00Z"));
    for members in [[&before, &after], [&after, &before]] {
        let either = Calendar::union(members).expect("a union");
        assert_eq!(either.elapsed(from, to, &[]), Ok(9 * HOUR));
        let both = Calendar::intersection(members).expect("an intersection");
        assert_eq!(both.elapsed(from, to, &[]), Ok(0));
        let why = closed_on(&both, "2026-05-02");
        assert!(
            matches!(
                why,
                Some(Closed::PublicHoliday {
                    edition: Edition::E2026_2,
                    ..
                })
            ),
            "{why:?}"
        );
        // Stored and read again they are the same.
        let json = serde_json::to_string(&either.schedule()).expect("it writes");
        let read: Schedule = serde_json::from_str(&json).expect("it reads");
        assert_eq!(Calendar::try_from(read), Ok(either));
    }
}
