//! E-mail addresses, as far as a login needs them.

use super::problem::Problem;

/// An address that may exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    shown: String,
    key: String,
}

impl Email {
    /// Reads an address: one `@`, a local part of at most 64 bytes (RFC 5321), a domain with a dot.
    ///
    /// # Errors
    /// A problem with `email`.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let shown = text.trim();
        let plain = |s: &str| !s.chars().any(|c| c.is_whitespace() || c.is_control());
        let well_formed = shown.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && local.len() <= 64
                && plain(local)
                && plain(domain)
                && !domain.contains('@')
                && domain.contains('.')
                && domain
                    .split('.')
                    .all(|label| !label.is_empty() && label.len() <= 63)
        });
        if !well_formed || shown.len() > 254 {
            return Err(Problem::at(
                "email",
                "EMAIL_INVALID",
                "La dirección de correo no es válida.",
            ));
        }
        Ok(Self {
            key: shown.to_lowercase(),
            shown: shown.to_owned(),
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// What makes two addresses the same. Local parts are case-sensitive on paper and nowhere else.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Before the `@`, in lower case.
    pub fn local(&self) -> &str {
        self.key.split('@').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_make_another_address() {
        let one = Email::read("  Ana.Quispe@Ejemplo.PE ").unwrap();
        assert_eq!(
            one.key(),
            Email::read("ana.quispe@ejemplo.pe").unwrap().key()
        );
        assert_eq!(one.as_str(), "Ana.Quispe@Ejemplo.PE");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ana",
            "ana@",
            "@x.pe",
            "a@b",
            "a b@x.pe",
            "a@x..pe",
            "a@x@y.pe",
            "a@.pe",
            "a\u{0}@x.pe",
        ] {
            assert!(Email::read(text).is_err(), "{text:?}");
        }
        assert!(Email::read(&format!("{}@x.pe", "a".repeat(65))).is_err());
    }
}
