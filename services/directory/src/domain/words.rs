//! Names, slugs, languages, countries and zones, as they come in.

use std::str::FromStr as _;

use super::problem::Problem;

/// Addresses that mean something else: no tenant or provider takes them.
const RESERVED: &[&str] = &[
    "admin",
    "api",
    "app",
    "auth",
    "directory",
    "events",
    "files",
    "graphql",
    "in",
    "internal",
    "intake",
    "knowledge",
    "login",
    "operator",
    "platform",
    "public",
    "reporting",
    "routing",
    "shared",
    "sla-clock",
    "static",
    "status",
    "ventanilla",
    "www",
];

/// A name of 1 to 120 characters, trimmed, inner blanks single.
///
/// # Errors
/// A problem with `field`.
pub fn name(field: &'static str, text: &str) -> Result<String, Problem> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 || length > 120 || name.chars().any(char::is_control) {
        let message = "El nombre debe tener entre 1 y 120 caracteres.";
        return Err(Problem::at(field, "NAME_INVALID", message));
    }
    Ok(name)
}

/// A short name in URLs and subdomains: a DNS label of 2 to 40 characters.
///
/// # Errors
/// A problem with `slug`.
pub fn slug(text: &str) -> Result<String, Problem> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let well_formed = (2..=40).contains(&text.len())
        && text.chars().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
        // `xn--…` means another alphabet to a browser.
        && !text.contains("--");
    if !well_formed {
        let message = "Use de 2 a 40 letras minúsculas sin tilde, cifras o guiones sueltos.";
        return Err(Problem::at("slug", "SLUG_INVALID", message));
    }
    if RESERVED.contains(&text) {
        let message = "Ese nombre corto está reservado.";
        return Err(Problem::at("slug", "SLUG_TAKEN", message));
    }
    Ok(text.to_owned())
}

/// A slug that somebody else has or had.
pub fn slug_taken() -> Problem {
    Problem::at("slug", "SLUG_TAKEN", "Ese nombre corto ya está en uso.")
}

/// A language tag of BCP 47 (language, script, region), in its canonical case: `es-PE`.
///
/// # Errors
/// A problem with `locale`.
pub fn locale(text: &str) -> Result<String, Problem> {
    let letters = |s: &str| s.chars().all(|c| c.is_ascii_alphabetic());
    let mut parts = text.trim().split('-');
    let language = parts
        .next()
        .filter(|l| (2..=3).contains(&l.len()) && letters(l))
        .map(str::to_ascii_lowercase);
    let mut tag = language;
    let mut region_seen = false;
    for (position, part) in parts.enumerate() {
        let canonical = match part.len() {
            4 if position == 0 && letters(part) => {
                Some(part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase())
            }
            2 if !region_seen && letters(part) => Some(part.to_ascii_uppercase()),
            3 if !region_seen && part.chars().all(|c| c.is_ascii_digit()) => Some(part.to_owned()),
            _ => None,
        };
        region_seen |= part.len() < 4;
        tag = tag
            .zip(canonical)
            .map(|(tag, part)| format!("{tag}-{part}"));
    }
    tag.ok_or_else(|| {
        let message = "Indique un idioma según BCP 47, por ejemplo es-PE.";
        Problem::at("locale", "LOCALE_INVALID", message)
    })
}

/// A country of ISO 3166-1, two letters.
///
/// # Errors
/// A problem with `country`.
pub fn country(text: &str) -> Result<String, Problem> {
    let code = text.trim().to_ascii_uppercase();
    if code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase()) {
        return Ok(code);
    }
    let message = "Indique el país con las dos letras de ISO 3166-1, por ejemplo PE.";
    Err(Problem::at("country", "COUNTRY_INVALID", message))
}

/// A zone of the IANA database, as chrono-tz has it.
///
/// # Errors
/// A problem with `timeZone`.
pub fn time_zone(text: &str) -> Result<String, Problem> {
    chrono_tz::Tz::from_str(text.trim())
        .map(|zone| zone.name().to_owned())
        .map_err(|_| {
            let message = "Indique una zona horaria de IANA, por ejemplo America/Lima.";
            Problem::at("timeZone", "TIME_ZONE_INVALID", message)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_comes_out_canonical() {
        for (text, expected) in [
            ("es", Some("es")),
            ("ES-pe", Some("es-PE")),
            ("es-419", Some("es-419")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("", None),
            ("español", None),
            ("es_PE", None),
            ("es-PE-PE", None),
            ("es-PE-Latn", None),
        ] {
            assert_eq!(locale(text).ok().as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_slug_is_a_dns_label() {
        for good in ["banco-sur", "a1", "x2y"] {
            assert!(slug(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "-a",
            "a-",
            "a--b",
            "Banco",
            "añil",
            "a_b",
            "a.b",
            "graphql",
            &"a".repeat(41),
        ] {
            assert!(slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_is_one_that_calendars_can_use() {
        assert_eq!(time_zone("America/Lima").as_deref(), Ok("America/Lima"));
        assert!(time_zone("America/Macondo").is_err());
        assert!(time_zone("GMT+25").is_err());
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(
            name("name", "  Ana \n Quispe ").as_deref(),
            Ok("Ana Quispe")
        );
        assert!(name("name", " \t ").is_err());
        assert!(name("name", &"a".repeat(121)).is_err());
    }
}
