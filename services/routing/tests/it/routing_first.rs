//! A new ticket finds its group.

use access::Role;
use events::Origin;
use events::directory::ProviderCreated;
use events::intake::{Actor, Priority, TicketKind, TicketState};
use events::routing::AssignmentReason;
use ids::{GlobalId, GroupId, TenantId};
use serde_json::json;
use tenancy::NewTenant;

use crate::world::{World, gid, story};

#[tokio::test]
async fn by_default_the_service_desk_gets_it_and_everybody_is_told() {
    story(async {
        let world = World::start("first").await;
        let acme = world.tenant("acme").await;
        let mut ticket = world.ticket(1);
        let opened = world.opened(acme, &ticket);
        let queued = world.moved(acme, &mut ticket, TicketState::Queued);
        world.hear(&[opened, queued]).await;

        let told = world.announced().await;
        assert_eq!(told.len(), 1, "one ticket, one first routing");
        let (envelope, fact) = &told[0];
        assert_eq!(
            (envelope.sequence, envelope.origin, envelope.time),
            (1, Origin::Live, ticket.opened_at)
        );
        assert_eq!(envelope.subject, ticket.ticket.to_string());
        assert_eq!(
            (fact.reason, fact.by, fact.ticket_version),
            (AssignmentReason::Routed, Actor::System, 1)
        );
        assert_eq!(
            (fact.to.group_name.as_str(), fact.to.line, fact.to.person),
            ("Mesa de servicio N1", 1, None)
        );
        assert!(fact.from.is_none());

        let agent = world.staff(Role::Agent, &[acme]).await;
        let data = world
            .data(&agent, "{ worklist { edges { node { number state ticketVersion group { name } holder { id } } } } }", json!({}))
            .await;
        assert_eq!(
            data["worklist"]["edges"][0]["node"],
            json!({"number": "INC-000001", "state": "QUEUED", "ticketVersion": 2,
                "group": {"name": "Mesa de servicio N1"}, "holder": null})
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_first_rule_that_matches_decides_and_is_kept() {
    story(async {
        let world = World::start("rules").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let database = world.group(&lead, "Bases de datos", 3).await;
        let factory = world.group(&lead, "Fábrica", 3).await;
        let application = gid(acme, ids::ApplicationId::new(&*world.ids));
        let query = "mutation($i: SetRoutingRulesInput!) { setRoutingRules(input: $i) { problems { code } \
            routingRules { version rules { id group { id } } } } }";
        let input = json!({"i": {"tenant": acme.to_string(), "rules": [
            {"application": application, "priority": "CRITICAL", "group": database},
            {"kind": "CORRECTIVE_MAINTENANCE", "group": factory}]}});
        let data = world.data(&lead, query, input).await;
        let rules = &data["setRoutingRules"]["routingRules"];
        assert_eq!(rules["version"], 2);

        let mut critical = world.ticket(1);
        critical.priority = Priority::Critical;
        critical.application = Some(application.parse::<ids::GlobalId<_>>().unwrap().id);
        let mut bug = world.ticket(2);
        bug.kind = TicketKind::CorrectiveMaintenance;
        let plain = world.ticket(3);
        let facts: Vec<_> = [&critical, &bug, &plain]
            .map(|t| world.opened(acme, t))
            .into();
        world.hear(&facts).await;
        let groups: Vec<_> = world
            .announced()
            .await
            .into_iter()
            .map(|(e, f)| (e.subject, f.to.group_name))
            .collect();
        for (ticket, group) in [
            (&critical, "Bases de datos"),
            (&bug, "Fábrica"),
            (&plain, "Mesa de servicio N1"),
        ] {
            assert!(
                groups.contains(&(ticket.ticket.to_string(), group.to_owned())),
                "{groups:?}"
            );
        }
        let mut tx = world
            .db
            .begin_provider(world.provider, &[acme])
            .await
            .unwrap();
        let kept: Option<uuid::Uuid> =
            sqlx::query_scalar("SELECT routed_rule FROM worklist WHERE ticket = $1")
                .bind(bug.ticket.uuid())
                .fetch_one(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        let rule = rules["rules"][1]["id"].as_str().unwrap();
        assert_eq!(gid(acme, ids::RuleId::from_uuid(kept.unwrap())), rule);
        world.end().await;
    })
    .await;
}

/// What comes out of another ticket stays with the group that has that one.
#[tokio::test]
async fn a_group_that_the_opening_names_gets_it_whatever_the_rules_say_if_it_takes_the_tenants_tickets()
 {
    story(async {
        let world = World::start("named").await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let database = world.group(&lead, "Bases de datos", 3).await;
        let factory = world.group(&lead, "Fábrica", 3).await;
        let retired = world.group(&lead, "Fábrica anterior", 3).await;
        let id = |of: &str| of.parse::<GlobalId<GroupId>>().unwrap().id;
        let query = "mutation($i: SetRoutingRulesInput!) { setRoutingRules(input: $i) { problems { code } } }";
        let rules = json!([{"kind": "CORRECTIVE_MAINTENANCE", "group": database}]);
        let input = json!({"i": {"tenant": acme.to_string(), "rules": rules}});
        let done = world.data(&lead, query, input).await;
        assert_eq!(done["setRoutingRules"]["problems"], json!([]), "{done}");
        let query = "mutation($i: ChangeGroupInput!) { changeGroup(input: $i) { problems { code } } }";
        let input = json!({"i": {"group": retired, "active": false}});
        let done = world.data(&lead, query, input).await;
        assert_eq!(done["changeGroup"]["problems"], json!([]), "{done}");
        // A team of another client's former tool, which that client's history brought.
        let other = world.recorded(globex, &world.ticket(9), world.clock.now(), "Suyo", 3);
        world.hear(&[other]).await;
        let mut tx = world.db.begin_provider(world.provider, &[globex]).await.unwrap();
        let theirs: uuid::Uuid = sqlx::query_scalar("SELECT id FROM resolver_group WHERE tenant IS NOT NULL")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let unknown = GroupId::new(&*world.ids);
        let mut facts = Vec::new();
        let mut expected = Vec::new();
        for (number, (group, name)) in (1..).zip([
            (Some(id(&factory)), "Fábrica"),
            (Some(id(&retired)), "Bases de datos"),
            (Some(GroupId::from_uuid(theirs)), "Bases de datos"),
            (Some(unknown), "Bases de datos"),
            (None, "Bases de datos"),
        ]) {
            let mut ticket = world.ticket(number);
            ticket.kind = TicketKind::CorrectiveMaintenance;
            facts.push(world.opened_for(acme, &ticket, group));
            expected.push((ticket.ticket.to_string(), name.to_owned()));
        }
        world.hear(&facts).await;
        let mut told: Vec<(String, String)> = Vec::new();
        for (envelope, fact) in world.announced().await {
            assert_eq!(fact.reason, AssignmentReason::Routed);
            told.push((envelope.subject, fact.to.group_name));
        }
        told.sort();
        expected.sort();
        assert_eq!(told, expected);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_ticket_may_be_heard_before_its_tenant() {
    story(async {
        let world = World::start("early").await;
        let id = TenantId::new(&*world.ids);
        let new = NewTenant {
            id,
            provider: world.provider,
            slug: "nuevo".to_owned(),
            name: "Nuevo".to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        world.db.provision_tenant(&new).await.unwrap();
        let ticket = world.ticket(1);
        world.hear(&[world.opened(id, &ticket)]).await;
        assert_eq!(
            world.announced().await[0].1.to.group_name,
            "Mesa de servicio N1"
        );
        let provider = ProviderCreated {
            provider: world.provider,
            slug: "p".to_owned(),
            name: "P".to_owned(),
        };
        let subject = world.provider.to_string();
        world
            .hear(&[world.fact(id, subject, 1, Origin::Live, &provider)])
            .await;
        let lead = world.staff(Role::Coordinator, &[id]).await;
        let data = world
            .data(
                &lead,
                "{ groups { name line speciality active imported } }",
                json!({}),
            )
            .await;
        let desk = json!({"name": "Mesa de servicio N1", "line": 1, "speciality": "SERVICE_DESK",
            "active": true, "imported": false});
        assert_eq!(
            data["groups"],
            json!([desk]),
            "one intake group, whoever made it"
        );
        world.end().await;
    })
    .await;
}
