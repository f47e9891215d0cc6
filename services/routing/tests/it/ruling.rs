//! A tenant's rules.

use access::Role;
use serde_json::json;

use crate::world::{World, gid, story};

const SET: &str = "mutation($i: SetRoutingRulesInput!) { setRoutingRules(input: $i) { problems { code field } \
    routingRules { version defaultGroup { name } rules { kind priority major group { name } } } } }";

#[tokio::test]
async fn replaced_as_a_whole_by_whoever_saw_the_last_ones() {
    story(async {
        let world = World::start("ruling").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let lead = world.staff(Role::Coordinator, &[acme, beta]).await;
        let operations = world.group(&lead, "Operaciones", 2).await;
        assert_eq!(
            world.refusal(&lead, "{ routingRules { version } }", json!({})).await,
            "TENANT_REQUIRED"
        );
        let of_acme = |group: &str| group.parse::<ids::GlobalId<ids::GroupId>>().map(|g| gid(acme, g.id)).unwrap();
        let rule = json!({"kind": "INCIDENT", "major": true, "group": of_acme(&operations)});
        let input = json!({"i": {"tenant": acme.to_string(), "rules": [rule], "version": 1,
            "defaultGroup": of_acme(&operations)}});
        let set = world.data(&lead, SET, input.clone()).await;
        assert_eq!(
            set["setRoutingRules"]["routingRules"],
            json!({"version": 2, "defaultGroup": {"name": "Operaciones"}, "rules": [
                {"kind": "INCIDENT", "priority": null, "major": true, "group": {"name": "Operaciones"}}]})
        );
        let stale = world.data(&lead, SET, input).await;
        assert_eq!(stale["setRoutingRules"]["problems"][0]["code"], "STALE");
        let nowhere = gid(acme, ids::GroupId::new(&*world.ids));
        let input = json!({"i": {"tenant": acme.to_string(), "rules": [{"group": of_acme(&operations)}, {"group": nowhere}]}});
        let wrong = world.data(&lead, SET, input).await;
        assert_eq!(
            wrong["setRoutingRules"]["problems"],
            json!([{"code": "NO_SUCH_GROUP", "field": "rules.1.group"}])
        );
        // A category of another tenant has no place in this one's rules.
        let foreign = gid(beta, ids::CategoryId::new(&*world.ids));
        let input = json!({"i": {"tenant": acme.to_string(), "rules": [{"category": foreign, "group": of_acme(&operations)}]}});
        assert_eq!(world.refusal(&lead, SET, input).await, "NOT_FOUND");

        let query = "query($t: ID) { routingRules(tenant: $t) { version rules { kind } defaultGroup { name } } }";
        let acmes = world.data(&lead, query, json!({"t": acme.to_string()})).await;
        assert_eq!(acmes["routingRules"]["version"], 2, "what was refused changed nothing");
        let betas = world.data(&lead, query, json!({"t": beta.to_string()})).await;
        assert_eq!(
            betas["routingRules"],
            json!({"version": 1, "rules": [], "defaultGroup": {"name": "Mesa de servicio N1"}})
        );
        world.end().await;
    })
    .await;
}
