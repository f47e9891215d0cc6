//! The worklist: whose tickets, which, in which order, page by page.

use access::{Caller, CallerKind, Role};
use chrono::{DateTime, Utc};
use events::Origin;
use events::intake::{
    Actor, Priority, Service, TicketKind, TicketServiceChanged, TicketState, TicketStateChanged,
    TicketVendorAnswered,
};
use events::sla_clock::Target;
use ids::{EntryId, PersonId, TicketId};
use serde_json::{Value, json};

use crate::clocks::{changed, clock_of};
use crate::world::{World, gid, story};

/// Of a ticket that is told: when it falls due, which it is, its number, and whether that was missed.
type Known = (Option<DateTime<Utc>>, TicketId, String, bool);

const LIST: &str = "query($f: WorklistFilter, $s: WorklistSort, $n: Int, $a: String) { \
    worklist(filter: $f, sort: $s, first: $n, after: $a) { totalCount totalCountAtMost \
    pageInfo { hasNextPage endCursor } edges { node { number tenant { id } } } } }";

fn numbers(list: &Value) -> Vec<&str> {
    list["worklist"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["node"]["number"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_page_spans_the_tenants_and_the_next_begins_behind_it() {
    story(async {
        let world = World::start("paging").await;
        let mut tenants = Vec::new();
        for slug in ["acme", "beta", "gama"] {
            tenants.push(world.tenant(slug).await);
        }
        for tenant in &tenants {
            world.open(*tenant, 8).await;
        }
        let agent = world.staff(Role::Agent, &tenants[..2]).await;
        for sort in [
            "DUE_FIRST",
            "PRIORITY",
            "OPENED_NEWEST",
            "OPENED_OLDEST",
            "UPDATED",
        ] {
            let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
            loop {
                let page = world
                    .data(&agent, LIST, json!({"s": sort, "n": 5, "a": after}))
                    .await;
                assert_eq!(page["worklist"]["totalCount"], 16);
                for edge in page["worklist"]["edges"].as_array().unwrap() {
                    let node = &edge["node"];
                    seen.push((
                        node["number"].as_str().unwrap().to_owned(),
                        node["tenant"]["id"].to_string(),
                    ));
                }
                pages += 1;
                after = page["worklist"]["pageInfo"]["endCursor"].clone();
                if page["worklist"]["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!((pages, seen.len()), (4, 16), "{sort}");
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), 16, "{sort}: a row came twice");
            match sort {
                "OPENED_NEWEST" | "UPDATED" => assert_eq!(seen[0].0, "INC-000008", "{sort}"),
                "OPENED_OLDEST" | "PRIORITY" => assert_eq!(seen[0].0, "INC-000001", "{sort}"),
                // What falls due when is a story of its own, below.
                other => assert_eq!(other, "DUE_FIRST", "an order that nobody looks at"),
            }
        }
        let page = world
            .data(&agent, LIST, json!({"s": "UPDATED", "n": 5}))
            .await;
        let after = &page["worklist"]["pageInfo"]["endCursor"];
        for wrong in [
            json!({"s": "PRIORITY", "a": after}),
            json!({"a": "nada"}),
            json!({"n": 0}),
            json!({"n": 101}),
        ] {
            assert_eq!(world.refusal(&agent, LIST, wrong).await, "BAD_INPUT");
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn conditions_are_joined() {
    story(async {
        let world = World::start("filters").await;
        let acme = world.tenant("acme").await;
        let agent = world.staff(Role::Agent, &[acme]).await;
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let mut facts = Vec::new();
        let mut tickets = Vec::new();
        for n in 1..=6 {
            let mut t = world.ticket(n);
            t.opened_at += chrono::TimeDelta::seconds(n);
            if n == 1 {
                t.priority = Priority::Critical;
                t.major = true;
            }
            if n == 2 {
                t.kind = TicketKind::Change;
            }
            facts.push(world.opened(acme, &t));
            tickets.push(t);
        }
        world.hear(&facts).await;
        let done = world.moved(acme, &mut tickets[5], TicketState::Closed);
        let waits = world.moved(acme, &mut tickets[4], TicketState::WaitingForVendor);
        world.hear(&[done, waits]).await;
        let operations = world.group(&lead, "Operaciones", 2).await;
        let hand = "mutation($t: ID!, $g: ID!, $m: ID!) { takeTicket(input: {ticket: $t}) { problems { code } } \
            moveTicket(input: {ticket: $m, group: $g}) { problems { code } } }";
        let variables = json!({"t": gid(acme, tickets[2].ticket), "g": operations, "m": gid(acme, tickets[3].ticket)});
        let handed = world.data(&agent, hand, variables).await;
        assert_eq!(handed, json!({"takeTicket": {"problems": []}, "moveTicket": {"problems": []}}));

        for (filter, expected) in [
            (json!({}), vec![1, 2, 3, 4, 5]),
            (json!({"states": ["CLOSED", "WAITING_FOR_VENDOR"]}), vec![5, 6]),
            (json!({"states": ["OPEN"]}), vec![1, 2, 3, 4]),
            (json!({"priorities": ["CRITICAL"]}), vec![1]),
            (json!({"kinds": ["CHANGE"]}), vec![2]),
            (json!({"kinds": ["INCIDENT"], "holder": "nobody", "lines": [1]}), vec![1, 5]),
            (json!({"groups": [operations]}), vec![4]),
            (json!({"lines": [2, 3]}), vec![4]),
            (json!({"holder": "me"}), vec![3]),
            (json!({"holder": gid(acme, agent.person)}), vec![3]),
            (json!({"holder": gid(acme, lead.person)}), vec![]),
            (json!({"major": true}), vec![1]),
            (json!({"breached": true}), vec![]),
            (json!({"dueBefore": "2100-01-01T00:00:00Z"}), vec![]),
            (json!({"tenants": [acme.to_string()], "major": false}), vec![2, 3, 4, 5]),
        ] {
            let list = world.data(&agent, LIST, json!({"f": filter, "s": "OPENED_OLDEST"})).await;
            let expected: Vec<String> = expected.iter().map(|n| format!("INC-{n:06}")).collect();
            assert_eq!(numbers(&list), expected, "{filter}");
            assert_eq!(list["worklist"]["totalCount"], expected.len(), "{filter}");
        }
        world.end().await;
    })
    .await;
}

/// The whole list, page by page of `first` rows: the numbers, in order.
async fn by_pages(world: &World, by: &Caller, first: usize) -> Vec<String> {
    let page = "query($n: Int, $a: String) { worklist(sort: DUE_FIRST, first: $n, after: $a) { \
        pageInfo { hasPreviousPage hasNextPage endCursor } edges { node { number } } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let list = world.data(by, page, json!({"n": first, "a": after})).await;
        let page = numbers(&list);
        let info = &list["worklist"]["pageInfo"];
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        seen.extend(page.iter().map(ToString::to_string));
        if info["hasNextPage"] == false {
            return seen;
        }
        assert_eq!(page.len(), first);
        after = info["endCursor"].clone();
    }
}

#[tokio::test]
async fn what_falls_due_first_comes_first_and_what_never_does_last() {
    story(async {
        let world = World::start("due first").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let agent = world.staff(Role::Agent, &[acme, beta]).await;
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let noon = at("2026-11-26T12:00:00Z");
        // (tenant, due, missed): what is due at the same instant stands in the order of the tickets' ids, also over tenants.
        let given = [
            (acme, at("2026-11-26T17:00:00Z"), false),
            (beta, None, false),
            (acme, noon, false),
            (beta, noon, false),
            (acme, None, true),
            (beta, at("2026-11-26T09:30:00Z"), true),
            (beta, at("2026-11-26T17:00:00Z"), false),
            (acme, at("2026-12-24T17:00:00Z"), false),
            (acme, None, false),
        ];
        let mut known: Vec<(Option<DateTime<Utc>>, TicketId, String, bool)> = Vec::new();
        for (n, (tenant, due, missed)) in (1..).zip(given) {
            let ticket = world.ticket(n);
            let mut clock = clock_of(&world, ticket.ticket, Target::Resolution, due);
            clock.breached_at = missed.then(|| due.or(noon)).flatten();
            let mut facts = vec![world.opened(tenant, &ticket)];
            // One has no clock at all; the others without an instant are paused.
            if n != 9 {
                facts.push(changed(&world, tenant, &clock, 1));
            }
            world.hear(&facts).await;
            known.push((due, ticket.ticket, ticket.number, missed));
        }
        known.sort_by_key(|(due, ticket, ..)| (due.is_none(), *due, *ticket));
        let only = |wanted: &dyn Fn(&Known) -> bool| {
            let some = known.iter().filter(|row| wanted(row));
            some.map(|row| row.2.clone()).collect::<Vec<_>>()
        };
        let all = only(&|_| true);
        assert_eq!(all[0], "INC-000006");
        assert_eq!(all[5], "INC-000008");
        for first in [1, 2, 4, 9, 100] {
            assert_eq!(by_pages(&world, &agent, first).await, all, "{first} a page");
        }
        for (filter, wanted) in [
            (json!({"breached": true}), only(&|row| row.3)),
            (json!({"breached": false}), only(&|row| !row.3)),
            // Before an instant, not at it; what never falls due is before none.
            (
                json!({"dueBefore": "2026-11-26T12:00:00Z"}),
                only(&|row| row.0.is_some_and(|due| Some(due) < noon)),
            ),
            (
                json!({"dueBefore": "2026-11-26T12:00:00.000001Z"}),
                only(&|row| row.0.is_some_and(|due| Some(due) <= noon)),
            ),
            (
                json!({"dueBefore": "2100-01-01T00:00:00Z"}),
                only(&|row| row.0.is_some()),
            ),
            (
                json!({"dueBefore": "2100-01-01T00:00:00Z", "breached": true}),
                vec!["INC-000006".to_owned()],
            ),
        ] {
            let list = world
                .data(&agent, LIST, json!({"f": filter, "s": "DUE_FIRST"}))
                .await;
            assert_eq!(numbers(&list), wanted, "{filter}");
            assert_eq!(list["worklist"]["totalCount"], wanted.len(), "{filter}");
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_seen_comes_from_the_signed_caller_alone() {
    story(async {
        let world = World::start("seeing").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        world.open(acme, 2).await;
        let betas = world.open(beta, 3).await;
        let mut agent = world.staff(Role::Agent, &[acme, beta]).await;
        let both = world.data(&agent, LIST, json!({})).await;
        assert_eq!(numbers(&both).len(), 5);
        agent.chosen = Some(acme);
        assert_eq!(numbers(&world.data(&agent, LIST, json!({})).await).len(), 2, "the chosen one alone");
        // The assignment to beta ended: the next signed caller has it no more, though routing was told nothing.
        agent.chosen = None;
        agent.tenants.retain(|t| t.id == acme);
        assert_eq!(numbers(&world.data(&agent, LIST, json!({})).await).len(), 2);
        let named = json!({"f": {"tenants": [beta.to_string()]}});
        assert_eq!(world.refusal(&agent, LIST, named).await, "NOT_FOUND");
        let entity = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { assignment { line } } } }";
        let ticket = json!({"r": [{"__typename": "Ticket", "id": gid(beta, betas[0].ticket), "version": 1}]});
        let seen = world.data(&agent, entity, ticket).await;
        assert!(seen["_entities"][0]["assignment"].is_null());

        // Postgres says so too, whatever the statement asks for.
        let mut tx = world.db.begin_provider(world.provider, &[acme]).await.unwrap();
        for table in ["worklist", "tenant_routing", "staff_of_tenant", "routing_rule", "ticket_clock"] {
            let sql = format!("SELECT count(*) FROM {table} WHERE tenant <> $1");
            let others: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(acme.uuid())
                .fetch_one(tx.conn())
                .await
                .unwrap();
            assert_eq!(others, 0, "{table}");
        }
        let stolen = sqlx::query("UPDATE worklist SET tenant = $1").bind(beta.uuid()).execute(tx.conn()).await;
        assert!(stolen.is_err());
        tx.rollback().await.unwrap();

        for role in [Role::Requester, Role::TenantAdmin, Role::Integrator] {
            let client = world.caller(CallerKind::Person, PersonId::new(&*world.ids), role, &[acme]);
            assert_eq!(world.refusal(&client, LIST, json!({})).await, "FORBIDDEN");
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_back_moves_nothing_in_the_list() {
    story(async {
        let world = World::start("restored").await;
        let acme = world.tenant("acme").await;
        let mut ticket = world.open(acme, 1).await.remove(0);
        ticket.version += 1;
        let at = ticket.opened_at;
        let workaround = true;
        ticket.service = Some(Service::Restored { at, workaround });
        let by = Actor::System;
        let fact = TicketServiceChanged {
            ticket: ticket.clone(),
            by,
        };
        let subject = ticket.ticket.to_string();
        world
            .hear(&[world.fact(acme, subject, ticket.version, Origin::Live, &fact)])
            .await;
        let agent = world.staff(Role::Agent, &[acme]).await;
        let list = "{ worklist { edges { node { number state priority } } } }";
        let seen = world.data(&agent, list, json!({})).await;
        let node = &seen["worklist"]["edges"][0]["node"];
        assert_eq!(
            (&node["number"], &node["state"]),
            (&json!(ticket.number), &json!("OPEN")),
            "{seen}"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_vendors_answer_moves_nothing_in_the_list_and_hides_nothing_behind_it() {
    story(async {
        let world = World::start("vendor-answers").await;
        let acme = world.tenant("acme").await;
        let mut ticket = world.open(acme, 1).await.remove(0);
        let agent = world.staff(Role::Agent, &[acme]).await;
        let list = "{ worklist { edges { node { state holder { id } } } } }";
        let subject = ticket.ticket.to_string();
        let by = Actor::Staff {
            person: PersonId::new(&*world.ids),
        };
        ticket.version += 1;
        ticket.state = TicketState::WaitingForVendor;
        let answered = TicketVendorAnswered {
            ticket: ticket.clone(),
            entry: EntryId::new(&*world.ids),
            by,
        };
        let (live, version) = (Origin::Live, ticket.version);
        let answered = world.fact(acme, subject.clone(), version, live, &answered);
        ticket.version += 1;
        ticket.state = TicketState::InProgress;
        let moved = TicketStateChanged {
            ticket,
            from: TicketState::WaitingForVendor,
            by,
        };
        let moved = world.fact(acme, subject, version + 1, live, &moved);
        // What the answer tells of the ticket is taken in, and so is the fact that follows it.
        for (fact, state) in [(answered, "WAITING_FOR_VENDOR"), (moved, "IN_PROGRESS")] {
            world.hear(&[fact]).await;
            let seen = world.data(&agent, list, json!({})).await;
            let edges = seen["worklist"]["edges"].as_array().unwrap();
            assert_eq!(edges.len(), 1, "{seen}");
            let node = &edges[0]["node"];
            assert_eq!(
                (&node["state"], &node["holder"]),
                (&json!(state), &Value::Null)
            );
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn every_provider_table_about_a_tenant_is_guarded() {
    story(async {
        let world = World::start("guarded").await;
        let mut owner = testkit_owner(&world).await;
        let open: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped \
             WHERE n.nspname LIKE 'p\\_%' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        assert!(open.is_empty(), "without row-level security: {open:?}");
        drop(owner);
        world.end().await;
    })
    .await;
}

async fn testkit_owner(world: &World) -> sqlx::PgConnection {
    use sqlx::Connection as _;
    let url = world.suite.database_url("routing");
    sqlx::PgConnection::connect(&url).await.unwrap()
}
