//! The drill after a breach: whose data was exposed, by tenant, by account and by key, and that the list is whole.

use std::collections::BTreeSet;

use e2e::{Installation, audit, email, settled};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::neighbours::House;

/// A name that a spreadsheet would compute.
const FORMULA: &str = "=SUMA(1;1)";

async fn affected(at: &Installation, what: &[&str]) -> Value {
    let mut args = vec!["affected", "--format", "json"];
    args.extend(what);
    let said = at.cli(&args).await.unwrap();
    // Whatever was exposed, no secret stands in the list.
    for secret in ["$argon2", "vk_", "password_hash"] {
        assert!(!said.contains(secret), "{what:?} shows {secret}");
    }
    serde_json::from_str(&said).unwrap()
}

/// The people of a tenant's section.
fn people<'a>(list: &'a Value, slug: &str) -> &'a Vec<Value> {
    let sections = list["sections"].as_array().unwrap();
    let section = sections.iter().find(|s| s["slug"] == slug);
    section.unwrap_or_else(|| panic!("nothing of {slug}: {list}"))["people"]
        .as_array()
        .unwrap()
}

fn addresses(people: &[Value]) -> BTreeSet<String> {
    let reach = people.iter().map(|p| p["reach"].as_str());
    reach
        .map(|address| address.unwrap_or("nowhere").to_owned())
        .collect()
}

fn person<'a>(people: &'a [Value], address: &str) -> &'a Value {
    people
        .iter()
        .find(|p| p["reach"] == address)
        .unwrap_or_else(|| panic!("{address} is not among {people:?}"))
}

fn categories(person: &Value) -> BTreeSet<&str> {
    let all = person["categories"].as_array().unwrap();
    all.iter().map(|c| c.as_str().unwrap()).collect()
}

/// Records of a category in a service.
fn records(person: &Value, service: &str, category: &str) -> u64 {
    let held = person["held"].as_array().unwrap();
    let part = held
        .iter()
        .find(|part| part["service"] == service && part["category"] == category);
    part.map_or(0, |part| part["records"].as_u64().unwrap())
}

fn set(addresses: &[&str]) -> BTreeSet<String> {
    addresses.iter().map(|a| (*a).to_owned()).collect()
}

/// Who has to do with the house, and nobody else.
fn everybody(slug: &str, others: &[&str]) -> BTreeSet<String> {
    let roles = [
        "requester",
        "application_owner",
        "tenant_admin",
        "agent",
        "inventory_manager",
        "coordinator",
        "quality_manager",
        "service_manager",
    ];
    let mut all = set(others);
    all.extend(roles.iter().map(|role| email(slug, role)));
    all
}

#[tokio::test]
async fn the_list_names_who_is_affected_and_nobody_of_another_tenant() {
    let at = Installation::together("affected").await.unwrap();
    let own = House::furnish(&at, "soporte", "propia", "jacaranda").await;
    House::furnish(&at, "soporte", "hermana", "colibri").await;
    let (persona, formula) = ("jacaranda@propia.example", "formula@propia.example");
    let q = "mutation($n: String!, $e: String!) { registerPerson(input: {name: $n, email: $e, roles: [REQUESTER]}) \
             { person { id } problems { code message } } }";
    let variables = json!({"n": FORMULA, "e": formula});
    own.does(&at, "tenant_admin", q, variables).await;
    let q = "mutation { openTicket(input: {subject: \"Una consulta propia\"}) { ticket { id } problems { code message } } }";
    own.does(&at, "requester", q, json!({})).await;
    settled(&at).await;

    // A tenant's data: its people and the staff who work for it, with what is held of each and where.
    let list = affected(&at, &["--tenant", "propia"]).await;
    let text = list.to_string();
    assert!(
        !text.contains("colibri") && !text.contains("hermana"),
        "{text}"
    );
    let all = people(&list, "propia");
    assert_eq!(addresses(all), everybody("propia", &[persona, formula]));
    assert_eq!(list["totals"]["people"], all.len());
    assert_eq!(list["totals"]["reachable"], all.len());
    assert_eq!(list["totals"]["tickets"], 3);
    let asked = person(all, persona);
    assert_eq!(asked["kind"], "client");
    assert_eq!(asked["name"], "Persona jacaranda");
    // Two tickets were opened for the person, and one contact was recorded.
    assert_eq!(asked["tickets"], 2);
    assert_eq!(records(asked, "directory", "identity"), 1);
    // The address, and its hash by which the person would sign in.
    assert_eq!(records(asked, "directory", "contact"), 2);
    assert!(records(asked, "reporting", "activity") > 2, "{asked}");
    assert_eq!(
        categories(asked),
        BTreeSet::from(["identity", "contact", "work", "texts", "activity", "trace"])
    );
    // Nobody gave this person a password; those who can sign in have one.
    let requester = person(all, &email("propia", "requester"));
    assert!(categories(requester).contains("credentials"), "{requester}");
    assert_eq!(requester["tickets"], 1);
    assert_eq!(person(all, formula)["tickets"], 0);
    assert_eq!(person(all, &email("propia", "agent"))["kind"], "staff");
    assert_eq!(
        (&list["unlisted"], &list["absent"]),
        (&json!([]), &json!([]))
    );
    as_the_tables_have_it(&at, "propia", all, &list).await;
    in_minutes(&list);

    // One database of it, and one of an earlier day.
    let intake = affected(&at, &["--tenant", "propia", "--service", "intake"]).await;
    let asked_there = person(people(&intake, "propia"), persona);
    assert_eq!(
        categories(asked_there),
        BTreeSet::from(["work", "texts", "activity", "trace"])
    );
    assert_eq!(
        records(asked_there, "intake", "texts"),
        records(asked, "intake", "texts")
    );
    let earlier = ["--tenant", "propia", "--until", "2000-01-01T00:00:00Z"];
    let earlier = affected(&at, &earlier).await;
    for of in people(&earlier, "propia") {
        let held = categories(of);
        assert!(
            !held.contains("texts") && !held.contains("identity"),
            "{of}"
        );
    }

    a_backup_lists_each_tenant_by_itself(&at, all.len()).await;
    what_a_key_sees(&at, &own, asked).await;
    what_accounts_see(&at).await;

    // Whoever stops a tenant first can still look.
    at.cli(&["tenant", "suspend", "propia"]).await.unwrap();
    let after = affected(&at, &["--tenant", "propia"]).await;
    assert_eq!(
        addresses(people(&after, "propia")),
        everybody("propia", &[persona, formula])
    );

    a_column_that_nobody_listed_fails_the_command(&at).await;
}

/// Directory's tables, read past the command: the list has each person of them once, and nobody else.
async fn as_the_tables_have_it(at: &Installation, slug: &str, all: &[Value], list: &Value) {
    let schema = audit::schema(&at.suite, slug).await.unwrap();
    let mut directory = audit::open(&at.suite, "directory").await.unwrap();
    let sql = format!("SELECT email FROM {schema}.person");
    let mut kept: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut directory)
        .await
        .unwrap();
    kept.sort();
    let clients = all.iter().filter(|p| p["kind"] == "client");
    let mut listed: Vec<&str> = clients.map(|p| p["reach"].as_str().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(listed, kept);
    let ids: BTreeSet<&str> = all.iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len(), "somebody is listed twice: {list}");
    let sections = list["sections"].as_array().unwrap();
    let with_people = sections.iter().filter(|s| s["people"] != json!([]));
    let slugs: Vec<&Value> = with_people.map(|s| &s["slug"]).collect();
    assert_eq!(slugs, [slug]);
}

/// A list of some twenty people, in a debug build beside other tests. How long a million tickets take is measured by hand:
/// docs/security.md.
fn in_minutes(list: &Value) {
    let (took, people) = (&list["tookMs"], &list["totals"]["people"]);
    println!("{people} people in {took} ms");
    assert!(took.as_u64().unwrap() < 60_000, "{took} ms");
}

async fn a_backup_lists_each_tenant_by_itself(at: &Installation, own: usize) {
    let list = affected(at, &["--all"]).await;
    assert_eq!(people(&list, "propia").len(), own);
    assert_eq!(
        addresses(people(&list, "hermana")),
        everybody("hermana", &["colibri@hermana.example"])
    );
    assert_eq!(list["totals"]["tenants"], 2);
    in_minutes(&list);
    assert_eq!(list["unlisted"], json!([]));
    assert_eq!(list["absent"], json!([]));

    // For a spreadsheet: a row each, and no cell is a formula.
    let csv = at
        .cli(&["affected", "--all", "--format", "csv"])
        .await
        .unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    let of_own = rows.iter().filter(|row| row.contains("\"propia\""));
    assert_eq!(of_own.count(), own, "{csv}");
    assert!(csv.contains(&format!("\"'{FORMULA}\"")), "{csv}");
    for cell in rows.iter().flat_map(|row| row.split("\",\"")) {
        let cell = cell.trim_matches('"');
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }

    // For the screen.
    let table = at.cli(&["affected", "--all"]).await.unwrap();
    assert!(
        table.contains("Persona jacaranda") && table.contains("\nTotal: 2 clientes, "),
        "{table}"
    );
}

async fn what_a_key_sees(at: &Installation, own: &House, asked: &Value) {
    let list = affected(at, &["--api-key", own.thing("ApiKey")]).await;
    let text = list.to_string();
    assert!(
        !text.contains("colibri") && !text.contains("hermana"),
        "{text}"
    );
    let seen = people(&list, "propia");
    let persona = asked["reach"].as_str().unwrap();
    // Of the tenant's people whoever asked, or answers for an application; of the staff whoever was seen at it.
    assert_eq!(
        addresses(seen),
        set(&[
            persona,
            &email("propia", "requester"),
            &email("propia", "agent"),
            &email("propia", "quality_manager"),
        ])
    );
    let seen = person(seen, persona);
    assert_eq!(seen["tickets"], 2);
    assert_eq!(
        categories(seen),
        BTreeSet::from(["identity", "work", "texts", "activity"])
    );
    // A key reads no notes: House writes one.
    assert_eq!(
        records(seen, "intake", "texts") + 1,
        records(asked, "intake", "texts")
    );
    // The whole key has no place in a command line.
    let whole = own.tokens["integrator"].as_str();
    assert!(at.cli(&["affected", "--api-key", whole]).await.is_err());
    let shown = affected(at, &["--api-key", &whole[..11]]).await;
    assert_eq!(shown["totals"]["people"], list["totals"]["people"]);
}

async fn what_accounts_see(at: &Installation) {
    // Whoever asks for help sees its own tickets, and who owns the applications.
    let requester = email("propia", "requester");
    let list = affected(at, &["--person", &requester]).await;
    let seen = people(&list, "propia");
    assert_eq!(
        addresses(seen),
        set(&[&requester, "jacaranda@propia.example"])
    );
    assert_eq!(person(seen, &requester)["tickets"], 1);
    let owner = person(seen, "jacaranda@propia.example");
    assert_eq!(categories(owner), BTreeSet::from(["identity", "work"]));

    // One of the staff sees everybody of the tenants it works for, and of no other.
    let agent = email("propia", "agent");
    let list = affected(at, &["--person", &agent]).await;
    let text = list.to_string();
    assert!(
        !text.contains("colibri") && !text.contains("hermana"),
        "{text}"
    );
    let seen = people(&list, "propia");
    let persona = person(seen, "jacaranda@propia.example");
    assert!(categories(persona).contains("contact"), "{persona}");
    assert!(!categories(persona).contains("credentials"), "{persona}");
    // By id it is the same account.
    let id = person(seen, &agent)["id"].as_str().unwrap();
    let again = affected(at, &["--person", id]).await;
    assert_eq!(again["totals"], list["totals"]);

    assert!(
        at.cli(&["affected", "--person", "nadie@propia.example"])
            .await
            .is_err()
    );
    assert!(at.cli(&["affected"]).await.is_err());
    assert!(
        at.cli(&["affected", "--all", "--tenant", "propia"])
            .await
            .is_err()
    );
}

/// The register is compared with the tables of every schema, each time: a migration that nobody registered is noticed here.
async fn a_column_that_nobody_listed_fails_the_command(at: &Installation) {
    let schema = audit::schema(&at.suite, "propia").await.unwrap();
    let mut owner = PgConnection::connect(&at.suite.database_url("intake"))
        .await
        .unwrap();
    let sql = format!("ALTER TABLE {schema}.ticket ADD COLUMN phone text");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut owner)
        .await
        .unwrap();
    let failed = at.cli(&["affected", "--tenant", "propia"]).await;
    let said = failed.unwrap_err().to_string();
    assert!(said.contains("intake tenant.ticket.phone"), "{said}");
    // What is known stands there all the same.
    assert!(said.contains("Persona jacaranda"), "{said}");
}
