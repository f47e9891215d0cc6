//! One row: what it says, in our words, and the hash that it is known by.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use csv::StringRecord;
use events::intake::{Degree, Priority, TicketKind, TicketState};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::mapping::{Mapped, Mapping, Part, RFC3339, Resolution};

/// A row as intake takes it (the rows of the command `import.rows`).
#[derive(Debug, Clone, Serialize)]
#[allow(clippy::struct_field_names)] // as the command has it
pub struct Row {
    /// Its place among the file's rows, from 1.
    pub row: i64,
    /// SHA-256 of the canonical row, hexadecimal.
    pub sha: String,
    /// Which of several equal rows of the case, from 1.
    pub occurrence: i32,
    /// The case.
    pub case: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Verbatim.
    pub status: String,
    /// Verbatim; empty if there is none.
    pub sub_status: String,
    /// With us.
    pub state: TicketState,
    /// The team.
    pub group: Option<String>,
    /// Its line.
    pub line: Option<i16>,
    /// The owner's name; intake makes an id of it.
    pub owner: Option<String>,
    /// Impact.
    pub impact: Option<Degree>,
    /// Urgency.
    pub urgency: Option<Degree>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Kind.
    pub kind: Option<TicketKind>,
    /// Subject.
    pub subject: Option<String>,
    /// Further columns.
    pub attributes: BTreeMap<String, String>,
}

/// Where each mapped column stands in this file.
struct Places {
    case: usize,
    time: usize,
    owner: Option<usize>,
    application: Option<usize>,
    group: Option<usize>,
    status: usize,
    sub_status: Option<usize>,
    impact: Option<usize>,
    urgency: Option<usize>,
    priority: Option<usize>,
    kind: Option<usize>,
    subject: Vec<Piece>,
    attributes: Vec<(String, usize)>,
}

enum Piece {
    Text(String),
    Column(usize),
}

/// A mapping, fitted to the first line of a file.
pub struct Reader<'m> {
    mapping: &'m Mapping,
    places: Places,
    /// Columns by name: the canonical row does not depend on their order in the file.
    canonical: Vec<(String, usize)>,
    columns: usize,
    /// Times are days.
    days: bool,
}

impl<'m> Reader<'m> {
    /// Finds the mapped columns in the first line.
    ///
    /// # Errors
    /// Names a column that the file does not have.
    pub fn new(mapping: &'m Mapping, header: &StringRecord) -> anyhow::Result<Self> {
        let by_name: HashMap<&str, usize> = header
            .iter()
            .enumerate()
            .map(|(n, name)| (name.trim_start_matches('\u{feff}'), n))
            .collect();
        let find = |name: &str| {
            by_name.get(name).copied().with_context(|| {
                let mut known: Vec<&str> = by_name.keys().copied().collect();
                known.sort_unstable();
                format!(
                    "the file has no column `{name}`; it has: {}",
                    known.join(", ")
                )
            })
        };
        let maybe = |name: Option<&String>| name.map(|n| find(n)).transpose();
        let subject = mapping.template()?.into_iter().map(|part| {
            Ok(match part {
                Part::Text(text) => Piece::Text(text),
                Part::Column(name) => Piece::Column(find(&name)?),
            })
        });
        let places = Places {
            case: find(&mapping.case.column)?,
            time: find(&mapping.time.column)?,
            owner: maybe(mapping.owner.as_ref().map(|c| &c.column))?,
            application: maybe(mapping.application.as_ref().map(|c| &c.column))?,
            group: maybe(mapping.group.as_ref().map(|g| &g.column))?,
            status: find(&mapping.state.status)?,
            sub_status: maybe(mapping.state.sub_status.as_ref())?,
            impact: maybe(mapping.impact.as_ref().and_then(|m| m.column.as_ref()))?,
            urgency: maybe(mapping.urgency.as_ref().and_then(|m| m.column.as_ref()))?,
            priority: maybe(mapping.priority.as_ref().and_then(|m| m.column.as_ref()))?,
            kind: maybe(mapping.kind.as_ref().and_then(|m| m.column.as_ref()))?,
            subject: subject.collect::<anyhow::Result<_>>()?,
            attributes: mapping
                .attributes
                .iter()
                .map(|name| Ok((name.clone(), find(name)?)))
                .collect::<anyhow::Result<_>>()?,
        };
        let mut canonical: Vec<(String, usize)> = by_name
            .into_iter()
            .map(|(name, place)| (name.to_owned(), place))
            .collect();
        canonical.sort();
        Ok(Self {
            mapping,
            places,
            canonical,
            columns: header.len(),
            days: mapping.time.is_a_day(),
        })
    }

    /// Reads one row; `row` is its place among the rows. The occurrence is counted later, case by case.
    ///
    /// # Errors
    /// Why the row is rejected, for people.
    pub fn read(&self, row: i64, record: &StringRecord) -> Result<Row, String> {
        if record.len() != self.columns {
            return Err(format!(
                "{} columns instead of {}",
                record.len(),
                self.columns
            ));
        }
        if record.iter().any(|cell| cell.contains('\0')) {
            return Err("holds the character NUL".to_owned());
        }
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let told = |place: Option<usize>| place.map(cell).map(str::trim).filter(|c| !c.is_empty());
        let case = cell(self.places.case).trim();
        if case.is_empty() {
            return Err("no case".to_owned());
        }
        let at = self.time(cell(self.places.time).trim())?;
        let status = cell(self.places.status);
        let sub_status = self.places.sub_status.map(cell).unwrap_or_default();
        let (state, resolution) = self.state(status, sub_status)?;
        let group = told(self.places.group);
        let mut attributes: BTreeMap<String, String> = self
            .places
            .attributes
            .iter()
            .filter(|(_, place)| !cell(*place).is_empty())
            .map(|(name, place)| (name.clone(), cell(*place).to_owned()))
            .collect();
        if let Some(application) = told(self.places.application) {
            attributes.insert("application".to_owned(), application.to_owned());
        }
        if resolution == Some(Resolution::InCall) {
            attributes.insert("resolution".to_owned(), "in_call".to_owned());
        }
        let subject: String = self
            .places
            .subject
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Column(place) => cell(*place).trim(),
            })
            .collect();
        Ok(Row {
            row,
            sha: self.sha(record),
            occurrence: 1,
            case: case.to_owned(),
            at,
            status: status.to_owned(),
            sub_status: sub_status.to_owned(),
            state,
            line: group.map(|g| self.line(g)),
            group: group.map(str::to_owned),
            owner: told(self.places.owner).map(str::to_owned),
            impact: value(
                "impact",
                self.mapping.impact.as_ref(),
                told(self.places.impact),
            )?,
            urgency: value(
                "urgency",
                self.mapping.urgency.as_ref(),
                told(self.places.urgency),
            )?,
            priority: value(
                "priority",
                self.mapping.priority.as_ref(),
                told(self.places.priority),
            )?,
            kind: value("kind", self.mapping.kind.as_ref(), told(self.places.kind))?,
            subject: Some(subject).filter(|s| !s.trim().is_empty()),
            attributes,
        })
    }

    /// `column=value` by column name, joined by unit separators.
    fn sha(&self, record: &StringRecord) -> String {
        let mut hash = Sha256::new();
        for (n, (name, place)) in self.canonical.iter().enumerate() {
            if n > 0 {
                hash.update([0x1f]);
            }
            hash.update(name.as_bytes());
            hash.update(b"=");
            hash.update(record.get(*place).unwrap_or_default().as_bytes());
        }
        hash.finalize()
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                for digit in [byte >> 4, byte & 15] {
                    hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
                }
                hex
            })
    }

    fn time(&self, text: &str) -> Result<DateTime<Utc>, String> {
        let time = &self.mapping.time;
        if time.format == RFC3339 {
            if let Ok(at) = DateTime::parse_from_rfc3339(text) {
                return Ok(at.to_utc());
            }
        } else if let Ok(at) = DateTime::parse_from_str(text, &time.format) {
            return Ok(at.to_utc());
        }
        let naive = if time.format == RFC3339 {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
                .iter()
                .find_map(|f| NaiveDateTime::parse_from_str(text, f).ok())
        } else if self.days {
            let day = NaiveDate::parse_from_str(text, &time.format);
            day.ok().map(|day| day.and_time(NaiveTime::MIN))
        } else {
            NaiveDateTime::parse_from_str(text, &time.format).ok()
        };
        let naive = naive.ok_or_else(|| format!("time `{text}` does not fit `{}`", time.format))?;
        let zone = time
            .zone
            .ok_or_else(|| format!("time `{text}` has no offset, and the mapping names no zone"))?;
        // A local time that exists twice means the first; one that a jump swallows does not exist.
        zone.from_local_datetime(&naive)
            .earliest()
            .map(|at| at.to_utc())
            .ok_or_else(|| format!("time `{text}` does not exist in {zone}"))
    }

    fn line(&self, group: &str) -> i16 {
        self.mapping.group.as_ref().map_or(1, |g| {
            g.lines
                .iter()
                .find(|rule| group.contains(&rule.contains))
                .map_or(g.default_line, |rule| rule.line)
        })
    }

    fn state(
        &self,
        status: &str,
        sub_status: &str,
    ) -> Result<(TicketState, Option<Resolution>), String> {
        let fits = |own: &Option<String>| own.as_ref().is_none_or(|s| s == sub_status);
        let state = &self.mapping.state;
        state
            .map
            .iter()
            .find(|rule| rule.status == status && fits(&rule.sub_status))
            .map(|rule| (rule.to, rule.resolution))
            .or(state.default.map(|to| (to, None)))
            .ok_or_else(|| format!("unknown state `{status}` / `{sub_status}`"))
    }
}

fn value<T: Copy>(
    name: &str,
    mapped: Option<&Mapped<T>>,
    cell: Option<&str>,
) -> Result<Option<T>, String> {
    let Some(mapped) = mapped else {
        return Ok(None);
    };
    match cell {
        None => Ok(mapped.default),
        Some(cell) => mapped
            .map
            .get(cell)
            .copied()
            .or(mapped.default)
            .map(Some)
            .ok_or_else(|| format!("unknown {name} `{cell}`")),
    }
}
