//! A calendar as people write it, checked until it can be kept.

use business_time::{
    Calendar, CalendarError, CalendarSpec, Country, Edition, Hours, Region, TimeError, Tz, Weekday,
};
use chrono::{DateTime, NaiveDate, Timelike as _, Utc};

use super::problem::{Outcome, Problem};

/// More spans on one day than anybody means.
const MOST_SPANS: usize = 24;
const DAY_S: i64 = 86_400;

/// What is wished.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// IANA zone.
    pub time_zone: String,
    /// Open at every instant; then nothing else may be said.
    pub always_open: bool,
    /// Spans (`09:00-13:00`) by day of the week.
    pub weekly: Vec<(Weekday, Vec<String>)>,
    /// Countries whose holidays close the desk.
    pub public_holidays: Vec<Country>,
    /// Regions whose holidays close the desk, by their ISO 3166-2 codes (`ES-MD`).
    pub regional_holidays: Vec<String>,
    /// The edition of the holiday data by which those are known, by its text (`2026.2`); the newest if absent.
    pub holiday_data: Option<String>,
    /// Further closed dates.
    pub holidays: Vec<NaiveDate>,
    /// Dates with hours of their own.
    pub date_hours: Vec<(NaiveDate, Vec<String>)>,
}

impl Wish {
    /// The calendar, if it can be kept and opens at some time from `from` on ([`behind`]).
    pub fn checked(&self, from: DateTime<Utc>) -> Outcome<Calendar> {
        let calendar = self.compiled()?;
        match behind(&calendar, from) {
            Some(problem) => Err(vec![problem]),
            None => Ok(calendar),
        }
    }

    /// The calendar compiled from the specification, or what is wrong with that whatever the time.
    pub fn compiled(&self) -> Outcome<Calendar> {
        let mut problems = Vec::new();
        let zone = self.time_zone.parse::<Tz>().ok();
        if zone.is_none() {
            problems.push(Problem::at(
                "hours.timeZone",
                "UNKNOWN_TIME_ZONE",
                format!(
                    "«{}» no es una zona horaria IANA, como America/Lima.",
                    self.time_zone
                ),
            ));
        }
        let mut spec = CalendarSpec::new(zone.unwrap_or(Tz::UTC));
        for (i, (day, spans)) in self.weekly.iter().enumerate() {
            let field = format!("hours.weekly.{i}.spans");
            let spans = read(&field, spans, &mut problems);
            spec.weekly.on_mut(*day).extend(spans);
        }
        for (i, (date, spans)) in self.date_hours.iter().enumerate() {
            let field = format!("hours.dateHours.{i}.spans");
            let spans = read(&field, spans, &mut problems);
            if overlap(&mut starts_and_ends(0, &spans)) {
                problems.push(overlapping(field));
            }
            spec.date_hours.entry(*date).or_default().extend(spans);
        }
        for (i, code) in self.regional_holidays.iter().enumerate() {
            if let Some(region) = Region::from_code(code) {
                spec.regional_holidays.insert(region);
            } else {
                problems.push(Problem::at(
                    format!("hours.regionalHolidays.{i}"),
                    "UNKNOWN_REGION",
                    format!("«{code}» no es una región cuyos feriados se conozcan, como ES-MD."),
                ));
            }
        }
        if let Some(text) = &self.holiday_data {
            if let Some(edition) = Edition::from_text(text) {
                spec.holiday_data = edition;
            } else {
                problems.push(Problem::at(
                    "hours.holidayData",
                    "UNKNOWN_HOLIDAY_DATA",
                    format!(
                        "«{text}» no es una edición de los datos de feriados; la última es {}.",
                        Edition::LATEST.as_str()
                    ),
                ));
            }
        }
        spec.public_holidays
            .extend(self.public_holidays.iter().copied());
        spec.holidays.extend(self.holidays.iter().copied());
        if self.always_open {
            if !spec.weekly.is_empty()
                || !spec.date_hours.is_empty()
                || !spec.holidays.is_empty()
                || !spec.public_holidays.is_empty()
                || !spec.regional_holidays.is_empty()
            {
                problems.push(Problem::at(
                    "hours.alwaysOpen",
                    "ALWAYS_OPEN_WITH_HOURS",
                    "Un calendario siempre abierto no lleva horarios ni feriados.",
                ));
            }
            spec.weekly = Calendar::always().spec().weekly.clone();
        } else if week_overlaps(&spec) {
            problems.push(overlapping("hours.weekly".to_owned()));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Calendar::try_from(spec).map_err(|error| {
            vec![match error {
                CalendarError::NoHours => Problem::at(
                    "hours.weekly",
                    "NO_HOURS",
                    "El calendario no tiene horas: ningún plazo vencería nunca.",
                ),
                CalendarError::DateOutOfRange(date) => Problem::at(
                    "hours.holidays",
                    "DATE_OUT_OF_RANGE",
                    format!("La fecha {date} está fuera de los años 1970 a 2099."),
                ),
            }]
        })
    }
}

/// A calendar that does not open at any time from `from` on: one whose hours all lie behind would let no deadline come.
pub fn behind(calendar: &Calendar, from: DateTime<Utc>) -> Option<Problem> {
    let none_left = matches!(calendar.next_open(from), Err(TimeError::BeyondHorizon));
    none_left.then(|| {
        Problem::at(
            "hours",
            "NO_HOURS_AHEAD",
            "Al calendario no le quedan horas de aquí en adelante: ningún plazo vencería nunca.",
        )
    })
}

fn overlapping(field: String) -> Problem {
    Problem::at(
        field,
        "OVERLAPPING_HOURS",
        "Hay tramos que se solapan; escriba cada hora una sola vez.",
    )
}

fn read(field: &str, spans: &[String], problems: &mut Vec<Problem>) -> Vec<Hours> {
    if spans.len() > MOST_SPANS {
        problems.push(Problem::at(
            field,
            "TOO_MANY_SPANS",
            format!("Como máximo {MOST_SPANS} tramos por día."),
        ));
        return Vec::new();
    }
    let mut out = Vec::with_capacity(spans.len());
    for span in spans {
        match span.parse::<Hours>() {
            Ok(hours) => out.push(hours),
            Err(_) => problems.push(Problem::at(
                field,
                "BAD_SPAN",
                format!("«{span}» no es un tramo de horas como 09:00-13:00."),
            )),
        }
    }
    out
}

/// Seconds since the week's beginning, of spans on its `day`-th day.
fn starts_and_ends(day: i64, spans: &[Hours]) -> Vec<(i64, i64)> {
    let seconds = |t: chrono::NaiveTime| i64::from(t.num_seconds_from_midnight());
    spans
        .iter()
        .map(|h| {
            let closes = seconds(h.closes()) + if h.closes_next_day() { DAY_S } else { 0 };
            (day * DAY_S + seconds(h.opens()), day * DAY_S + closes)
        })
        .collect()
}

fn overlap(spans: &mut [(i64, i64)]) -> bool {
    spans.sort_unstable();
    spans.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

fn week_overlaps(spec: &CalendarSpec) -> bool {
    let mut day = Weekday::Mon;
    let mut all = Vec::new();
    // The eighth day is the next Monday: what runs over from Sunday meets it.
    for n in 0..8 {
        all.extend(starts_and_ends(n, spec.weekly.on(day)));
        day = day.succ();
    }
    overlap(&mut all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(weekly: &[(Weekday, &[&str])]) -> Wish {
        Wish {
            time_zone: "America/Lima".to_owned(),
            weekly: weekly
                .iter()
                .map(|(d, spans)| (*d, spans.iter().map(|s| (*s).to_owned()).collect()))
                .collect(),
            ..Default::default()
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-23T14:00:00Z".parse().unwrap()
    }

    fn codes(wish: &Wish) -> Vec<&'static str> {
        wish.checked(now())
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|p| p.code)
            .collect()
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        assert!(codes(&wish(&[(Weekday::Mon, &["09:00-13:00", "14:00-18:00"])])).is_empty());
        assert_eq!(codes(&wish(&[])), ["NO_HOURS"]);
        let on = |date: &str| Wish {
            date_hours: vec![(date.parse().unwrap(), vec!["09:00-10:00".to_owned()])],
            ..wish(&[])
        };
        // Today's end with the very closing.
        assert_eq!(codes(&on("2026-11-22")), ["NO_HOURS_AHEAD"]);
        assert!(codes(&on("2026-11-23")).is_empty());
        let closing = on("2026-11-23").checked(now() + chrono::TimeDelta::hours(1));
        assert_eq!(closing.unwrap_err()[0].code, "NO_HOURS_AHEAD");
        assert_eq!(
            codes(&wish(&[(Weekday::Mon, &["09:00-13:00", "12:00-18:00"])])),
            ["OVERLAPPING_HOURS"]
        );
        assert_eq!(
            codes(&wish(&[(Weekday::Mon, &["nine to five"])])),
            ["BAD_SPAN", "NO_HOURS"][..1]
        );
        // From Sunday night into Monday.
        let night = wish(&[
            (Weekday::Sun, &["22:00-06:00"]),
            (Weekday::Mon, &["05:00-09:00"]),
        ]);
        assert_eq!(codes(&night), ["OVERLAPPING_HOURS"]);
        let nowhere = Wish {
            time_zone: "America/Nowhere".to_owned(),
            ..wish(&[(Weekday::Mon, &["09:00-13:00"])])
        };
        assert_eq!(codes(&nowhere), ["UNKNOWN_TIME_ZONE"]);
        let madrid = Wish {
            regional_holidays: vec!["ES-MD".to_owned()],
            ..wish(&[(Weekday::Mon, &["09:00-13:00"])])
        };
        let spec = madrid.checked(now()).unwrap();
        assert_eq!(spec.spec().regional_holidays.len(), 1);
        assert_eq!(spec.spec().holiday_data, Edition::LATEST);
        let by = |edition: &str| Wish {
            holiday_data: Some(edition.to_owned()),
            ..madrid.clone()
        };
        let first = by("2026.1").checked(now()).unwrap();
        assert_eq!(first.spec().holiday_data, Edition::E2026_1);
        assert_eq!(codes(&by("1999.1")), ["UNKNOWN_HOLIDAY_DATA"]);
        let nowhere = Wish {
            regional_holidays: vec!["ES-XX".to_owned()],
            ..madrid
        };
        assert_eq!(codes(&nowhere), ["UNKNOWN_REGION"]);
        let always = Wish {
            always_open: true,
            ..wish(&[])
        };
        assert_eq!(
            always.checked(now()).unwrap().spec().weekly,
            Calendar::always().spec().weekly
        );
        let both = Wish {
            always_open: true,
            ..wish(&[(Weekday::Mon, &["09:00-13:00"])])
        };
        assert_eq!(codes(&both), ["ALWAYS_OPEN_WITH_HOURS"]);
    }
}
