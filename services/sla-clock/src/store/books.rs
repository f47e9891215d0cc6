//! What a process keeps of its tenants' books: compiled calendars, and whole books by their version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use business_time::Calendar;
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::agreements;
use super::notices::HoursKept;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;

/// Compiled calendars: a version never changes, so neither does what was compiled from it.
#[derive(Debug, Clone, Default)]
pub struct Calendars(Arc<Mutex<Compiled>>);

type Version = (TenantId, CalendarId, i32);
/// With the text that it was compiled from: a version that was never committed may have said something else.
type Compiled = HashMap<Version, (String, Calendar)>;

/// Enough for the tenants of one process; above it, it is filled anew.
const MOST_COMPILED: usize = 5_000;
/// The same for whole books.
const MOST_BOOKS: usize = 1_000;

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Calendars {
    /// A version, if it was compiled before from the same text.
    pub(super) fn get(&self, key: Version, spec: &str) -> Option<Calendar> {
        let all = locked(&self.0);
        let (_, calendar) = all.get(&key).filter(|(of, _)| of == spec)?;
        Some(calendar.clone())
    }

    /// Keeps a version.
    pub(super) fn put(&self, key: Version, spec: String, calendar: Calendar) {
        let mut all = locked(&self.0);
        if all.len() >= MOST_COMPILED {
            all.clear();
        }
        all.insert(key, (spec, calendar));
    }
}

/// Whole books. Only what was committed is kept: whoever edits a book reads it with [`agreements::book`].
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Compiled calendars, of every version of every book.
    pub calendars: Calendars,
    /// When tenants' people may be told.
    pub notification: HoursKept,
    kept: Arc<Mutex<HashMap<TenantId, Arc<Rulebook>>>>,
}

impl Books {
    /// A tenant's book of that version, which the transaction has just seen; read only if it is not the one kept.
    pub async fn of(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        version: i64,
    ) -> Result<Arc<Rulebook>, Error> {
        let kept = locked(&self.kept).get(&tenant).cloned();
        if let Some(book) = kept.filter(|book| book.version == version) {
            return Ok(book);
        }
        let book = agreements::book(tx, tenant, &self.calendars).await?;
        let book = Arc::new(book.rulebook());
        let mut all = locked(&self.kept);
        if all.len() >= MOST_BOOKS {
            all.clear();
        }
        all.insert(tenant, book.clone());
        Ok(book)
    }
}
