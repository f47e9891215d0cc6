//! A connection whose prepared statements are of one scope each.
//!
//! Postgres keeps a plan only as long as `search_path` is what it was made for: one text that tenants share is analysed
//! and planned anew whenever they take turns, which is more work than running it. So each statement carries its scope's
//! name in a comment, and every tenant has plans of its own on each connection, the least used of which are forgotten
//! ([`crate::DbSettings::statement_cache`]).

use futures::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    AssertSqlSafe, Connection as _, Describe, Either, Error, Execute, Executor, Postgres,
    SqlSafeStr as _, SqlStr, Transaction,
    error::BoxDynError,
    postgres::{PgArguments, PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};

use crate::by_keys::Plans;

/// A connection inside a transaction. It runs sqlx's queries as `&mut PgConnection` does.
#[derive(Debug)]
pub struct Conn {
    raw: PgConnection,
    /// What every prepared text begins with: `/*t_<32 hex>*/`, or nothing for the platform; where plans are kept whatever values
    /// come, `/*t_<32 hex> k*/` and `/*platform k*/`.
    mark: String,
}

impl Conn {
    pub(crate) fn new(raw: PgConnection) -> Self {
        Self {
            raw,
            mark: String::new(),
        }
    }

    /// From now on it is in the schema `schema`. A plan of one kind is none of the other, so the texts differ too.
    pub(crate) fn moved_to(&mut self, schema: &str, plans: Plans) {
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

    pub(crate) fn into_raw(self) -> PgConnection {
        self.raw
    }

    /// A savepoint; dropping it goes back to where it began.
    ///
    /// # Errors
    /// What the database says.
    pub async fn savepoint(&mut self) -> Result<Transaction<'_, Postgres>, Error> {
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
        self.raw.fetch_many(query)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let query = self.marked(query);
        self.raw.fetch_optional(query)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        self.raw.prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        self.raw.describe(sql)
    }
}
