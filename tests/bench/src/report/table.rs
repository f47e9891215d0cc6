//! A row as a line of a table: the same columns for every row, `-` where something was not looked at. What does not fit into
//! a line is in the JSON.

use super::row::Row;

/// Longer names get a line of their own.
const NAME: usize = 52;
/// Longer names of what a row stands beside are cut.
const BESIDE: usize = 28;
/// The columns between the name and the note, with their widths; the numbers end where theirs end.
const COLUMNS: [(&str, usize); 17] = [
    ("figure", 9),
    ("unit", 8),
    ("beside", 9),
    ("what", BESIDE),
    ("ratio", 7),
    ("p50 ms", 7),
    ("p99 ms", 7),
    ("CPU ms", 7),
    ("gateway", 7),
    ("Postgres", 8),
    ("RabbitMQ", 8),
    ("stmts", 6),
    ("sql", 6),
    ("tx", 6),
    ("MiB", 6),
    ("noise", 5),
    ("", 0),
];

/// What the columns are. CPU (all of ours; of it the gateway's; Postgres'; RabbitMQ's), statements, those of them that do more
/// than frame a transaction, and transactions are of one operation.
pub fn header() -> String {
    line(
        "scenario",
        &COLUMNS.map(|(name, _)| name.to_owned()),
        "note",
    )
}

/// A row.
pub fn row(row: &Row) -> String {
    let of = row.elsewhere;
    let (beside, what) = row
        .versus
        .as_ref()
        .map_or((None, "-"), |versus| (Some(versus.value), &*versus.name));
    let cells = [
        figure(row.value),
        row.unit.clone(),
        or_none(beside),
        cut(what),
        row.ratio()
            .map_or_else(|| "-".to_owned(), |r| format!("{r:.3}")),
        or_none(row.p50_ms),
        or_none(row.p99_ms),
        or_none(row.cpu_ms),
        or_none(of.map(|of| of.gateway)),
        or_none(of.map(|of| of.postgres)),
        or_none(of.map(|of| of.rabbitmq)),
        or_none(row.statements),
        or_none(row.sql),
        or_none(row.transactions),
        or_none(row.resident_mib),
        row.noise
            .map_or_else(|| "-".to_owned(), |noise| format!("{:.0} %", noise * 100.0)),
        String::new(),
    ];
    line(&row.scenario, &cells, &row.note)
}

fn line(name: &str, cells: &[String; COLUMNS.len()], note: &str) -> String {
    let mut line = if name.chars().count() > NAME {
        format!("{name}\n{:<NAME$}", "")
    } else {
        format!("{name:<NAME$}")
    };
    for ((title, width), cell) in COLUMNS.into_iter().zip(cells) {
        line.push(' ');
        let cell = match title {
            "unit" | "what" => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        };
        line += &cell;
    }
    line += note;
    line.trim_end().to_owned()
}

fn or_none(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), figure)
}

/// Three digits that say something, and no exponent.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= BESIDE {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(BESIDE - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::super::row::{Better, Row};
    use super::{COLUMNS, NAME, header, row};

    #[test]
    fn a_column_stands_where_its_title_does() {
        let mut bare = Row::new("something", 12.34, "/s", Better::Higher);
        bare.noise = Some(0.0);
        let (header, line) = (header(), row(&bare));
        let ends: usize = NAME + 1 + COLUMNS[0].1;
        assert!(header[..ends].ends_with("figure") && line[..ends].ends_with("12.3"));
        let noise = header.find("noise").unwrap() + "noise".len();
        assert!(line[..noise].ends_with("0 %"), "{header}\n{line}");
    }

    #[test]
    fn a_long_name_moves_no_column() {
        let long = Row::new("x".repeat(NAME + 20), 1.0, "s", Better::Lower);
        let line = row(&long);
        let below = line.lines().nth(1).unwrap();
        assert!(below[..=NAME + COLUMNS[0].1].ends_with("1.00"));
    }
}
