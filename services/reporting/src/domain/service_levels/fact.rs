//! The fact behind an exclusion, as the platform knows it: beside the words of those who propose it.
//!
//! Of agreed windows and of volume both sides wrote down beforehand what counts as such, so a proposal that the facts gainsay
//! is refused. How long a ticket waited for the client is shown alone: who forgot to set the state can still show it by
//! evidence. Of force majeure there is nothing that the platform could know.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::evaluation::Inputs;
use super::exclusion::{Exclusion, Reason, Subject};
use super::level::LevelSet;
use super::volume::Band;
use super::windows::{Opening, cover};
use crate::domain::problem::Problem;

/// What is known. Each part is told where the reason of the exclusion asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Seconds that the ticket waited for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_for_client_s: Option<i64>,
    /// The agreed windows that it touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Opening>,
    /// The month's volume of the level; none: nothing was entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<i64>,
    /// The band that is agreed of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// Whether it is as the reason says; none: the platform cannot know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supported: Option<bool>,
}

impl Fact {
    /// Of an exclusion. `inputs` tell what is agreed and hold the cases of its ticket, if it is by an agreed window; `waited_s`:
    /// how long its ticket waited for the client; `volume`: that of its level.
    pub fn of(exclusion: &Exclusion, inputs: &Inputs, waited_s: i64, volume: Option<i64>) -> Self {
        match exclusion.reason {
            Reason::ForceMajeure => Self::default(),
            Reason::ClientDependency => exclusion.ticket().map_or_else(Self::default, |_| Self {
                waited_for_client_s: Some(waited_s),
                supported: Some(waited_s > 0),
                ..Self::default()
            }),
            Reason::AgreedWindow => Self::of_windows(exclusion, inputs),
            Reason::VolumeOutsideBand => Self::of_volume(exclusion, inputs, volume),
        }
    }

    fn of_windows(exclusion: &Exclusion, inputs: &Inputs) -> Self {
        let zone = inputs.time_zone.parse().unwrap_or(Tz::UTC);
        let agreed = &inputs.set.windows;
        let (windows, inside) = match &exclusion.subject {
            Subject::Interval { from, to, .. } => {
                let touched = agreed.openings(zone, *from, *to);
                let inside = cover(&touched, *from, *to);
                (touched, inside)
            }
            Subject::Ticket(_) => {
                let instants = inputs.instants(exclusion);
                let mut touched = match (instants.iter().min(), instants.iter().max()) {
                    (Some(first), Some(last)) => {
                        agreed.openings(zone, *first, *last + TimeDelta::seconds(1))
                    }
                    _ => Vec::new(),
                };
                touched.retain(|o| instants.iter().any(|at| o.holds(*at)));
                let mut all = instants.iter();
                // Where nothing counts against the provider there is nothing that a window could excuse.
                let inside = !instants.is_empty()
                    && all.all(|at| touched.iter().any(|opening| opening.holds(*at)));
                (touched, inside)
            }
        };
        Self {
            windows,
            supported: Some(inside),
            ..Self::default()
        }
    }

    fn of_volume(exclusion: &Exclusion, inputs: &Inputs, volume: Option<i64>) -> Self {
        let named = exclusion.level.as_deref();
        let level = named.and_then(|code| inputs.set.level(code));
        let band = level.and_then(|l| l.volume_band);
        let over = inputs.as_of >= inputs.to;
        let supported = band
            .zip(volume)
            .map(|(band, volume)| band.is_left_by(volume, over));
        Self {
            volume,
            band,
            supported,
            ..Self::default()
        }
    }
}

/// What stands in the way of a proposal whose reason is a fact that both sides wrote down beforehand.
pub fn fault(exclusion: &Exclusion, set: &LevelSet, fact: &Fact) -> Option<Problem> {
    match exclusion.reason {
        Reason::ForceMajeure | Reason::ClientDependency => None,
        Reason::AgreedWindow => window_fault(exclusion, set, fact),
        Reason::VolumeOutsideBand => volume_fault(exclusion, fact),
    }
}

fn window_fault(exclusion: &Exclusion, set: &LevelSet, fact: &Fact) -> Option<Problem> {
    if set.windows.is_empty() {
        return Some(Problem::at(
            "reason",
            "NO_WINDOW_AGREED",
            "En lo acordado para ese mes no hay ventanas.",
        ));
    }
    if fact.supported == Some(true) {
        return None;
    }
    let (field, message) = match exclusion.subject {
        Subject::Ticket(_) => (
            "ticket",
            "Lo que el caso cuenta en contra no cae en ninguna ventana acordada.",
        ),
        Subject::Interval { .. } => (
            "interval",
            "El intervalo debe estar entero dentro de las ventanas acordadas.",
        ),
    };
    Some(Problem::at(field, "OUTSIDE_WINDOW", message))
}

fn volume_fault(exclusion: &Exclusion, fact: &Fact) -> Option<Problem> {
    let (code, message) = if exclusion.level.is_none() {
        (
            "LEVEL_MISSING",
            "El volumen es el de un nivel de servicio: diga de cuál.",
        )
    } else if fact.band.is_none() {
        (
            "NO_BAND_AGREED",
            "Para ese nivel de servicio no se acordó una banda de volumen.",
        )
    } else if fact.volume.is_none() {
        (
            "VOLUME_UNKNOWN",
            "No se conoce el volumen de ese mes: anote primero el valor.",
        )
    } else if fact.supported != Some(true) {
        (
            "WITHIN_BAND",
            "El volumen conocido del mes está dentro de la banda; que sean pocos se sabe cuando el mes termina.",
        )
    } else {
        return None;
    };
    Some(Problem::at("level", code, message))
}

#[cfg(test)]
#[path = "fact_tests.rs"]
mod tests;
