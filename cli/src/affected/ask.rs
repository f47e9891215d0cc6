//! One table's rows, by person: SQL made from the register. Of a row nothing is read but whose it is, which ticket it belongs
//! to, and which of its personal parts are there; never the parts themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ids::TenantId;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::register::{Category, Shown, Table};
use super::sight::Sight;

/// Ids of people as facts and JSON hold them.
const WRITTEN_ID: &str = "(per_[0-9a-hjkmnp-tv-z]{26})";

/// The time that was exposed. A row without a time is always in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    /// Rows that were made or changed before it are not in it.
    pub since: Option<DateTime<Utc>>,
    /// Rows that were made at it or later are not in it.
    pub until: Option<DateTime<Utc>>,
}

/// Whose rows are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// Everybody's in the schema.
    All,
    /// A tenant's or provider's, in a schema that several share.
    Of(Uuid),
    /// There, those that are of none of them.
    Rest,
}

/// What is looked at.
#[derive(Debug)]
pub struct View<'a> {
    /// What was exposed.
    pub sight: &'a Sight,
    /// The tenant in whose context an account looks; none: in any of its own.
    pub tenant: Option<TenantId>,
    /// Whose rows.
    pub whose: Whose,
    /// Of which time.
    pub window: Window,
}

/// Which rows of a table an exposed account sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    All,
    Own,
}

impl View<'_> {
    fn rows(&self, table: &Table) -> Option<Rows> {
        let Sight::Account(account) = self.sight else {
            return Some(Rows::All);
        };
        if account.caller.kind == access::CallerKind::Operator {
            return table.operator.then_some(Rows::All);
        }
        if table.seen.is_some_and(|p| account.may(self.tenant, p)) {
            return Some(Rows::All);
        }
        table.own.is_some().then_some(Rows::Own)
    }

    fn shows(&self, part: Shown, operator: bool) -> bool {
        let Sight::Account(account) = self.sight else {
            return true;
        };
        match part {
            Shown::WithTheRow => true,
            Shown::To(permission) => {
                account.may(self.tenant, permission)
                    || (operator && account.caller.kind == access::CallerKind::Operator)
            }
            Shown::Never => false,
        }
    }
}

/// Rows of a table, of one person and one ticket.
#[derive(Debug, sqlx::FromRow)]
pub struct Row {
    /// The person's id, as a UUID or as facts write it; none: of nobody in particular.
    pub whose: Option<String>,
    /// The ticket.
    pub ticket: Option<Uuid>,
    /// How many. A row that names somebody in both ways counts twice.
    pub records: i64,
    /// How many of them hold something of each of the statement's categories.
    pub held: Vec<i64>,
}

/// A statement, and what its columns `held` stand for.
pub struct Ask {
    /// The statement.
    pub query: QueryBuilder<Postgres>,
    /// The categories.
    pub categories: Vec<Category>,
}

/// The statement that looks into a table; none if there is nothing of people in it for this view.
pub fn statement(name: &str, table: &Table, view: &View<'_>) -> Option<Ask> {
    let rows = view.rows(table)?;
    let shown = |part: Shown| view.shows(part, table.operator);
    let persons = table.persons.iter().filter(|p| shown(p.shown));
    let persons: Vec<String> = persons.map(|p| format!("(({})::text)", p.sql)).collect();
    let mentions = table.mentions.iter().filter(|p| shown(p.shown));
    let mentions: Vec<String> = mentions.map(|p| format!("({})::text", p.sql)).collect();
    let mut held: BTreeMap<Category, Vec<String>> = BTreeMap::new();
    for personal in table.personal.iter().filter(|p| shown(p.part.shown)) {
        let there = format!("({}) IS NOT NULL", personal.part.sql);
        held.entry(personal.category).or_default().push(there);
    }
    let linked = !(persons.is_empty() && mentions.is_empty());
    if (!linked && held.is_empty()) || (matches!(view.whose, Whose::Of(_)) && table.of.is_none()) {
        return None;
    }

    let counts: Vec<String> = held
        .values()
        .map(|parts| format!("count(*) FILTER (WHERE {})", parts.join(" OR ")))
        .collect();
    let counts = counts.join(", ");
    let (whose, ticket) = match &table.ticket {
        _ if !linked => ("NULL::text", "NULL::uuid".to_owned()),
        // What is nobody's in particular is not counted ticket by ticket.
        Some(sql) => (
            "p.whose",
            format!("CASE WHEN p.whose IS NOT NULL THEN {sql} END"),
        ),
        None => ("p.whose", "NULL::uuid".to_owned()),
    };
    let mut q = QueryBuilder::<Postgres>::new(format!(
        "SELECT {whose} AS whose, {ticket} AS ticket, count(*) AS records, ARRAY[{counts}]::bigint[] AS held FROM {name} AS r"
    ));
    if linked {
        q.push(" LEFT JOIN LATERAL (");
        q.push(ids_in_row(&persons, &mentions));
        q.push(") AS p ON true");
    }
    q.push(" WHERE true");
    conditions(&mut q, table, view, rows);
    q.push(" GROUP BY 1, 2");
    Some(Ask {
        query: q,
        categories: held.into_keys().collect(),
    })
}

/// Each id in a row, once.
fn ids_in_row(persons: &[String], mentions: &[String]) -> String {
    let mut sql = String::new();
    if !persons.is_empty() {
        let _ = write!(
            sql,
            "SELECT v.whose FROM (VALUES {}) AS v (whose) WHERE v.whose IS NOT NULL",
            persons.join(", ")
        );
    }
    if !persons.is_empty() && !mentions.is_empty() {
        sql.push_str(" UNION ");
    }
    if !mentions.is_empty() {
        let _ = write!(
            sql,
            "SELECT DISTINCT m.found[1] AS whose FROM regexp_matches(concat_ws(' ', {}), '{WRITTEN_ID}', 'g') AS m (found)",
            mentions.join(", ")
        );
    }
    sql
}

fn conditions(q: &mut QueryBuilder<Postgres>, table: &Table, view: &View<'_>, rows: Rows) {
    match (view.whose, &table.of) {
        (Whose::Of(owner), Some(of)) => {
            q.push(format!(" AND {of} = ")).push_bind(owner);
        }
        // Operators' rows bear the nil id.
        (Whose::Rest, Some(of)) => {
            q.push(format!(" AND coalesce({of}, "))
                .push_bind(Uuid::nil())
                .push(") = ")
                .push_bind(Uuid::nil());
        }
        _ => {}
    }
    if let Some((since, changed)) = view
        .window
        .since
        .zip(table.changed.as_ref().or(table.at.as_ref()))
    {
        q.push(format!(" AND ({changed} IS NULL OR {changed} >= "))
            .push_bind(since)
            .push(")");
    }
    if let Some((until, at)) = view.window.until.zip(table.at.as_ref()) {
        q.push(format!(" AND ({at} IS NULL OR {at} < "))
            .push_bind(until)
            .push(")");
    }
    let Sight::Account(account) = view.sight else {
        return;
    };
    if let Some(own) = table.own.as_ref().filter(|_| rows == Rows::Own) {
        q.push(" AND (");
        for (place, piece) in own.split("$account").enumerate() {
            if place > 0 {
                q.push_bind(account.person());
            }
            q.push(piece);
        }
        q.push(")");
    }
    if let Some(hidden) = &table.hidden
        && !account.may(view.tenant, hidden.unless)
    {
        q.push(format!(" AND NOT ({})", hidden.rows));
    }
}

#[cfg(test)]
mod tests {
    use access::{Caller, CallerKind, Role, TenantGrant};
    use ids::PersonId;

    use super::super::register::{Register, Scope};
    use super::super::sight::Account;
    use super::*;

    const TICKETS: &str = "[tenant.ticket]\npersons = [\"requester\"]\nticket = \"r.id\"\nat = \"r.opened_at\"\n\
         seen = \"read_tickets\"\nown = \"r.requester = $account\"\nhidden = { rows = \"r.internal\", unless = \"read_notes\" }\n\
         personal = { subject = \"texts\", secret = \"credentials: never\" }\nother = [\"id\", \"opened_at\"]";

    fn asked(sight: &Sight, tenant: TenantId, window: Window) -> Option<(String, Vec<Category>)> {
        let register = Register::read(TICKETS).unwrap();
        let (name, table) = register
            .tables(Scope::Tenant)
            .find(|t| t.0 == "ticket")
            .unwrap();
        let view = View {
            sight,
            tenant: Some(tenant),
            whose: Whose::All,
            window,
        };
        let ask = statement(name, table, &view)?;
        Some((ask.query.into_string(), ask.categories))
    }

    fn account(role: Role, tenant: TenantId) -> Sight {
        Sight::Account(Box::new(Account {
            name: String::new(),
            caller: Caller {
                kind: CallerKind::Person,
                person: PersonId::from_uuid(Uuid::from_u128(9)),
                provider: None,
                tenants: vec![TenantGrant {
                    id: tenant,
                    roles: vec![role],
                }],
                chosen: None,
            },
        }))
    }

    #[test]
    fn a_copy_of_the_rows_shows_all_of_them_and_what_the_graph_hides() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let (sql, categories) = asked(&Sight::Everything, tenant, Window::default()).unwrap();
        assert_eq!(categories, [Category::Credentials, Category::Texts]);
        assert!(!sql.contains("internal") && !sql.contains("$1"), "{sql}");
    }

    #[test]
    fn an_account_is_shown_what_its_roles_are_shown() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let of = |role, at| asked(&account(role, tenant), at, Window::default());
        let (sql, categories) = of(Role::Requester, tenant).unwrap();
        assert_eq!(categories, [Category::Texts]);
        assert!(sql.contains("(r.requester = $1)"), "{sql}");
        assert!(sql.contains("NOT (r.internal)"), "{sql}");
        let (sql, _) = of(Role::Integrator, tenant).unwrap();
        assert!(
            !sql.contains("$1") && sql.contains("NOT (r.internal)"),
            "{sql}"
        );
        let (sql, _) = of(Role::Agent, tenant).unwrap();
        assert!(!sql.contains("r.internal"), "{sql}");
    }

    #[test]
    fn a_window_leaves_out_what_was_made_after_it() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let window = Window {
            since: None,
            until: DateTime::from_timestamp(0, 0),
        };
        let (sql, _) = asked(&Sight::Everything, tenant, window).unwrap();
        assert!(
            sql.contains("(r.opened_at IS NULL OR r.opened_at < $1)"),
            "{sql}"
        );
    }
}
