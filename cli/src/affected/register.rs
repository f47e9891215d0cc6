//! The register of personal data: each service's `personal-data.toml`, and tenancy's for the tables that all have.
//!
//! The drill asks about what stands here and about nothing else, so it compares the register with the live tables each
//! time ([`Register::differences`]): a column that nobody listed is said, and fails the command.
//!
//! A table stands under its schema's scope, `[tenant.ticket]`, with
//! - `other`: columns that tell nothing of anybody; `personal`: those that do, with their category. A key that is no column
//!   is SQL over the row `r`: it counts where it is not null. `like` takes all of it from another table;
//! - `persons`: columns (or SQL) with the ids of those whose row it is; `mentions`: personal columns in whose text ids stand
//!   as facts write them; `as`: what a row is to them beside its personal columns (`activity`, if nothing is said);
//! - `of`: in a schema that tenants share, whose row it is (tenant or provider); `ticket`: which ticket it belongs to;
//!   `at` and `changed`: when it was made, and last changed. A row without a time is of any time;
//! - who is shown it by the graph: `seen`, a permission; `own`, the rows that whoever sees but its own tickets is shown;
//!   `hidden`, rows that need another permission; `operator`. A category or person may be followed by `: permission`, or by
//!   `: never`. Without `seen` and `own` nobody is shown it;
//! - `card`: it says what people are called, and how they are reached.

use std::collections::{BTreeMap, BTreeSet};

use access::Permission;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

/// What is held of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Name and language.
    Identity,
    /// Addresses, also as a keyed hash.
    Contact,
    /// Hashes of passwords and of refresh tokens.
    Credentials,
    /// Roles, country, site, special care, for whom one works.
    Work,
    /// What somebody wrote, or what was written on somebody's ticket.
    Texts,
    /// What somebody did or asked for, and when.
    Activity,
    /// An id alone, in the machinery.
    Trace,
}

impl Category {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Identity => "identidad",
            Self::Contact => "contacto",
            Self::Credentials => "credenciales (hash)",
            Self::Work => "puesto de trabajo",
            Self::Texts => "textos",
            Self::Activity => "actividad",
            Self::Trace => "rastro técnico",
        }
    }

    /// Whether it tells something of somebody even in a row that is nobody's in particular.
    pub const fn speaks(self) -> bool {
        !matches!(self, Self::Activity | Self::Trace)
    }

    fn read(word: &str) -> anyhow::Result<Self> {
        Ok(match word {
            "identity" => Self::Identity,
            "contact" => Self::Contact,
            "credentials" => Self::Credentials,
            "work" => Self::Work,
            "texts" => Self::Texts,
            "activity" => Self::Activity,
            "trace" => Self::Trace,
            other => anyhow::bail!("no such category: {other}"),
        })
    }
}

/// Whose schema a table stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A tenant's.
    Tenant,
    /// A provider's.
    Provider,
    /// The service's own.
    Platform,
}

impl Scope {
    /// As in the register.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Provider => "provider",
            Self::Platform => "platform",
        }
    }
}

/// To whom the graph shows a part of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// To whoever is shown the row.
    WithTheRow,
    /// To those among them with this permission.
    To(Permission),
    /// To nobody.
    Never,
}

/// Part of a row: a column, or SQL over it.
#[derive(Debug, Clone)]
pub struct Part {
    /// The SQL.
    pub sql: String,
    /// To whom it is shown.
    pub shown: Shown,
}

/// A personal part of a row.
#[derive(Debug, Clone)]
pub struct Personal {
    /// Where it is.
    pub part: Part,
    /// What it is.
    pub category: Category,
}

/// What sort of somebody a table names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person of the client.
    Client,
    /// One of the provider's staff.
    Staff,
    /// An owner in another tool's history.
    Imported,
    /// Runs the platform.
    Operator,
    /// A machine: nobody.
    Machine,
    /// An id that no table names.
    Unknown,
}

impl Kind {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Client => "cliente",
            Self::Staff => "proveedor",
            Self::Imported => "importada",
            Self::Operator => "operador",
            Self::Machine => "máquina",
            Self::Unknown => "desconocida",
        }
    }
}

/// A table that says what people are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What sort of people.
    pub kind: Kind,
    /// The column with their id.
    pub id: String,
    /// The column with their name, if they have one.
    pub name: Option<String>,
    /// Columns with addresses and numbers.
    #[serde(default)]
    pub reach: Vec<String>,
}

/// Rows that need a further permission.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// Which.
    pub rows: String,
    /// From everybody without this permission.
    pub unless: Permission,
}

/// What a table holds of people. The fields are explained above.
#[derive(Debug, Clone)]
pub struct Table {
    pub persons: Vec<Part>,
    pub mentions: Vec<Part>,
    pub presence: Category,
    pub personal: Vec<Personal>,
    pub of: Option<String>,
    pub ticket: Option<String>,
    pub at: Option<String>,
    pub changed: Option<String>,
    pub seen: Option<Permission>,
    pub own: Option<String>,
    pub hidden: Option<Hidden>,
    pub operator: bool,
    pub card: Option<Card>,
    columns: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    tenant: BTreeMap<String, Entry>,
    #[serde(default)]
    provider: BTreeMap<String, Entry>,
    #[serde(default)]
    platform: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    like: Option<String>,
    #[serde(default)]
    persons: Vec<String>,
    #[serde(default)]
    mentions: Vec<String>,
    #[serde(rename = "as")]
    presence: Option<Category>,
    #[serde(default)]
    personal: BTreeMap<String, String>,
    #[serde(default)]
    other: Vec<String>,
    of: Option<String>,
    ticket: Option<String>,
    at: Option<String>,
    changed: Option<String>,
    seen: Option<String>,
    own: Option<String>,
    hidden: Option<HiddenEntry>,
    #[serde(default)]
    operator: bool,
    card: Option<Card>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct HiddenEntry {
    rows: String,
    unless: String,
}

/// What a service's tables hold of people.
#[derive(Debug)]
pub struct Register(BTreeMap<(Scope, String), Table>);

impl Register {
    /// A service's own register, with tenancy's.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(own: &str) -> anyhow::Result<Self> {
        let own: File = toml::from_str(own)?;
        let base: File = toml::from_str(tenancy::PERSONAL_DATA)?;
        let mut all = BTreeMap::new();
        let scopes = [
            (Scope::Tenant, [own.tenant, base.tenant.clone()]),
            (Scope::Provider, [own.provider, base.tenant]),
            (Scope::Platform, [own.platform, base.platform]),
        ];
        for (scope, files) in scopes {
            for file in files {
                for (name, entry) in &file {
                    let place = || format!("{}.{name}", scope.word());
                    ensure!(plain(name), "{}: no name of a table", place());
                    let entry = match &entry.like {
                        None => entry,
                        Some(other) => file
                            .get(other)
                            .with_context(|| format!("{}: like which?", place()))?,
                    };
                    let table = table(entry).with_context(place)?;
                    let before = all.insert((scope, name.clone()), table);
                    ensure!(before.is_none(), "{} stands twice", place());
                }
            }
        }
        Ok(Self(all))
    }

    /// The tables of one scope, by name.
    pub fn tables(&self, scope: Scope) -> impl Iterator<Item = (&str, &Table)> {
        self.0
            .iter()
            .filter(move |((of, _), _)| *of == scope)
            .map(|((_, name), table)| (name.as_str(), table))
    }

    /// Columns of a live schema (table, column) that are not listed, and those that are listed and not there.
    pub fn differences(
        &self,
        scope: Scope,
        live: &BTreeSet<(String, String)>,
    ) -> (Vec<String>, Vec<String>) {
        let listed: BTreeSet<(String, String)> = self
            .tables(scope)
            .flat_map(|(name, table)| {
                table
                    .columns
                    .iter()
                    .map(move |column| (name.to_owned(), column.clone()))
            })
            .collect();
        let said =
            |(table, column): &(String, String)| format!("{}.{table}.{column}", scope.word());
        (
            live.difference(&listed).map(said).collect(),
            listed.difference(live).map(said).collect(),
        )
    }
}

fn plain(sql: &str) -> bool {
    !sql.is_empty()
        && sql
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn permission(word: &str) -> anyhow::Result<Permission> {
    Permission::ALL
        .into_iter()
        .find(|p| p.as_str() == word)
        .with_context(|| format!("no such permission: {word}"))
}

/// What stands before `: permission` or `: never`, and to whom that is.
fn shown(text: &str) -> anyhow::Result<(&str, Shown)> {
    Ok(match text.rsplit_once(": ") {
        None => (text, Shown::WithTheRow),
        Some((left, "never")) => (left, Shown::Never),
        Some((left, word)) => (left, Shown::To(permission(word)?)),
    })
}

fn list(columns: &mut BTreeSet<String>, column: &str) -> anyhow::Result<()> {
    ensure!(plain(column), "no name of a column: {column}");
    ensure!(columns.insert(column.to_owned()), "{column} stands twice");
    Ok(())
}

fn table(entry: &Entry) -> anyhow::Result<Table> {
    let mut columns = BTreeSet::new();
    for column in &entry.other {
        list(&mut columns, column)?;
    }
    let mut persons = Vec::new();
    for text in &entry.persons {
        let (sql, shown) = shown(text)?;
        if plain(sql) {
            list(&mut columns, sql)?;
        }
        persons.push(Part {
            sql: sql.to_owned(),
            shown,
        });
    }
    let mut personal = Vec::new();
    for (sql, text) in &entry.personal {
        let (category, shown) = shown(text)?;
        if plain(sql) {
            list(&mut columns, sql)?;
        }
        personal.push(Personal {
            part: Part {
                sql: sql.clone(),
                shown,
            },
            category: Category::read(category)?,
        });
    }
    let mut mentions = Vec::new();
    for column in &entry.mentions {
        let found = personal.iter().find(|p| p.part.sql == *column);
        let found = found.with_context(|| format!("{column} is not among `personal`"))?;
        mentions.push(found.part.clone());
    }
    let hidden = match &entry.hidden {
        None => None,
        Some(of) => Some(Hidden {
            rows: of.rows.clone(),
            unless: permission(&of.unless)?,
        }),
    };
    Ok(Table {
        persons,
        mentions,
        presence: entry.presence.unwrap_or(Category::Activity),
        personal,
        of: entry.of.clone(),
        ticket: entry.ticket.clone(),
        at: entry.at.clone(),
        changed: entry.changed.clone(),
        seen: entry.seen.as_deref().map(permission).transpose()?,
        own: entry.own.clone(),
        hidden,
        operator: entry.operator,
        card: entry.card.clone(),
        columns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Name;

    #[test]
    fn the_register_of_every_service_can_be_read() {
        for name in Name::ALL {
            let register = Register::read(name.personal_data());
            let register = register.unwrap_or_else(|error| panic!("{}: {error:#}", name.as_str()));
            assert!(register.tables(Scope::Platform).count() >= 7, "{name:?}");
            assert!(register.tables(Scope::Tenant).count() >= 3, "{name:?}");
        }
    }

    #[test]
    fn a_column_that_nobody_listed_is_told_and_so_is_one_that_is_gone() {
        let register = Register::read(
            "[tenant.note]\npersons = [\"writer\"]\npersonal = { body = \"texts\" }\nother = [\"id\"]",
        )
        .unwrap();
        let live = |columns: &[&str]| -> BTreeSet<(String, String)> {
            let note = columns.iter().map(|c| ("note".to_owned(), (*c).to_owned()));
            let base = register.tables(Scope::Tenant).filter(|t| t.0 != "note");
            let base = base.flat_map(|(name, table)| {
                let columns = table.columns.iter();
                columns.map(move |column| (name.to_owned(), column.clone()))
            });
            note.chain(base).collect()
        };
        let whole = live(&["id", "writer", "body"]);
        assert_eq!(
            register.differences(Scope::Tenant, &whole),
            (vec![], vec![])
        );
        let other = live(&["id", "writer", "phone"]);
        assert_eq!(
            register.differences(Scope::Tenant, &other),
            (
                vec!["tenant.note.phone".to_owned()],
                vec!["tenant.note.body".to_owned()]
            )
        );
    }

    #[test]
    fn a_register_with_a_slip_is_refused() {
        for text in [
            "[tenant.note]\nother = [\"id\", \"id\"]",
            "[tenant.note]\npersonal = { body = \"words\" }",
            "[tenant.note]\npersonal = { body = \"texts: read_everything\" }",
            "[tenant.note]\nmentions = [\"body\"]",
            "[tenant.note]\nseen = \"everybody\"",
            "[tenant.note]\nlike = \"board\"",
            "[tenant.note]\nothers = [\"id\"]",
            "[tenant.inbox]\nother = [\"id\"]",
        ] {
            assert!(Register::read(text).is_err(), "{text}");
        }
    }
}
