//! `ventanilla migrate`: databases, roles, every schema of every tenant, then exchanges and queues. Safe to repeat, and
//! to go on with after it was interrupted. A service that fails does not keep the others from being migrated.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tenancy::Progress;

use crate::platform::Name;
use crate::settings::Settings;

/// How often a service's progress is told at most.
const BETWEEN: Duration = Duration::from_secs(1);

/// Migrates everything and says what is done, and what is not.
///
/// # Errors
/// After everything was tried: names what was not migrated.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for name in Name::ALL {
        let told = RefCell::new(Told::default());
        let report = tenancy::migrate(&settings.db(), name.schema(), |progress| {
            if let Some(line) = told.borrow_mut().line(&progress, Instant::now()) {
                println!("{:<10} {line}", name.as_str());
            }
        })
        .await;
        match report {
            Ok(report) => println!("{:<10} {report}", name.as_str()),
            Err(error) => {
                eprintln!("{:<10} {error}", name.as_str());
                failed.push(name.as_str());
            }
        }
    }
    messaging::declare(&settings.bus())
        .await
        .context("declaring exchanges and queues")?;
    println!("{:<10} exchanges and queues stand", "broker");
    anyhow::ensure!(
        failed.is_empty(),
        "not everything was migrated: {}; mend it and run it again, it goes on where it stopped",
        failed.join(", ")
    );
    Ok(())
}

/// What was said of one service's progress: thousands of schemas are a line now and then.
#[derive(Debug, Default)]
struct Told {
    last: Option<Instant>,
    failed: usize,
}

impl Told {
    /// The line for what has just happened; none if one was said a moment ago, or it is not worth one.
    fn line(&mut self, progress: &Progress, now: Instant) -> Option<String> {
        let line = match progress {
            Progress::Database {
                name,
                created: true,
            } => format!("database {name} made"),
            Progress::Pending { schemas } => format!("{schemas} schemas to be migrated"),
            Progress::Done { done, of } if self.failed == 0 => {
                format!("{done} of {of} schemas migrated")
            }
            Progress::Done { done, of } => {
                format!(
                    "{done} of {of} schemas done, {} of them failed",
                    self.failed
                )
            }
            Progress::Failed(_) => {
                self.failed += 1;
                return None;
            }
            Progress::Database { .. } | Progress::Applied { .. } => return None,
        };
        if self.last.is_some_and(|last| now - last < BETWEEN) {
            return None;
        }
        self.last = Some(now);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use ids::ProviderId;
    use tenancy::{Failure, Scope};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_line_a_second_tells_how_far_it_is_and_what_failed() {
        let begun = Instant::now();
        let after = |millis| begun + Duration::from_millis(millis);
        let mut told = Told::default();
        let nothing = Progress::Database {
            name: "vent_intake".to_owned(),
            created: false,
        };
        assert_eq!(told.line(&nothing, begun), None);
        let pending = Progress::Pending { schemas: 3000 };
        assert_eq!(
            told.line(&pending, begun).as_deref(),
            Some("3000 schemas to be migrated")
        );
        let done = |done| Progress::Done { done, of: 3000 };
        assert_eq!(told.line(&done(1), after(1)), None);
        assert_eq!(told.line(&done(400), after(999)), None);
        assert_eq!(
            told.line(&done(401), after(1000)).as_deref(),
            Some("401 of 3000 schemas migrated")
        );
        let failure = Failure {
            scope: Scope::Provider(ProviderId::from_uuid(Uuid::nil())),
            migration: "2026-11-23-000-staff",
            error: "already exists".to_owned(),
        };
        assert_eq!(told.line(&Progress::Failed(failure), after(1500)), None);
        assert_eq!(told.line(&done(402), after(1999)), None);
        assert_eq!(
            told.line(&done(900), after(2000)).as_deref(),
            Some("900 of 3000 schemas done, 1 of them failed")
        );
    }
}
