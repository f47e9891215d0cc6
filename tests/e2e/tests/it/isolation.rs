//! Nobody reads or changes a thing of another tenant, whatever they ask for and however they name it.

use std::collections::{BTreeMap, BTreeSet};

use access::Role;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, OperationDefinition, Selection};
use async_graphql::{Name, Value as Argument};
use e2e::{Installation, settled};
use serde_json::{Value, json};

use crate::attempts::{Attempt, End, FRAGMENTS, MUTATIONS, QUERIES, Whom};
use crate::clock_attempts;
use crate::neighbours::House;
use crate::service_level_attempts;
use crate::site_attempts;
use crate::vendor_attempts;

/// Codes of an answer that gives nothing away. The last is the router's word for a scope that the caller lacks.
const SILENT: [&str; 4] = [
    "NOT_FOUND",
    "FORBIDDEN",
    "TENANT_REQUIRED",
    "UNAUTHORIZED_FIELD_OR_TYPE",
];

/// An attempt, read.
pub struct Read {
    of: Attempt,
    /// `Query` or `Mutation`.
    pub root: &'static str,
    /// The root's field.
    pub field: String,
    /// The whole document, with its fragments.
    pub text: String,
    /// The variables that it declares.
    pub variables: BTreeSet<String>,
    /// Argument paths that are given something of the neighbour's: `input.ticket`.
    pub paths: BTreeSet<String>,
}

fn operation(document: &str) -> OperationDefinition {
    match parse_query(document)
        .unwrap_or_else(|e| panic!("{document}: {e}"))
        .operations
    {
        DocumentOperations::Single(operation) => operation.node,
        DocumentOperations::Multiple(_) => panic!("one operation per attempt: {document}"),
    }
}

fn walk(path: &str, value: &Argument, into: &mut BTreeSet<String>) {
    match value {
        Argument::String(variable) if variable.starts_with("$b") => {
            into.insert(path.to_owned());
        }
        Argument::List(all) => all.iter().for_each(|one| walk(path, one, into)),
        Argument::Object(fields) => fields
            .iter()
            .for_each(|(name, one)| walk(&format!("{path}.{name}"), one, into)),
        _ => {}
    }
}

/// The document with the fragments that it names, and those that they name.
fn spread(document: &str) -> String {
    let mut text = document.to_owned();
    for (name, fragment) in FRAGMENTS.iter().chain(service_level_attempts::FRAGMENTS) {
        if text.contains(&format!("...{name} ")) {
            text = format!("{text} {fragment}");
        }
    }
    text
}

fn read(root: &'static str, attempt: &Attempt) -> Read {
    let operation = operation(attempt.document);
    let [selection] = &operation.selection_set.node.items[..] else {
        panic!("one root field: {}", attempt.document)
    };
    let Selection::Field(field) = &selection.node else {
        panic!("a field: {}", attempt.document)
    };
    let mut paths = BTreeSet::new();
    for (name, value) in &field.node.arguments {
        let named = |name: Name| Ok::<_, ()>(Argument::String(format!("${name}")));
        walk(
            &name.node,
            &value.node.clone().into_const_with(named).unwrap(),
            &mut paths,
        );
    }
    Read {
        of: *attempt,
        root,
        field: field.node.name.node.to_string(),
        text: spread(attempt.document),
        variables: operation
            .variable_definitions
            .iter()
            .map(|v| v.node.name.node.to_string())
            .collect(),
        paths,
    }
}

/// The whole list.
pub fn attempts() -> Vec<Read> {
    let queries = QUERIES.iter().chain(service_level_attempts::QUERIES);
    let queries = queries.chain(clock_attempts::QUERIES);
    let queries = queries.chain(site_attempts::QUERIES);
    let queries = queries.chain(vendor_attempts::QUERIES);
    let mutations = MUTATIONS.iter().chain(service_level_attempts::MUTATIONS);
    let mutations = mutations.chain(clock_attempts::MUTATIONS);
    let mutations = mutations.chain(site_attempts::MUTATIONS);
    let mutations = mutations.chain(vendor_attempts::MUTATIONS);
    queries
        .map(|a| read("Query", a))
        .chain(mutations.map(|a| read("Mutation", a)))
        .collect()
}

/// `aTicket` is one's own, `bTicket` the neighbour's.
fn variables(attempt: &Read, own: &House, neighbour: &House) -> Value {
    let pairs = attempt.variables.iter().map(|name| {
        let thing = match name.split_at(1) {
            ("a", thing) => own.thing(thing),
            (_, thing) => neighbour.thing(thing),
        };
        (name.clone(), json!(thing))
    });
    Value::Object(pairs.collect())
}

/// Why an answer is not as it must be.
fn wrong(
    attempt: &Read,
    answer: &Value,
    own: &House,
    neighbour: &House,
    end: End,
) -> Option<String> {
    let text = answer.to_string().to_lowercase();
    if text.contains(&neighbour.word) {
        return Some("holds a word of the neighbour's".to_owned());
    }
    let data = answer["data"].to_string();
    // Numbers are each tenant's own, and coincide; a provider's staff are known to those of it who assign staff.
    let same_provider = own.thing("Provider") == neighbour.thing("Provider");
    let known = |name: &str| {
        name == "Number" || (same_provider && ["Provider", "ProviderSlug", "Staff"].contains(&name))
    };
    let leaked = neighbour
        .things
        .iter()
        .find(|(name, id)| !known(name) && data.contains(&format!("\"{id}\"")));
    if let Some((name, _)) = leaked {
        return Some(format!("holds the neighbour's {name}"));
    }
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let codes: Vec<&str> = errors
        .iter()
        .map(|e| e["extensions"]["code"].as_str().unwrap_or("none"))
        .collect();
    let payload = &answer["data"][&attempt.field];
    match end {
        End::Own => {
            let odd = codes
                .iter()
                .find(|c| !SILENT.contains(c) && **c != "BAD_INPUT");
            odd.map(|code| format!("code {code}"))
        }
        End::Refused | End::Absent | End::NotDone => {
            if let Some(code) = codes.iter().find(|c| !SILENT.contains(c)) {
                return Some(format!("code {code}"));
            }
            if payload.is_null() {
                // Whether that is what never existed is answered with, `told_apart` sees.
                return (errors.is_empty() && end != End::Absent)
                    .then(|| "says nothing".to_owned());
            }
            let undone = payload.as_object().is_some_and(|p| {
                p["problems"].as_array().is_some_and(|all| !all.is_empty())
                    && p.iter()
                        .all(|(name, value)| name == "problems" || value.is_null())
            });
            (end != End::NotDone || !undone).then(|| "was answered".to_owned())
        }
    }
}

/// Why whoever asks for a thing of the neighbour's can tell it from one that never existed.
async fn told_apart(
    at: &Installation,
    (token, header): (&str, Option<&str>),
    attempt: &Read,
    (own, neighbour): (&House, &House),
) -> Option<String> {
    let ask = async |house: &House| {
        let variables = variables(attempt, own, house);
        let answer = at.answer(token, header, &attempt.text, variables).await;
        answer.unwrap()
    };
    let there = ask(neighbour).await;
    for even_its_tenant in [false, true] {
        let never = ask(&neighbour.that_never_was(even_its_tenant)).await;
        if never != there {
            return Some(format!("of what never existed it is {never:?}"));
        }
    }
    None
}

/// What the neighbour's own people see: proves that each question finds something, and that nothing was changed.
async fn seen(at: &Installation, own: &House, neighbour: &House) -> BTreeMap<&'static str, Value> {
    let mut all = BTreeMap::new();
    for attempt in attempts()
        .iter()
        .filter(|a| a.root == "Query" && a.field != "provider" && a.field != "staff")
        // What names something of the own house, too, is nothing that the neighbour's people could ask.
        .filter(|a| !a.text.contains("$a"))
    {
        let variables = variables(attempt, own, neighbour);
        let answer = at
            .ask(
                &neighbour.tokens["service_manager"],
                None,
                &attempt.text,
                variables,
            )
            .await
            .unwrap();
        assert!(
            answer["errors"].is_null(),
            "{}: {answer}",
            attempt.of.document
        );
        assert!(
            !answer["data"][&attempt.field].is_null(),
            "{}: {answer}",
            attempt.of.document
        );
        all.insert(attempt.of.document, answer["data"].clone());
    }
    all
}

async fn besiege(
    at: &Installation,
    own: &House,
    callers: &[(&str, String)],
    neighbour: &House,
    whom: Whom,
) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let mut made = 0;
    let wanted = |a: &&Read| whom == Whom::Strangers || a.of.whom == Whom::Everybody;
    for attempt in attempts().iter().filter(wanted) {
        let variables = variables(attempt, own, neighbour);
        for (caller, token) in callers {
            // By id and argument, alone and with one's own tenant at the door; and with the neighbour's name at the door.
            let ways = [
                (None, attempt.of.end),
                (Some(own.slug.as_str()), attempt.of.end),
                (Some(neighbour.slug.as_str()), End::Refused),
                (Some(neighbour.thing("Tenant")), End::Refused),
            ];
            for (header, end) in ways {
                made += 1;
                let answer = at
                    .ask(token, header, &attempt.text, variables.clone())
                    .await
                    .unwrap();
                let mut why = wrong(attempt, &answer, own, neighbour, end);
                if why.is_none() && end == End::Absent {
                    why = told_apart(at, (token, header), attempt, (own, neighbour)).await;
                }
                if let Some(why) = why {
                    failures.push(format!(
                        "{caller} {header:?}: {why}\n    {}\n    {answer}",
                        attempt.of.document
                    ));
                }
            }
        }
    }
    (made, failures)
}

/// What whoever runs the platform may do with any tenant; everything else is content, and hidden.
const OPERATORS: [&str; 13] = [
    "me",
    "provider",
    "tenant",
    "tenants",
    "staff",
    "registerStaff",
    "assignStaff",
    "unassignStaff",
    "createProvider",
    "createTenant",
    "suspendTenant",
    "resumeTenant",
    "renameTenant",
];

/// The operator sees and touches nothing of any tenant's content.
async fn operate(at: &Installation, own: &House, neighbour: &House) -> (usize, Vec<String>) {
    let operator = at.token("", "operator").await.unwrap();
    let mut failures = Vec::new();
    let mut made = 0;
    let content = |a: &&Read| !OPERATORS.contains(&a.field.as_str());
    for attempt in attempts().iter().filter(content) {
        let variables = variables(attempt, own, neighbour);
        for header in [None, Some(neighbour.slug.as_str())] {
            made += 1;
            let answer = at
                .ask(&operator, header, &attempt.text, variables.clone())
                .await
                .unwrap();
            // Not even what is nobody's: the operator has no data of its own here.
            let end = match attempt.of.end {
                End::Absent => End::Absent,
                _ if attempt.field == "setPassword" => End::Own,
                _ => End::Refused,
            };
            let mut why = wrong(attempt, &answer, own, neighbour, end);
            if why.is_none() && end == End::Absent {
                why = told_apart(at, (&operator, header), attempt, (own, neighbour)).await;
            }
            if let Some(why) = why {
                failures.push(format!(
                    "operator {header:?}: {why}\n    {}\n    {answer}",
                    attempt.of.document
                ));
            }
        }
    }
    (made, failures)
}

#[tokio::test]
async fn no_operation_gives_away_or_touches_anything_of_another_tenant() {
    let at = Installation::together("isolation").await.unwrap();
    let own = House::furnish(&at, "soporte", "propia", "jacaranda").await;
    let sibling = House::furnish(&at, "soporte", "hermana", "colibri").await;
    let stranger = House::furnish(&at, "ajeno", "ajena", "quetzal").await;
    settled(&at).await;

    // Every role but the operator's, who has a siege of its own.
    let roles = Role::ALL.into_iter().filter(|r| *r != Role::Operator);
    let mut callers: Vec<_> = roles
        .map(|role| {
            let token = own.tokens.get(role.as_str());
            let token = token.unwrap_or_else(|| panic!("nobody at home is {role}"));
            (role.as_str(), token.clone())
        })
        .collect();
    // One of the staff with two tenants, none of them the neighbour's, who names none.
    let third = at.tenant("tercera").await.unwrap();
    let manager = at
        .sign_in(&e2e::email("tercera", "service_manager"), e2e::PASSWORD)
        .await
        .unwrap();
    let q = "mutation($s: ID!, $t: ID!) { assignStaff(input: {staff: $s, tenant: $t, roles: [AGENT, COORDINATOR]}) { problems { code message } } }";
    let done = at
        .data(
            &manager,
            None,
            q,
            json!({"s": own.thing("Staff"), "t": third}),
        )
        .await
        .unwrap();
    assert_eq!(done["assignStaff"]["problems"], json!([]));
    let email = e2e::email("propia", "agent");
    callers.push((
        "agent of two",
        at.sign_in(&email, e2e::PASSWORD).await.unwrap(),
    ));

    for (neighbour, whom) in [(&stranger, Whom::Strangers), (&sibling, Whom::Everybody)] {
        let before = seen(&at, &own, neighbour).await;
        let words = before
            .values()
            .filter(|v| v.to_string().to_lowercase().contains(&neighbour.word))
            .count();
        assert!(
            words >= 15,
            "only {words} questions find the word that nobody else may read"
        );
        let (mut made, mut failures) = besiege(&at, &own, &callers, neighbour, whom).await;
        let (more, found) = operate(&at, &own, neighbour).await;
        made += more;
        failures.extend(found);
        assert!(
            failures.is_empty(),
            "{} of {made} attempts:\n{}",
            failures.len(),
            failures.join("\n")
        );
        settled(&at).await;
        let after = seen(&at, &own, neighbour).await;
        for (document, answer) in &before {
            assert_eq!(answer, &after[document], "{document}");
        }
        println!(
            "{made} attempts on {} ({whom:?}), none of which saw or changed anything",
            neighbour.slug
        );
    }
}

#[tokio::test]
async fn entities_are_not_reachable_from_outside() {
    let at = Installation::together("entities").await.unwrap();
    at.tenant("sola").await.unwrap();
    let agent = at.token("sola", "agent").await.unwrap();
    let q =
        "mutation { openTicket(input: {subject: \"tucan\"}) { ticket { id } problems { code } } }";
    let id =
        at.data(&agent, None, q, json!({})).await.unwrap()["openTicket"]["ticket"]["id"].clone();
    for (document, variables) in [
        (
            "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { subject } } }",
            json!({"r": [{"__typename": "Ticket", "id": id}]}),
        ),
        ("{ _service { sdl } }", json!({})),
    ] {
        let answer = at.ask(&agent, None, document, variables).await.unwrap();
        assert!(
            answer["data"].is_null() && !answer["errors"].as_array().unwrap().is_empty(),
            "{answer}"
        );
        assert!(!answer.to_string().contains("tucan"), "{answer}");
    }
}
