//! What a file's bytes mean: older tools export as Windows does in the West.

use csv::{ByteRecord, StringRecord};
use serde::Deserialize;

/// How text is written as bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, also what is called Latin-1: that one has nothing in the place of the signs that make the difference.
    #[serde(
        rename = "windows-1252",
        alias = "latin-1",
        alias = "latin1",
        alias = "iso-8859-1"
    )]
    Windows1252,
}

impl Encoding {
    /// A record as text.
    ///
    /// # Errors
    /// Says what is wrong, and which key of the mapping may put it right.
    pub fn text(self, record: &ByteRecord) -> Result<StringRecord, String> {
        match self {
            Self::Utf8 => StringRecord::from_byte_record(record.clone()).map_err(|error| {
                format!(
                    "not UTF-8: {error}; if it is Windows-1252 (Latin-1), the mapping says so: `encoding = \"windows-1252\"`"
                )
            }),
            Self::Windows1252 => Ok(record.iter().map(windows_1252).collect()),
        }
    }
}

/// 0x80 to 0x9F; all others are as in Unicode. The five that mean nothing stay what they are, as browsers have it
/// (<https://encoding.spec.whatwg.org/#windows-1252>).
const SIGNS: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

fn windows_1252(field: &[u8]) -> String {
    field
        .iter()
        .map(|byte| match byte {
            0x80..=0x9F => SIGNS[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_is_read_whole() {
        let record = ByteRecord::from(vec![
            &b"Se\xF1or \x80 5 \x93ya\x94 \x96 \x8D"[..],
            b"\xC1\xFF",
        ]);
        let text = Encoding::Windows1252.text(&record).unwrap();
        assert_eq!(text.get(0), Some("Señor € 5 “ya” – \u{8D}"));
        assert_eq!(text.get(1), Some("Áÿ"));
    }

    #[test]
    fn what_is_not_utf_8_names_the_key_that_may_help() {
        let record = ByteRecord::from(vec![&b"t\xE9cnico"[..]]);
        let error = Encoding::Utf8.text(&record).unwrap_err();
        assert!(error.contains("`encoding = \"windows-1252\"`"), "{error}");
        let record = ByteRecord::from(vec!["técnico"]);
        assert_eq!(
            Encoding::Utf8.text(&record).unwrap().get(0),
            Some("técnico")
        );
    }
}
