//! Content lines (RFC 5545, section 3.1): folded lines joined, name, parameters and value apart.

use super::FeedError;

/// A content line.
#[derive(Debug)]
pub(super) struct ContentLine {
    /// Where it begins in the text, from 1.
    pub number: usize,
    /// In capitals.
    pub name: String,
    parameters: Vec<(String, String)>,
    /// As written, still escaped.
    pub value: String,
}

impl ContentLine {
    /// A parameter's value, quotes taken off.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value as text: escapes resolved (section 3.3.11), control characters gone.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut characters = self.value.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(escaped) => text.push(escaped),
                    None => {}
                },
                control if control.is_control() => text.push(' '),
                plain => text.push(plain),
            }
        }
        text.trim().to_owned()
    }
}

/// The content lines of a text; ends of line may be CRLF or LF, blank lines are nothing.
pub(super) fn content_lines(text: &str) -> Result<Vec<ContentLine>, FeedError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut unfolded: Vec<(usize, String)> = Vec::new();
    for (before, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(more), Some((_, begun))) => begun.push_str(more),
            _ if line.trim().is_empty() => {}
            _ => unfolded.push((before + 1, line.to_owned())),
        }
    }
    let Some((_, first)) = unfolded.first() else {
        return Err(FeedError::Empty);
    };
    if !first.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        return Err(FeedError::NotACalendar {
            begins: first.trim().chars().take(40).collect(),
        });
    }
    let parsed = unfolded
        .into_iter()
        .map(|(number, line)| parse(number, &line).ok_or(FeedError::Line { line: number }));
    parsed.collect()
}

fn parse(number: usize, line: &str) -> Option<ContentLine> {
    let (head, value) = line.split_at_checked(outside_quotes(line, ':')?)?;
    let mut head = head;
    let mut parts = Vec::new();
    while let Some(end) = outside_quotes(head, ';') {
        let (part, rest) = head.split_at_checked(end)?;
        parts.push(part);
        head = rest.strip_prefix(';')?;
    }
    parts.push(head);
    let (name, parameters) = parts.split_first()?;
    let legal = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let parameters = parameters.iter().map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim_matches('"').to_owned();
        legal(name).then(|| (name.to_ascii_uppercase(), value))
    });
    Some(ContentLine {
        number,
        name: legal(name).then(|| name.to_ascii_uppercase())?,
        parameters: parameters.collect::<Option<_>>()?,
        value: value.strip_prefix(':')?.to_owned(),
    })
}

/// Where a character first stands outside double quotes.
fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '"';
        (!quoted && character == wanted).then_some(at)
    })
}
