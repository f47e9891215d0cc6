//! A connection whose prepared statements are of one scope each.
//!
//! Postgres keeps a plan only as long as `search_path` is what it was made for: one text that tenants share is analysed
//! and planned anew whenever they take turns, which is more work than running it. So each statement carries its scope's
//! name in a comment, and every tenant has plans of its own on each connection, the least used of which are forgotten
//! ([`crate::DbSettings::statement_cache`]).

use std::{io, time::Duration};

use futures::{
    Stream, StreamExt as _, TryFutureExt as _, TryStreamExt as _, future::BoxFuture, stream,
    stream::BoxStream,
};
use sqlx::{
    AssertSqlSafe, Connection as _, Describe, Either, Error, Execute, Executor, Postgres,
    SqlSafeStr as _, SqlStr, Transaction,
    error::BoxDynError,
    postgres::{PgArguments, PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};

use tokio::time::timeout;

use crate::{by_keys::Plans, error::state};

/// Longer than any statement of ours takes. Where Postgres' machine goes away without a word, nothing ever says so to whoever
/// waits for its answer: after this the connection counts as gone.
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

/// A connection inside a transaction. It runs sqlx's queries as `&mut PgConnection` does.
#[derive(Debug)]
pub struct Conn {
    raw: PgConnection,
    /// What every prepared text begins with: `/*t_<32 hex>*/`, or nothing for the platform; where plans are kept whatever values
    /// come, `/*t_<32 hex> k*/` and `/*platform k*/`.
    mark: String,
    failure: Failure,
}

/// Why this transaction's statements failed, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// None did, that was seen.
    Unseen,
    /// By rows or by other transactions. The plan was good, and so are the others.
    Passing,
    /// By anything else: perhaps a plan is stale.
    Doubt,
}

impl Failure {
    fn and(self, error: &Error) -> Self {
        match state(error) {
            // That one before it failed.
            Some("25P02") => self,
            // Constraints, serialisation and deadlocks; a lock that did not come in time. What was cancelled for its time may have
            // had a bad plan.
            Some(code)
                if self != Self::Doubt
                    && (code.starts_with("23") || code.starts_with("40") || code == "55P03") =>
            {
                Self::Passing
            }
            _ => Self::Doubt,
        }
    }
}

impl Conn {
    pub(crate) fn new(raw: PgConnection) -> Self {
        Self {
            raw,
            mark: String::new(),
            failure: Failure::Unseen,
        }
    }

    /// From now on it is in the schema `schema`, in a transaction that has just begun. A plan of one kind is none of the other, so
    /// the texts differ too.
    pub(crate) fn moved_to(&mut self, schema: &str, plans: Plans) {
        self.failure = Failure::Unseen;
        let kind = match plans {
            Plans::Own => "",
            Plans::Kept | Plans::Ahead(_) => " k",
        };
        self.mark.clear();
        if schema != "platform" || !kind.is_empty() {
            self.mark.extend(["/*", schema, kind, "*/"]);
        }
    }

    /// For what is sent as it stands: the beginning and the end of transactions.
    pub(crate) fn raw(&mut self) -> &mut PgConnection {
        &mut self.raw
    }

    /// Whether all that its statements are known to have failed by in this transaction leaves plans as good as they were. Not where
    /// nothing is known: then something failed unseen.
    pub(crate) fn failed_in_passing(&self) -> bool {
        self.failure == Failure::Passing
    }

    pub(crate) fn into_raw(self) -> PgConnection {
        self.raw
    }

    /// A savepoint; dropping it goes back to where it began.
    ///
    /// # Errors
    /// What the database says.
    pub async fn savepoint(&mut self) -> Result<Transaction<'_, Postgres>, Error> {
        // What fails within is not seen here.
        self.failure = Failure::Doubt;
        self.raw.begin().await
    }

    fn marked<'q>(&self, mut query: impl Execute<'q, Postgres>) -> Marked {
        let arguments = query.take_arguments();
        let persistent = query.persistent();
        let text = query.sql();
        // Without arguments it is not prepared: there is no plan to keep.
        let text = if self.mark.is_empty() || matches!(arguments, Ok(None)) {
            text
        } else {
            let text = [self.mark.as_str(), text.as_str()].concat();
            // It was safe before, and the mark is made of a schema's name and a letter.
            AssertSqlSafe(text).into_sql_str()
        };
        Marked {
            text,
            arguments,
            persistent,
        }
    }
}

/// Nothing came in time.
pub(crate) fn silent() -> Error {
    Error::Io(io::Error::new(
        io::ErrorKind::TimedOut,
        "Postgres does not answer any more",
    ))
}

/// The same, until nothing comes for too long.
fn bounded<'e, T: 'e>(
    rows: BoxStream<'e, Result<T, Error>>,
) -> impl Stream<Item = Result<T, Error>> + Send + 'e {
    stream::unfold(Some(rows), async |rows| {
        let mut rows = rows?;
        match timeout(LONGEST, rows.next()).await {
            Ok(row) => Some((row?, Some(rows))),
            Err(_) => Some((Err(silent()), None)),
        }
    })
}

/// A query under its scope's text.
struct Marked {
    text: SqlStr,
    arguments: Result<Option<PgArguments>, BoxDynError>,
    persistent: bool,
}

impl Execute<'_, Postgres> for Marked {
    fn sql(self) -> SqlStr {
        self.text
    }

    fn statement(&self) -> Option<&PgStatement> {
        None
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        std::mem::replace(&mut self.arguments, Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

impl<'c> Executor<'c> for &'c mut Conn {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = self.marked(query);
        let Conn { raw, failure, .. } = self;
        let rows = bounded(raw.fetch_many(query));
        Box::pin(rows.inspect_err(move |error| *failure = failure.and(error)))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = self.marked(query);
        let Conn { raw, failure, .. } = self;
        let row = timeout(LONGEST, raw.fetch_optional(query))
            .map_ok_or_else(|_| Err(silent()), |row| row);
        Box::pin(row.inspect_err(move |error| *failure = failure.and(error)))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        let Conn { raw, failure, .. } = self;
        let prepared = raw.prepare_with(sql, parameters);
        Box::pin(prepared.inspect_err(move |error| *failure = failure.and(error)))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        let Conn { raw, failure, .. } = self;
        let described = raw.describe(sql);
        Box::pin(described.inspect_err(move |error| *failure = failure.and(error)))
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt as _, stream};

    use super::{LONGEST, bounded};

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_says_another_word_is_gone() {
        let began = tokio::time::Instant::now();
        let words = stream::iter([Ok(1), Ok(2)]).chain(stream::pending());
        let heard: Vec<Result<i32, sqlx::Error>> = bounded(words.boxed()).collect().await;
        assert!(matches!(heard[..2], [Ok(1), Ok(2)]));
        assert!(matches!(&heard[2..], [Err(sqlx::Error::Io(_))]));
        assert_eq!(began.elapsed(), LONGEST);
    }
}
