//! What a caller can put right: goes into the payload, not into the errors.

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The input field it is about, if it is about one.
    pub field: Option<&'static str>,
    /// For programs: `STALE_VERSION`.
    pub code: &'static str,
    /// For people, in Spanish.
    pub message: String,
}

impl Problem {
    /// A problem of one input field.
    pub fn of(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field),
            code,
            message: message.into(),
        }
    }

    /// A problem of the whole request.
    pub fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: None,
            code,
            message: message.into(),
        }
    }

    /// Somebody changed the ticket since the caller read it.
    pub fn stale(now: i64) -> Self {
        Self::of(
            "expectedVersion",
            "STALE_VERSION",
            format!("El ticket cambió mientras tanto (versión actual {now}): vuelva a leerlo"),
        )
    }
}

/// A text that must be there and must not exceed `max` characters. Blank counts as missing.
pub fn text(field: &'static str, value: &str, max: usize, problems: &mut Vec<Problem>) {
    if value.trim().is_empty() {
        problems.push(Problem::of(field, "REQUIRED", "Este campo es obligatorio"));
    } else {
        at_most(field, value, max, problems);
    }
}

/// A text that may be missing, but must not exceed `max` characters.
pub fn at_most(field: &'static str, value: &str, max: usize, problems: &mut Vec<Problem>) {
    if value.chars().count() > max {
        problems.push(Problem::of(
            field,
            "TOO_LONG",
            format!("Como máximo {max} caracteres"),
        ));
    }
    // Postgres stores no NUL.
    if value.contains('\0') {
        problems.push(Problem::of(
            field,
            "INVALID_CHARACTER",
            "El texto contiene un carácter no permitido",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        let mut problems = Vec::new();
        text("subject", "ñandú", 5, &mut problems);
        assert!(problems.is_empty());
        text("subject", "ñandús", 5, &mut problems);
        text("subject", "  ", 5, &mut problems);
        assert_eq!(
            problems.iter().map(|p| p.code).collect::<Vec<_>>(),
            ["TOO_LONG", "REQUIRED"]
        );
    }
}
