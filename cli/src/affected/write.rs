//! The list as people read it, as a table for the notification (CSV), and as JSON.

use std::fmt::Write as _;

use anyhow::anyhow;
use csv::{QuoteStyle, WriterBuilder};

use super::register::Category;
use super::report::{Line, Owner, Part, Report, Section};

/// With these a spreadsheet begins a formula; in their full width, too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// In one line, and nothing that steers a terminal or turns the direction of writing: names are what clients typed.
fn clean(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if steers(c) { ' ' } else { c })
        .collect()
}

/// As a cell that no spreadsheet takes for a formula: such a text gets an apostrophe ahead.
fn cell(text: &str) -> String {
    let text = clean(text);
    if text.trim_start().starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text
    }
}

fn labels<'a>(categories: impl IntoIterator<Item = &'a Category>) -> String {
    let labels: Vec<&str> = categories.into_iter().map(|c| c.label()).collect();
    labels.join(", ")
}

/// `directory: identidad 1, contacto 1; intake: textos 20`.
fn places(parts: &[Part]) -> String {
    let mut text = String::new();
    let mut place = String::new();
    for part in parts {
        let here = match &part.table {
            None => part.service.to_owned(),
            Some(table) => format!("{}.{table}", part.service),
        };
        if here == place {
            text.push_str(", ");
        } else {
            if !text.is_empty() {
                text.push_str("; ");
            }
            let _ = write!(text, "{here}: ");
            place = here;
        }
        let _ = write!(text, "{} {}", part.category.label(), part.records);
    }
    text
}

/// One row per person and place.
///
/// # Errors
/// None that memory could bring about.
pub fn csv(report: &Report) -> anyhow::Result<String> {
    let mut out = WriterBuilder::new()
        .quote_style(QuoteStyle::Always)
        .from_writer(Vec::new());
    out.write_record([
        "de",
        "titular",
        "tipo",
        "id",
        "nombre",
        "contacto",
        "tickets",
        "registros",
        "datos",
        "detalle",
    ])?;
    for section in &report.sections {
        for line in &section.people {
            out.write_record([
                owner(section.owner).to_owned(),
                cell(&section.slug),
                line.kind.label().to_owned(),
                line.id.clone(),
                cell(line.name.as_deref().unwrap_or_default()),
                cell(line.reach.as_deref().unwrap_or_default()),
                line.tickets.to_string(),
                line.records.to_string(),
                labels(&line.categories),
                places(&line.held),
            ])?;
        }
    }
    let bytes = out.into_inner().map_err(|error| anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}

const fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::Tenant => "cliente",
        Owner::Provider => "proveedor",
        Owner::Platform => "plataforma",
    }
}

/// Everything.
///
/// # Errors
/// None that the list could bring about.
pub fn json(report: &Report) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

/// For the screen.
pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Expuesto: {}", clean(&report.exposed));
    if let Some(since) = report.since {
        let _ = writeln!(out, "Desde:    {since}");
    }
    if let Some(until) = report.until {
        let _ = writeln!(out, "Hasta:    {until}");
    }
    let _ = writeln!(out, "Leído:    {}", report.services.join(", "));
    for section in &report.sections {
        one(&mut out, section);
    }
    out.push('\n');
    out.push_str(&summary(report));
    out
}

fn one(out: &mut String, section: &Section) {
    let _ = writeln!(
        out,
        "\n{} {} ({}): {} personas, {} tickets",
        owner(section.owner),
        clean(&section.slug),
        clean(&section.name),
        section.people.len(),
        section.tickets
    );
    if !section.people.is_empty() {
        let _ = writeln!(
            out,
            "  {:<11} {:<30} {:<34} {:>7} {:>9}  datos",
            "tipo", "nombre", "contacto", "tickets", "registros"
        );
    }
    for line in &section.people {
        row(out, line);
    }
    if section.machines > 0 {
        let _ = writeln!(
            out,
            "  además, {} máquinas (nadie a quien avisar)",
            section.machines
        );
    }
    if !section.loose.is_empty() {
        let _ = writeln!(
            out,
            "  sin titular conocido, y pueden nombrar a alguien: {}",
            places(&section.loose)
        );
    }
}

fn row(out: &mut String, line: &Line) {
    let name = line.name.as_deref().map_or_else(|| line.id.clone(), clean);
    let _ = writeln!(
        out,
        "  {:<11} {name:<30} {:<34} {:>7} {:>9}  {}",
        line.kind.label(),
        clean(line.reach.as_deref().unwrap_or("sin dirección")),
        line.tickets,
        line.records,
        labels(&line.categories)
    );
}

/// Totals, and what has to be known beside the list; for the screen, and beside a file.
pub fn summary(report: &Report) -> String {
    let totals = &report.totals;
    let by_category: Vec<String> = totals
        .categories
        .iter()
        .map(|(category, people)| format!("{} {people}", category.label()))
        .collect();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Total: {} clientes, {} personas ({} con dirección), {} tickets, en {}.{} s",
        totals.tenants,
        totals.people,
        totals.reachable,
        totals.tickets,
        report.took_ms / 1_000,
        report.took_ms % 1_000 / 100
    );
    let _ = writeln!(out, "Personas por categoría: {}", by_category.join(", "));
    for note in &report.notes {
        let _ = writeln!(out, "Nota: {}", clean(note));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_steers_a_terminal() {
        for (text, safe) in [
            ("Ana Quispe", "Ana Quispe"),
            ("=1+1", "'=1+1"),
            ("+51 999 000 111", "'+51 999 000 111"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1+1", "' =1+1"),
            ("＝1", "'＝1"),
            ("a\u{1b}[2Jb\r\nc", "a [2Jb  c"),
            ("a\u{202e}b", "a b"),
        ] {
            assert_eq!(cell(text), safe, "{text:?}");
        }
    }

    #[test]
    fn places_are_told_once() {
        let part = |service, table: Option<&str>, category, records| Part {
            service,
            table: table.map(str::to_owned),
            category,
            records,
        };
        let parts = [
            part("directory", None, Category::Identity, 1),
            part("directory", None, Category::Contact, 1),
            part("intake", None, Category::Texts, 20),
            part("knowledge", Some("article"), Category::Texts, 2),
        ];
        assert_eq!(
            places(&parts),
            "directory: identidad 1, contacto 1; intake: textos 20; knowledge.article: textos 2"
        );
    }
}
