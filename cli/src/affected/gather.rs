//! Walks the databases: every tenant's schema, every provider's, the services' own; and puts together, per tenant, whose rows
//! those are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use access::CallerKind;
use anyhow::Context as _;
use futures::TryStreamExt as _;
use ids::{PersonId, TenantId};
use tenancy::{TenantRow, Tx};
use uuid::Uuid;

use super::ask::{Row, View, Whose, Window, statement};
use super::held::{Held, Kept, Person, Provider, columns, there};
use super::register::{Category, Kind, Scope, Table};
use super::sight::{Account, Sight};
use crate::platform::Name;

/// What was found of one person.
#[derive(Debug, Default)]
pub struct Of {
    /// Records, by service and category.
    pub held: BTreeMap<(&'static str, Category), u64>,
    /// Tickets in which the person stands.
    pub tickets: HashSet<Uuid>,
    /// Records in all.
    pub records: u64,
}

impl Of {
    /// With what stands in other tables.
    fn add(&mut self, other: &Self) {
        for (what, records) in &other.held {
            *self.held.entry(*what).or_default() += records;
        }
        self.tickets.extend(&other.tickets);
        self.records += other.records;
    }

    /// With what another account sees of the same tables: the same rows are not counted twice.
    fn join(&mut self, other: &Self) {
        for (what, records) in &other.held {
            let known = self.held.entry(*what).or_default();
            *known = (*known).max(*records);
        }
        self.tickets.extend(&other.tickets);
        self.records = self.records.max(other.records);
    }
}

/// What was found in one place.
#[derive(Debug, Default)]
pub struct Found {
    /// By person.
    pub people: HashMap<Uuid, Of>,
    /// Records of nobody in particular that may tell of somebody: by service and table, then category.
    pub loose: BTreeMap<(&'static str, String), BTreeMap<Category, u64>>,
}

impl Found {
    fn add(
        &mut self,
        service: &'static str,
        name: &str,
        table: &Table,
        categories: &[Category],
        row: &Row,
    ) {
        let records = row.records.unsigned_abs();
        let held = categories.iter().copied().zip(&row.held);
        let held = held.map(|(category, count)| (category, count.unsigned_abs()));
        let held = held.filter(|(_, count)| *count > 0);
        let Some(id) = row.whose.as_deref().and_then(id) else {
            for (category, count) in held.filter(|(category, _)| category.speaks()) {
                let of = self.loose.entry((service, name.to_owned())).or_default();
                *of.entry(category).or_default() += count;
            }
            return;
        };
        let of = self.people.entry(id).or_default();
        of.records += records;
        of.tickets.extend(row.ticket);
        let mut present = false;
        for (category, count) in held {
            present |= category == table.presence;
            *of.held.entry((service, category)).or_default() += count;
        }
        if !present {
            *of.held.entry((service, table.presence)).or_default() += records;
        }
    }

    fn join(&mut self, other: &Self) {
        for (id, of) in &other.people {
            self.people.entry(*id).or_default().join(of);
        }
        for (place, categories) in &other.loose {
            let of = self.loose.entry(place.clone()).or_default();
            for (category, count) in categories {
                let known = of.entry(*category).or_default();
                *known = (*known).max(*count);
            }
        }
    }

    /// What directory says of somebody, if nothing else told it.
    fn note(&mut self, id: Uuid, category: Category) {
        let of = self.people.entry(id).or_default();
        of.held
            .entry((Name::Directory.as_str(), category))
            .or_insert(1);
    }
}

/// An id, in either way of writing it.
fn id(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text)
        .ok()
        .or_else(|| text.parse::<PersonId>().ok().map(PersonId::uuid))
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By tenant's slug.
    pub tenants: BTreeMap<String, (TenantId, String, Found)>,
    /// By provider's slug: staff that stand in no tenant that was looked at.
    pub providers: BTreeMap<String, (Provider, Found)>,
    /// Of the platform's own.
    pub platform: Found,
    /// What people are called.
    pub names: HashMap<Uuid, Person>,
    /// Columns that no register lists.
    pub unlisted: BTreeSet<String>,
    /// Columns that a register lists and that are not there.
    pub absent: BTreeSet<String>,
}

/// How far one look goes.
#[derive(Debug)]
pub struct Look<'a> {
    /// What was exposed.
    pub sight: &'a Sight,
    /// Of which tenants.
    pub tenants: Vec<&'a TenantRow>,
    /// Of which providers.
    pub providers: Vec<&'a Provider>,
    /// Whether the providers' staff counts that stands in none of the tenants, too.
    pub whole_staff: bool,
    /// Whether what is nobody's but the platform's counts.
    pub platform: bool,
    /// Of which time.
    pub window: Window,
}

impl Gathered {
    /// Looks, and adds what it finds.
    ///
    /// # Errors
    /// What a database says: half a list is none.
    pub async fn look(&mut self, held: &Held, look: &Look<'_>) -> anyhow::Result<()> {
        let exposed: Vec<&Kept> = held.services.iter().filter(|kept| kept.exposed).collect();
        let mut by_tenant: Vec<(&TenantRow, Found)> = Vec::new();
        for tenant in look.tenants.iter().copied() {
            held.people_of(tenant, &mut self.names).await?;
            let mut found = Found::default();
            for kept in exposed.iter().copied() {
                self.tenant(kept, tenant, look, &mut found)
                    .await
                    .with_context(|| format!("{}, {}", kept.name.as_str(), tenant.slug))?;
            }
            by_tenant.push((tenant, found));
        }
        for provider in look.providers.iter().copied() {
            held.staff_of(provider.id, &mut self.names).await?;
            let mut wide = Found::default();
            let tenants = held.tenants_of(provider.id);
            for kept in exposed.iter().copied() {
                self.provider(kept, provider, &tenants, look, &mut wide)
                    .await
                    .with_context(|| format!("{}, {}", kept.name.as_str(), provider.slug))?;
            }
            // Staff belong to the tenants in which they stand; what is said of them across tenants goes with them.
            let mut placed = HashSet::new();
            for (_, found) in by_tenant.iter_mut().filter(|t| t.0.provider == provider.id) {
                for (id, of) in &mut found.people {
                    if let Some(more) = wide.people.get(id) {
                        of.add(more);
                        placed.insert(*id);
                    }
                }
            }
            if look.whole_staff {
                wide.people.retain(|id, _| !placed.contains(id));
                let slug = provider.slug.clone();
                let section = self.providers.entry(slug);
                let (_, found) = section.or_insert_with(|| (provider.clone(), Found::default()));
                found.join(&wide);
            }
        }
        for (tenant, mut found) in by_tenant {
            if let Sight::Account(account) = look.sight {
                self.seen_with_it(account, &mut found);
            }
            let section = self.tenants.entry(tenant.slug.clone());
            let (_, _, all) =
                section.or_insert_with(|| (tenant.id, tenant.name.clone(), Found::default()));
            all.join(&found);
        }
        if look.platform {
            held.operators(&mut self.names).await?;
            let view = View {
                sight: look.sight,
                tenant: None,
                whose: Whose::Rest,
                window: look.window,
            };
            for kept in exposed {
                let mut tx = kept.db.looking().begin_platform().await?;
                read(&mut tx, kept, Scope::Platform, &view, &mut self.platform).await?;
                self.compare(&mut tx, kept, Scope::Platform).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// One service's part of a tenant: its schema, and its rows in what tenants share.
    async fn tenant(
        &mut self,
        kept: &Kept,
        tenant: &TenantRow,
        look: &Look<'_>,
        found: &mut Found,
    ) -> anyhow::Result<()> {
        let mut view = View {
            sight: look.sight,
            tenant: Some(tenant.id),
            whose: Whose::All,
            window: look.window,
        };
        let looking = kept.db.looking();
        if let Some(mut tx) = there(looking.begin_fact(tenant.id).await)? {
            read(&mut tx, kept, Scope::Tenant, &view, found).await?;
            self.compare(&mut tx, kept, Scope::Tenant).await?;
            tx.commit().await?;
        }
        view.whose = Whose::Of(tenant.id.uuid());
        let begun = looking.begin_provider(tenant.provider, &[tenant.id]).await;
        if let Some(mut tx) = there(begun)? {
            read(&mut tx, kept, Scope::Provider, &view, found).await?;
            tx.commit().await?;
        }
        let mut tx = looking.begin_platform().await?;
        read(&mut tx, kept, Scope::Platform, &view, found).await?;
        self.compare(&mut tx, kept, Scope::Platform).await?;
        tx.commit().await?;
        Ok(())
    }

    /// One service's part of a provider: what is of no tenant in particular.
    async fn provider(
        &mut self,
        kept: &Kept,
        provider: &Provider,
        tenants: &[TenantId],
        look: &Look<'_>,
        found: &mut Found,
    ) -> anyhow::Result<()> {
        let mut view = View {
            sight: look.sight,
            tenant: None,
            whose: Whose::Rest,
            window: look.window,
        };
        let looking = kept.db.looking();
        if let Some(mut tx) = there(looking.begin_provider(provider.id, tenants).await)? {
            read(&mut tx, kept, Scope::Provider, &view, found).await?;
            self.compare(&mut tx, kept, Scope::Provider).await?;
            tx.commit().await?;
        }
        view.whose = Whose::Of(provider.id.uuid());
        let mut tx = looking.begin_platform().await?;
        read(&mut tx, kept, Scope::Platform, &view, found).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn compare(&mut self, tx: &mut Tx, kept: &Kept, scope: Scope) -> anyhow::Result<()> {
        let (unlisted, absent) = kept.register.differences(scope, &columns(tx).await?);
        let said = |column: String| format!("{} {column}", kept.name.as_str());
        self.unlisted.extend(unlisted.into_iter().map(said));
        self.absent.extend(absent.into_iter().map(said));
        Ok(())
    }

    /// Whoever belongs to a tenant and holds an id is told the name behind it; and an account sees itself.
    fn seen_with_it(&self, account: &Account, found: &mut Found) {
        if matches!(account.caller.kind, CallerKind::Person | CallerKind::Staff) {
            found.note(account.person(), Category::Identity);
            found.note(account.person(), Category::Contact);
        }
        let named = |id: &Uuid| {
            let person = self.names.get(id);
            person.is_some_and(|p| matches!(p.kind, Kind::Client | Kind::Staff))
        };
        let seen: Vec<Uuid> = found.people.keys().copied().filter(named).collect();
        for id in seen {
            found.note(id, Category::Identity);
        }
    }
}

async fn read(
    tx: &mut Tx,
    kept: &Kept,
    scope: Scope,
    view: &View<'_>,
    found: &mut Found,
) -> anyhow::Result<()> {
    let service = kept.name.as_str();
    for (name, table) in kept.register.tables(scope) {
        let Some(mut ask) = statement(name, table, view) else {
            continue;
        };
        // Each text is run once for each schema: not worth a plan that is kept.
        let mut rows = ask
            .query
            .build_query_as::<Row>()
            .persistent(false)
            .fetch(tx.conn());
        while let Some(row) = rows.try_next().await.with_context(|| name.to_owned())? {
            found.add(service, name, table, &ask.categories, &row);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_columns_and_as_facts_write_it() {
        let person = PersonId::from_uuid(Uuid::from_u128(0x0192_7000_8000_0000_0001));
        assert_eq!(id(&person.to_string()), Some(person.uuid()));
        assert_eq!(id(&person.uuid().to_string()), Some(person.uuid()));
        assert_eq!(id("nobody"), None);
    }
}
