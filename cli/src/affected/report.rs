//! The list, ready to be written: per tenant who is affected, and the totals that a notification asks for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use ids::PersonId;
use serde::Serialize;
use uuid::Uuid;

use super::gather::{Found, Gathered};
use super::held::Person;
use super::register::{Category, Kind};

/// Records of one category in one service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The service.
    pub service: &'static str,
    /// The table, where they are nobody's in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What they hold.
    pub category: Category,
    /// How many.
    pub records: u64,
}

/// One person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// `per_…`.
    pub id: String,
    /// What sort of somebody.
    pub kind: Kind,
    /// The name, if there is one.
    pub name: Option<String>,
    /// Addresses, as they are held.
    pub reach: Option<String>,
    /// Tickets in which the person stands.
    pub tickets: usize,
    /// Records in all.
    pub records: u64,
    /// What is held.
    pub categories: BTreeSet<Category>,
    /// Where, and how much of it.
    pub held: Vec<Part>,
}

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Owner {
    /// A client's.
    Tenant,
    /// A provider's: its staff that stand in no tenant of the list.
    Provider,
    /// The platform's own.
    Platform,
}

/// Those who are affected in one place.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// Whose data it is.
    pub owner: Owner,
    /// `ten_…` or `prv_…`.
    pub id: Option<String>,
    /// Short name.
    pub slug: String,
    /// Name.
    pub name: String,
    /// By sort and name.
    pub people: Vec<Line>,
    /// Machines whose ids stand in the records: nobody to be told.
    pub machines: usize,
    /// Tickets in which somebody of the list stands.
    pub tickets: usize,
    /// Records of nobody in particular that may tell of somebody.
    pub loose: Vec<Part>,
}

/// The whole.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Tenants with somebody.
    pub tenants: usize,
    /// People, each once.
    pub people: usize,
    /// Of whom there is an address.
    pub reachable: usize,
    /// Tickets.
    pub tickets: usize,
    /// People by category.
    pub categories: BTreeMap<Category, usize>,
}

/// The list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What was exposed.
    pub exposed: String,
    /// Databases that were read for it.
    pub services: Vec<&'static str>,
    /// From when on.
    pub since: Option<DateTime<Utc>>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
    /// Tenants by slug, providers by slug, the platform.
    pub sections: Vec<Section>,
    /// The whole.
    pub totals: Totals,
    /// What has to be known beside it.
    pub notes: Vec<String>,
    /// Columns that no register lists: the list may lack what they hold.
    pub unlisted: BTreeSet<String>,
    /// Columns that a register lists and that are not there.
    pub absent: BTreeSet<String>,
    /// From beginning to end.
    pub took_ms: u128,
}

/// Sections and totals of what was found.
pub fn sections(gathered: &Gathered) -> (Vec<Section>, Totals) {
    let names = &gathered.names;
    let mut all = Vec::new();
    for (slug, (id, name, found)) in &gathered.tenants {
        let id = Some(id.to_string());
        all.push(section(Owner::Tenant, id, slug, name, found, names));
    }
    for (slug, (provider, found)) in &gathered.providers {
        let id = Some(provider.id.to_string());
        all.push(section(
            Owner::Provider,
            id,
            slug,
            &provider.name,
            found,
            names,
        ));
    }
    all.push(section(
        Owner::Platform,
        None,
        "plataforma",
        "Ventanilla",
        &gathered.platform,
        names,
    ));
    all.retain(|s| s.owner == Owner::Tenant || !s.people.is_empty() || !s.loose.is_empty());
    let totals = totals(&all);
    (all, totals)
}

fn section(
    owner: Owner,
    id: Option<String>,
    slug: &str,
    name: &str,
    found: &Found,
    names: &HashMap<Uuid, Person>,
) -> Section {
    let mut people = Vec::new();
    let mut machines = 0;
    let mut tickets: HashSet<Uuid> = HashSet::new();
    for (person, of) in &found.people {
        let known = names.get(person);
        let kind = known.map_or(Kind::Unknown, |p| p.kind);
        if kind == Kind::Machine {
            machines += 1;
            continue;
        }
        tickets.extend(&of.tickets);
        people.push(Line {
            id: PersonId::from_uuid(*person).to_string(),
            kind,
            name: known.and_then(|p| p.name.clone()),
            reach: known.and_then(|p| p.reach.clone()),
            tickets: of.tickets.len(),
            records: of.records,
            categories: of.held.keys().map(|(_, category)| *category).collect(),
            held: of
                .held
                .iter()
                .map(|((service, category), records)| Part {
                    service,
                    table: None,
                    category: *category,
                    records: *records,
                })
                .collect(),
        });
    }
    people.sort_by(|a, b| (a.kind, &a.name, &a.id).cmp(&(b.kind, &b.name, &b.id)));
    let loose = found.loose.iter().flat_map(|((service, table), of)| {
        of.iter().map(move |(category, records)| Part {
            service,
            table: Some(table.clone()),
            category: *category,
            records: *records,
        })
    });
    Section {
        owner,
        id,
        slug: slug.to_owned(),
        name: name.to_owned(),
        people,
        machines,
        tickets: tickets.len(),
        loose: loose.collect(),
    }
}

fn totals(sections: &[Section]) -> Totals {
    let mut totals = Totals::default();
    // Staff stand in several tenants.
    let mut people: HashMap<&str, (bool, BTreeSet<Category>)> = HashMap::new();
    for section in sections {
        let somebody = section.owner == Owner::Tenant && !section.people.is_empty();
        totals.tenants += usize::from(somebody);
        totals.tickets += section.tickets;
        for line in &section.people {
            let (reach, categories) = people.entry(&line.id).or_default();
            *reach |= line.reach.is_some();
            categories.extend(&line.categories);
        }
    }
    totals.people = people.len();
    totals.reachable = people.values().filter(|(reach, _)| *reach).count();
    for (_, categories) in people.values() {
        for category in categories {
            *totals.categories.entry(*category).or_default() += 1;
        }
    }
    totals
}
