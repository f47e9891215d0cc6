//! The mapping: how to read another tool's export. TOML; `docs/import/bpic2013.toml` is a whole example.
//!
//! ```toml
//! tool = "acme-desk"                  # under this name the history is known; never change it between runs
//! delimiter = ";"                     # default ","
//! encoding = "windows-1252"           # or "latin-1", which is read alike; default "utf-8"
//! subject = "{titulo} ({numero})"     # columns in braces; may be left out
//! attributes = ["pais", "sede"]       # further columns that are kept with each row
//!
//! case  = { column = "numero" }
//! time  = { column = "fecha", format = "%d/%m/%Y %H:%M:%S", zone = "America/Lima" }  # or format = "rfc3339"
//!                                     # "%d/%m/%Y", a day, is its midnight there
//! owner = { column = "tecnico" }
//! application = { column = "sistema" }
//! impact   = { column = "impacto", map = { "Alto" = "high", "Bajo" = "low" }, default = "medium" }
//! urgency  = { column = "urgencia", map = { "Alta" = "high" } }
//! priority = { column = "prioridad", map = { "1" = "critical" } }
//! kind     = { column = "tipo", map = { "INC" = "incident" }, default = "incident" }
//!
//! [group]
//! column = "equipo"
//! default_line = 1
//! lines = [{ contains = "N3", line = 3 }, { contains = "N2", line = 2 }]   # the first that fits counts
//!
//! [state]
//! status = "estado"
//! sub_status = "motivo"               # may be left out
//! map = [                             # the first that fits counts; without sub_status it fits any
//!   { status = "Cerrado", sub_status = "En llamada", to = "resolved", resolution = "in_call" },
//!   { status = "Cerrado", to = "closed" },
//!   { status = "En espera", to = "waiting_for_requester" },
//! ]
//! default = "in_progress"             # without it, a row with another status is rejected
//! ```
//! `resolution = "in_call"` says that the case was solved within the call that opened it: work afterwards is then no
//! reopening in the strict sense. An empty cell is "not told"; a value that no map knows rejects the row unless there is
//! a default.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use chrono_tz::Tz;
use events::intake::{Degree, Priority, TicketKind, TicketState};
use serde::Deserialize;

use super::encoding::Encoding;

/// How to read an export.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The tool's name.
    pub tool: String,
    /// What separates columns.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// How the file's text is written as bytes.
    #[serde(default)]
    pub encoding: Encoding,
    /// Template of the ticket's subject.
    pub subject: Option<String>,
    /// Columns kept as they are.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// The case's number.
    pub case: Column,
    /// When it happened.
    pub time: Time,
    /// Who has it.
    pub owner: Option<Column>,
    /// Application or product.
    pub application: Option<Column>,
    /// The team.
    pub group: Option<Group>,
    /// The state.
    pub state: State,
    /// Impact.
    pub impact: Option<Mapped<Degree>>,
    /// Urgency.
    pub urgency: Option<Mapped<Degree>>,
    /// Priority.
    pub priority: Option<Mapped<Priority>>,
    /// Kind.
    pub kind: Option<Mapped<TicketKind>>,
}

const fn comma() -> char {
    ','
}

/// A column, taken as it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the first line.
    pub column: String,
}

/// When a row happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The column.
    pub column: String,
    /// `rfc3339`, or a pattern of strftime.
    #[serde(default = "rfc3339")]
    pub format: String,
    /// The zone of times that carry no offset.
    pub zone: Option<Tz>,
}

impl Time {
    /// Whether the pattern tells a day and nothing of the time of day.
    pub fn is_a_day(&self) -> bool {
        use chrono::format::{Fixed, Item, Numeric, StrftimeItems};
        self.format != RFC3339
            && StrftimeItems::new(&self.format).all(|item| match item {
                Item::Numeric(numeric, _) => !matches!(
                    numeric,
                    Numeric::Hour
                        | Numeric::Hour12
                        | Numeric::Minute
                        | Numeric::Second
                        | Numeric::Nanosecond
                        | Numeric::Timestamp
                ),
                Item::Fixed(fixed) => matches!(
                    fixed,
                    Fixed::ShortMonthName
                        | Fixed::LongMonthName
                        | Fixed::ShortWeekdayName
                        | Fixed::LongWeekdayName
                ),
                _ => true,
            })
    }
}

/// The format of times as the standard has them.
pub const RFC3339: &str = "rfc3339";

fn rfc3339() -> String {
    RFC3339.to_owned()
}

/// The team and how its support line is read off its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The column.
    pub column: String,
    /// The first rule that fits counts.
    #[serde(default)]
    pub lines: Vec<LineRule>,
    /// The line of all others.
    #[serde(default = "first_line")]
    pub default_line: i16,
}

const fn first_line() -> i16 {
    1
}

/// A name that holds this text is of that line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// The text.
    pub contains: String,
    /// 1 to 3.
    pub line: i16,
}

/// Status, sub-status, and what they are with us.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The status column.
    pub status: String,
    /// The sub-status column.
    pub sub_status: Option<String>,
    /// The first rule that fits counts.
    pub map: Vec<StateRule>,
    /// The state of what no rule knows.
    pub default: Option<TicketState>,
}

/// A status (and sub-status) is this state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateRule {
    /// Status, verbatim.
    pub status: String,
    /// Sub-status, verbatim; any if left out.
    pub sub_status: Option<String>,
    /// Our state.
    pub to: TicketState,
    /// `in_call`: solved within the call that opened it.
    pub resolution: Option<Resolution>,
}

/// How a resolution came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Within the call that opened the case.
    InCall,
}

/// A column whose values are ours under other names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped<T> {
    /// The column; without it every row has the default.
    pub column: Option<String>,
    /// Value there, value here.
    #[serde(default = "BTreeMap::new")]
    pub map: BTreeMap<String, T>,
    /// Value here of what the map does not know.
    pub default: Option<T>,
}

impl Mapping {
    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// Says which key is wrong.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mapping: Self = toml::from_str(text).context("the mapping cannot be read")?;
        ensure!(!mapping.tool.trim().is_empty(), "`tool` is empty");
        ensure!(
            mapping.delimiter.is_ascii(),
            "`delimiter` must be an ASCII character"
        );
        ensure!(
            !mapping.state.map.is_empty() || mapping.state.default.is_some(),
            "`state.map` is empty"
        );
        if let Some(group) = &mapping.group {
            let lines = group
                .lines
                .iter()
                .map(|l| l.line)
                .chain([group.default_line]);
            for line in lines {
                ensure!(
                    (1..=3).contains(&line),
                    "`group`: a line is 1, 2 or 3, not {line}"
                );
            }
        }
        if mapping.time.format != RFC3339 {
            use chrono::format::{Item, StrftimeItems};
            let wrong = StrftimeItems::new(&mapping.time.format).any(|i| matches!(i, Item::Error));
            ensure!(
                !wrong,
                "`time.format`: `{}` is no pattern of strftime",
                mapping.time.format
            );
        }
        mapping.template()?;
        Ok(mapping)
    }

    /// The parts of the subject's template.
    ///
    /// # Errors
    /// If a brace is left open.
    pub fn template(&self) -> anyhow::Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut rest = self.subject.as_deref().unwrap_or_default();
        while let Some((text, after)) = rest.split_once('{') {
            parts.push(Part::Text(text.to_owned()));
            let Some((column, tail)) = after.split_once('}') else {
                bail!("`subject`: a brace is left open");
            };
            parts.push(Part::Column(column.to_owned()));
            rest = tail;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|p| !matches!(p, Part::Text(t) if t.is_empty()));
        Ok(parts)
    }
}

/// A part of the subject's template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// The value of a column.
    Column(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "
        tool = 't'
        case = { column = 'c' }
        time = { column = 'at' }
        state = { status = 's', map = [{ status = 'x', to = 'open' }] }
    ";

    #[test]
    fn the_least_that_is_needed() {
        let m = Mapping::parse(SMALL).unwrap();
        assert_eq!((m.delimiter, m.time.format.as_str()), (',', "rfc3339"));
        assert_eq!(m.template().unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |more: &str, said: &str| {
            let error = format!(
                "{:#}",
                Mapping::parse(&format!("{more}\n{SMALL}")).unwrap_err()
            );
            assert!(error.contains(said), "{error}");
        };
        wrong("colour = 'red'", "unknown field `colour`");
        wrong("subject = 'a {b'", "`subject`: a brace is left open");
        wrong(
            "group = { column = 'g', default_line = 4 }",
            "a line is 1, 2 or 3, not 4",
        );
        wrong("impact = { map = { a = 'enormous' } }", "enormous");
        wrong("delimiter = '·'", "ASCII");
        wrong("encoding = 'ebcdic'", "`windows-1252`");
    }

    #[test]
    fn a_template_is_cut_at_its_braces() {
        let m = Mapping::parse(&format!("subject = 'Caso {{c}}: {{t}}'\n{SMALL}")).unwrap();
        let column = |c: &str| Part::Column(c.to_owned());
        let text = |t: &str| Part::Text(t.to_owned());
        assert_eq!(
            m.template().unwrap(),
            [text("Caso "), column("c"), text(": "), column("t")]
        );
    }
}
