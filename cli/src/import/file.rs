//! The export on disk: CSV, plain or gzipped.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use csv::{ByteRecord, StringRecord};
use flate2::read::MultiGzDecoder;

use super::mapping::Mapping;
use super::rows::{Reader, Row};

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the (unpacked) file, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
    /// The row as it stands there.
    pub record: ByteRecord,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// The names of the columns.
    pub header: StringRecord,
    /// Rows that can be taken, in the file's order.
    pub rows: Vec<Row>,
    /// Those that cannot.
    pub rejects: Vec<Reject>,
}

/// Reads a whole file. Bad rows are set aside; only a file that cannot be read at all is an error.
///
/// # Errors
/// If the file cannot be opened or unpacked, or lacks a mapped column.
pub fn read(path: &Path, mapping: &Mapping) -> anyhow::Result<Contents> {
    let mut file =
        File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let mut magic = [0u8; 2];
    let packed = file.read(&mut magic)? == 2 && magic == [0x1f, 0x8b];
    file.seek(SeekFrom::Start(0))?;
    if packed {
        read_from(BufReader::new(MultiGzDecoder::new(file)), mapping)
    } else {
        read_from(BufReader::new(file), mapping)
    }
    .with_context(|| path.display().to_string())
}

/// Reads CSV text.
///
/// # Errors
/// As [`read`].
pub fn read_from(source: impl Read, mapping: &Mapping) -> anyhow::Result<Contents> {
    let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
    // Lengths are judged row by row: one bad row must not end the import.
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(source);
    let first = csv
        .byte_headers()
        .context("the first line cannot be read")?;
    let header = mapping
        .encoding
        .text(first)
        .map_err(|error| anyhow!("the first line is {error}"))?;
    let reader = Reader::new(mapping, &header)?;
    let mut contents = Contents {
        header: header.clone(),
        ..Contents::default()
    };
    let mut record = ByteRecord::new();
    let mut row = 0;
    while csv
        .read_byte_record(&mut record)
        .context("the file breaks off")?
    {
        row += 1;
        let line = record.position().map_or(0, csv::Position::line);
        let text = mapping.encoding.text(&record);
        match text
            .as_ref()
            .map_or_else(|reason| Err(reason.clone()), |text| reader.read(row, text))
        {
            Ok(row) => contents.rows.push(row),
            Err(reason) => contents.rejects.push(Reject {
                line,
                reason,
                record: text.map_or_else(|_| record.clone(), StringRecord::into_byte_record),
            }),
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use events::intake::{Degree, Priority, TicketState};

    use super::*;

    const MAPPING: &str = r#"
        tool = "t"
        subject = "{caso}: {titulo}"
        attributes = ["sede"]
        case = { column = "caso" }
        time = { column = "fecha", format = "%d/%m/%Y %H:%M", zone = "America/Lima" }
        owner = { column = "técnico" }
        application = { column = "sistema" }
        group = { column = "equipo", lines = [{ contains = "N3", line = 3 }, { contains = "N2", line = 2 }] }
        impact = { column = "impacto", map = { "Alto" = "high" } }
        priority = { column = "impacto", map = { "Alto" = "critical" }, default = "low" }
        [state]
        status = "estado"
        sub_status = "motivo"
        map = [
          { status = "Cerrado", sub_status = "En llamada", to = "resolved", resolution = "in_call" },
          { status = "Cerrado", to = "closed" },
          { status = "Abierto", to = "in_progress" },
        ]
    "#;
    const HEAD: &str = "caso,fecha,técnico,sistema,equipo,impacto,estado,motivo,titulo,sede\n";

    fn read_text(text: &str) -> Contents {
        let mapping = Mapping::parse(MAPPING).unwrap();
        read_from(format!("{HEAD}{text}").as_bytes(), &mapping).unwrap()
    }

    #[test]
    fn a_row_in_our_words() {
        let found = read_text(
            "7,01/03/2026 08:30,Ana,SAP,Redes N2,Alto,Cerrado,En llamada,\"No, no va\",Lima\n",
        );
        assert_eq!(found.rejects, []);
        let row = &found.rows[0];
        assert_eq!(row.at.to_rfc3339(), "2026-03-01T13:30:00+00:00");
        assert_eq!(
            (row.state, row.line, row.group.as_deref()),
            (TicketState::Resolved, Some(2), Some("Redes N2"))
        );
        assert_eq!(
            (row.impact, row.priority),
            (Some(Degree::High), Some(Priority::Critical))
        );
        assert_eq!(row.subject.as_deref(), Some("7: No, no va"));
        assert_eq!(row.attributes["sede"], "Lima");
        assert_eq!(row.attributes["application"], "SAP");
        assert_eq!(row.attributes["resolution"], "in_call");
        assert_eq!(row.sha.len(), 64);
    }

    #[test]
    fn bad_rows_are_set_aside_with_line_and_reason() {
        let found = read_text(
            "1,01/03/2026 08:30,,,,,Abierto,,a,\n\
             ,01/03/2026 08:30,,,,,Abierto,,a,\n\
             3,mañana,,,,,Abierto,,a,\n\
             4,01/03/2026 08:30,,,,,Perdido,x,a,\n\
             5,01/03/2026 08:30,,,,Raro,Abierto,,a,\n\
             6,corta\n\
             7,01/03/2026 08:30,,,,,Cerrado,otro,a,\n",
        );
        let cases: Vec<&str> = found.rows.iter().map(|r| r.case.as_str()).collect();
        assert_eq!(cases, ["1", "7"]);
        let said: Vec<(u64, &str)> = found
            .rejects
            .iter()
            .map(|r| (r.line, r.reason.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (3, "no case"),
                (4, "time `mañana` does not fit `%d/%m/%Y %H:%M`"),
                (5, "unknown state `Perdido` / `x`"),
                (6, "unknown impact `Raro`"),
                (7, "2 columns instead of 10"),
            ]
        );
    }

    #[test]
    fn an_export_in_windows_1252() {
        let text = format!("{HEAD}7,01/03/2026 08:30,Íñigo,,Redes N3,,Abierto,,“a”,\n");
        let bytes: Vec<u8> = text
            .chars()
            .map(|sign| match sign {
                '“' => 0x93,
                '”' => 0x94,
                other => u8::try_from(u32::from(other)).unwrap(),
            })
            .collect();
        let mapping = Mapping::parse(&format!("encoding = 'windows-1252'\n{MAPPING}")).unwrap();
        let found = read_from(bytes.as_slice(), &mapping).unwrap();
        assert_eq!(found.rejects, []);
        assert_eq!(found.rows[0].owner.as_deref(), Some("Íñigo"));
        assert_eq!(found.rows[0].subject.as_deref(), Some("7: “a”"));
        // The same row, however it was written: its hash is that of the text.
        assert_eq!(
            found.rows[0].sha,
            read_text(&text[HEAD.len()..]).rows[0].sha
        );

        let utf_8 = Mapping::parse(MAPPING).unwrap();
        let error = read_from(bytes.as_slice(), &utf_8).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("the first line is not UTF-8"), "{error}");
        assert!(error.contains("`encoding = \"windows-1252\"`"), "{error}");
    }

    #[test]
    fn a_mark_before_the_first_column_is_none_of_its_name() {
        let mapping = Mapping::parse(&format!("encoding = 'utf-8'\n{MAPPING}")).unwrap();
        let text = format!("\u{feff}{HEAD}7,01/03/2026 08:30,,,,,Abierto,,a,\n");
        let found = read_from(text.as_bytes(), &mapping).unwrap();
        assert_eq!((found.rows.len(), found.rejects.len()), (1, 0));
    }

    #[test]
    fn a_day_is_its_midnight_in_the_zone() {
        let day = |format: &str, zone: &str, said: &str| {
            let mapping = format!(
                "tool='t'\ncase={{column='c'}}\ntime={{column='t',format='{format}',zone='{zone}'}}\n\
                 state={{status='s',default='open',map=[]}}"
            );
            let mapping = Mapping::parse(&mapping).unwrap();
            let found = read_from(format!("c,t,s\n1,{said},x\n").as_bytes(), &mapping).unwrap();
            found
                .rows
                .first()
                .map(|row| row.at.to_rfc3339())
                .ok_or_else(|| found.rejects[0].reason.clone())
        };
        let at = |text: &str| Ok(text.to_owned());
        assert_eq!(
            day("%d/%m/%Y", "America/Lima", "01/03/2026"),
            at("2026-03-01T05:00:00+00:00")
        );
        assert_eq!(
            day("%Y-%m-%d", "Europe/Madrid", "2026-07-01"),
            at("2026-06-30T22:00:00+00:00")
        );
        // In Havana clocks go from midnight to one, and back from one to midnight: as with any other time, one that a jump
        // swallows does not exist, and of two the first counts.
        assert_eq!(
            day("%d/%m/%Y", "America/Havana", "08/03/2026"),
            Err("time `08/03/2026` does not exist in America/Havana".to_owned())
        );
        assert_eq!(
            day("%d/%m/%Y", "America/Havana", "01/11/2026"),
            at("2026-11-01T04:00:00+00:00")
        );
        assert_eq!(
            day("%d/%m/%Y", "America/Lima", "01/03/2026 08:30"),
            Err("time `01/03/2026 08:30` does not fit `%d/%m/%Y`".to_owned())
        );
        // A pattern with an hour and no minute is no day: its hour would be lost.
        assert!(day("%d/%m/%Y %H", "America/Lima", "01/03/2026 08").is_err());
    }

    #[test]
    fn the_hash_depends_on_the_content_and_not_on_the_order_of_columns() {
        let mapping = "tool='t'\ncase={column='c'}\ntime={column='t'}\nstate={status='s',default='open',map=[]}";
        let mapping = Mapping::parse(mapping).unwrap();
        let sha = |text: &str| {
            read_from(text.as_bytes(), &mapping).unwrap().rows[0]
                .sha
                .clone()
        };
        let a = sha("c,t,s\n1,2026-01-01T00:00:00Z,x\n");
        assert_eq!(a, sha("s,c,t\nx,1,2026-01-01T00:00:00Z\n"));
        assert_ne!(a, sha("c,t,s\n1,2026-01-01T00:00:00Z,y\n"));
        // printf 'c=1\x1fs=x\x1ft=2026-01-01T00:00:00Z' | sha256sum
        assert_eq!(
            a,
            "43fbe9168c37d32054ea52d8f95b555be469a2f4c69eb81efd181ab51298ba11"
        );
    }

    #[test]
    fn a_missing_column_is_named() {
        let mapping = Mapping::parse(MAPPING).unwrap();
        let error = read_from("caso,fecha\n".as_bytes(), &mapping).unwrap_err();
        assert!(
            format!("{error:#}").contains("no column `técnico`; it has: caso, fecha"),
            "{error:#}"
        );
    }

    #[test]
    fn gzip_on_disk() {
        use std::io::Write as _;
        let dir = std::env::temp_dir().join(format!("ventanilla-import-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("a.csv.gz");
        let mut packer = flate2::write::GzEncoder::new(
            File::create(&path).unwrap(),
            flate2::Compression::fast(),
        );
        packer
            .write_all(format!("{HEAD}1,01/03/2026 08:30,,,,,Abierto,,a,\n").as_bytes())
            .unwrap();
        packer.finish().unwrap();
        let found = read(&path, &Mapping::parse(MAPPING).unwrap()).unwrap();
        assert_eq!(found.rows.len(), 1);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
