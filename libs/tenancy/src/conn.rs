//! A connection whose prepared statements are of one scope each.
//!
//! Postgres keeps a plan only as long as `search_path` is what it was made for: one text that tenants share is analysed
//! and planned anew whenever they take turns, which is more work than running it. So each statement carries its scope's
//! name in a comment, and every tenant has plans of its own on each connection, the least used of which are forgotten
//! ([`crate::DbSettings::statement_cache`]).

use futures::{TryFutureExt as _, TryStreamExt as _, future::BoxFuture, stream::BoxStream};
use sqlx::{
    AssertSqlSafe, Connection as _, Describe, Either, Error, Execute, Executor, Postgres,
    SqlSafeStr as _, SqlStr, Transaction,
    error::BoxDynError,
    postgres::{PgArguments, PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};

use crate::{by_keys::Plans, error::state};

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
        let rows = raw.fetch_many(query);
        Box::pin(rows.inspect_err(move |error| *failure = failure.and(error)))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = self.marked(query);
        let Conn { raw, failure, .. } = self;
        let row = raw.fetch_optional(query);
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
