//! The life of providers and tenants.

use std::time::{Duration, Instant};

use access::Role;
use events::directory::{ProviderCreated, TenantChanged, TenantCreated};
use ids::TenantId;
use serde_json::json;

use crate::world::{World, codes, id, story};

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_ready_when_every_service_has_made_its_part() {
    story(async {
        let world = World::start("tenant-ready").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        assert_eq!(world.state(tenant.id).await, "PROVISIONING");

        let door = world.serve();
        let began = Instant::now();
        for service in ["intake", "routing", "sla-clock", "reporting"] {
            world.acknowledge(tenant.id, service).await;
        }
        // The same word twice counts once.
        world.acknowledge(tenant.id, "intake").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(
            world.state(tenant.id).await,
            "PROVISIONING",
            "knowledge is missing"
        );
        world.acknowledge(tenant.id, "knowledge").await;
        world.make_ready(tenant.id).await;
        assert!(began.elapsed() < Duration::from_secs(15));
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_tells_everybody_once_and_in_order() {
    story(async {
        let world = World::start("tenant-facts").await;
        let provider = world.provider("mesa-lima").await;
        let began = Instant::now();
        let tenant = world.tenant(provider, "banco-sur").await;
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "directory's part alone took {:?}",
            began.elapsed()
        );

        let told = world.announced("provider.created.v1").await;
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].subject.clone(), told[0].sequence),
            (provider.to_string(), 1)
        );
        assert_eq!((told[0].tenant, told[0].provider), (None, Some(provider)));
        assert_eq!(told[0].read::<ProviderCreated>().unwrap().slug, "mesa-lima");

        let told = world.announced("tenant.created.v1").await;
        assert_eq!(told.len(), 1);
        assert_eq!(
            (told[0].subject.clone(), told[0].sequence),
            (tenant.id.to_string(), 1)
        );
        assert_eq!(
            (told[0].tenant, told[0].provider),
            (Some(tenant.id), Some(provider))
        );
        let fact: TenantCreated = told[0].read().unwrap();
        assert_eq!(
            (fact.tenant.provider, fact.tenant.time_zone.as_str()),
            (provider, "America/Lima")
        );
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_suspended_resumed_and_renamed() {
    story(async {
        let world = World::start("tenant-moves").await;
        let operator = world.operator();
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let input = json!({"tenant": tenant.id});
        let fields = "tenant { state slug name timeZone } problems { code }";

        let early = world.change(&operator, "suspendTenant", input.clone(), fields).await;
        assert_eq!(codes(&early), ["TENANT_NOT_READY"]);
        let door = world.serve();
        world.make_ready(tenant.id).await;
        door.close().await;

        let done = world.change(&operator, "suspendTenant", input.clone(), fields).await;
        assert_eq!(done["tenant"]["state"], "SUSPENDED");
        let again = world.change(&operator, "suspendTenant", input.clone(), fields).await;
        assert_eq!((codes(&again), &again["tenant"]["state"]), (vec![], &json!("SUSPENDED")));
        let (_, errors) = world.ask(&admin, "{ people { nodes { id } } }", json!({})).await;
        assert_eq!(errors, ["SUSPENDED"]);

        let done = world.change(&operator, "resumeTenant", input.clone(), fields).await;
        assert_eq!(done["tenant"]["state"], "READY");
        world.data(&admin, "{ people { nodes { id } } }", json!({})).await;

        let input = json!({"tenant": tenant.id, "slug": "banco-del-sur", "timeZone": "America/Bogota"});
        let done = world.change(&operator, "renameTenant", input, fields).await;
        assert_eq!(done["tenant"]["slug"], "banco-del-sur");
        assert_eq!(done["tenant"]["timeZone"], "America/Bogota");
        // Nothing is different: nothing is told.
        let input = json!({"tenant": tenant.id, "slug": "banco-del-sur"});
        world.change(&operator, "renameTenant", input, fields).await;

        let sequence = |kind: &'static str| {
            let world = &world;
            async move {
                let told = world.announced(kind).await;
                told.iter().map(|f| f.sequence).collect::<Vec<_>>()
            }
        };
        assert_eq!(sequence("tenant.suspended.v1").await, [2]);
        assert_eq!(sequence("tenant.resumed.v1").await, [3]);
        assert_eq!(sequence("tenant.changed.v1").await, [4]);
        let changed: TenantChanged = world.announced("tenant.changed.v1").await[0].read().unwrap();
        assert_eq!(changed.tenant.slug, "banco-del-sur");

        // The former slug still leads here, and is nobody else's.
        let query = "query($slug: String) { tenant(slug: $slug) { id } }";
        let data = world.data(&operator, query, json!({"slug": "banco-sur"})).await;
        assert_eq!(data["tenant"]["id"], tenant.id.to_string());
        let input = json!({"provider": provider, "slug": "banco-sur", "name": "Otro", "locale": "es", "timeZone": "America/Lima"});
        let taken = world.change(&operator, "createTenant", input, "tenant { id } problems { code }").await;
        assert_eq!(codes(&taken), ["SLUG_TAKEN"]);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_told_at_once_and_leaves_nothing() {
    story(async {
        let world = World::start("tenant-problems").await;
        let operator = world.operator();
        let provider = world.provider("mesa-lima").await;
        let input = json!({"provider": provider, "slug": "Banco Sur", "name": " ", "locale": "español", "timeZone": "Lima"});
        let done = world.change(&operator, "createTenant", input, "tenant { id } problems { code field }").await;
        assert_eq!(codes(&done), ["SLUG_INVALID", "NAME_INVALID", "LOCALE_INVALID", "TIME_ZONE_INVALID"]);
        assert_eq!(done["tenant"], json!(null));

        let input = json!({"slug": "mesa-lima", "name": "Otra"});
        let done = world.change(&operator, "createProvider", input, "provider { id } problems { code }").await;
        assert_eq!(codes(&done), ["SLUG_TAKEN"]);

        let input = json!({"provider": world.ids.uuid().to_string(), "slug": "x-y", "name": "X", "locale": "es", "timeZone": "UTC"});
        let (_, errors) = world.try_change(&operator, "createTenant", input, "problems { code }").await;
        assert_eq!(errors, ["NOT_FOUND"], "no such provider");
        let data = world.data(&operator, "{ tenants { nodes { id } } }", json!({})).await;
        assert_eq!(data["tenants"]["nodes"], json!([]));
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_a_crash_left_behind_is_taken_over() {
    story(async {
        let world = World::start("tenant-promise").await;
        let provider = world.provider("mesa-lima").await;
        let promised = TenantId::new(&*world.ids);
        let mut tx = world.deps.db.begin_platform().await.unwrap();
        sqlx::query(
            "INSERT INTO platform.tenant_record (id, provider, slug, name, locale, time_zone, state, created_at) \
             VALUES ($1, $2, 'banco-sur', 'Viejo', 'es', 'UTC', 'provisioning', $3)",
        )
        .bind(promised.uuid())
        .bind(provider.uuid())
        .bind(world.now())
        .execute(tx.conn())
        .await
        .unwrap();
        sqlx::query("INSERT INTO platform.tenant_slug (slug, tenant, since) VALUES ('banco-sur', $1, $2)")
            .bind(promised.uuid())
            .bind(world.now())
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let data = world.data(&world.operator(), "{ tenants { nodes { id } } }", json!({})).await;
        assert_eq!(data["tenants"]["nodes"], json!([]), "not announced is not there");
        let tenant = world.tenant(provider, "banco-sur").await;
        assert_eq!(tenant.id, promised);
        let told = world.announced("tenant.created.v1").await;
        let fact: TenantCreated = told[0].read().unwrap();
        assert_eq!((told.len(), fact.tenant.name.as_str()), (1, "Empresa banco-sur"));
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_want_the_same_slug_at_once_make_one_tenant() {
    story(async {
        let world = World::start("tenant-race").await;
        let provider = world.provider("mesa-lima").await;
        let operator = world.operator();
        let input = json!({"provider": provider, "slug": "banco-sur", "name": "Banco", "locale": "es", "timeZone": "UTC"});
        let create = || world.change(&operator, "createTenant", input.clone(), "tenant { id } problems { code }");
        let done = futures::future::join_all((0..4).map(|_| create())).await;
        let made: Vec<_> = done.iter().filter(|d| codes(d).is_empty()).collect();
        assert_eq!(made.len(), 1, "{done:?}");
        assert!(done.iter().all(|d| codes(d).is_empty() || codes(d) == ["SLUG_TAKEN"]));
        assert_eq!(world.announced("tenant.created.v1").await.len(), 1);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_are_listed_page_by_page_and_only_ones_own() {
    story(async {
        let world = World::start("tenant-list").await;
        let (one, other) = (world.provider("mesa-uno").await, world.provider("mesa-dos").await);
        let mut all = Vec::new();
        for slug in ["alfa", "beta", "gama"] {
            all.push(world.tenant(one, slug).await);
        }
        let foreign = world.tenant(other, "delta").await;
        let operator = world.operator();
        let query = "query($after: String) { tenants(first: 3, after: $after) { pageInfo { hasNextPage endCursor } nodes { slug provider } } }";
        let first = world.data(&operator, query, json!({})).await;
        let slugs = |data: &serde_json::Value| -> Vec<String> {
            let nodes = data["tenants"]["nodes"].as_array().unwrap();
            nodes.iter().map(|n| n["slug"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(slugs(&first), ["alfa", "beta", "delta"]);
        assert_eq!(first["tenants"]["pageInfo"]["hasNextPage"], true);
        let after = first["tenants"]["pageInfo"]["endCursor"].clone();
        let second = world.data(&operator, query, json!({"after": after})).await;
        assert_eq!(slugs(&second), ["gama"]);
        assert_eq!(second["tenants"]["pageInfo"]["hasNextPage"], false);

        let agent = world.staff("Luis Rojas", one, &[(&all[0], &[Role::Agent]), (&all[2], &[Role::Agent])]).await;
        assert_eq!(slugs(&world.data(&agent, query, json!({})).await), ["alfa", "gama"]);
        let query = "query($id: ID, $slug: String) { tenant(id: $id, slug: $slug) { id } }";
        for variables in [json!({"id": foreign.id}), json!({"slug": "delta"}), json!({"slug": "beta"}), json!({"id": "ten_x"})] {
            let data = world.data(&agent, query, variables.clone()).await;
            assert_eq!(data["tenant"], json!(null), "{variables}");
        }
        let data = world.data(&agent, query, json!({"slug": "gama"})).await;
        assert_eq!(id::<TenantId>(&data["tenant"]["id"]), all[2].id);
        let (_, errors) = world.ask(&agent, "{ provider(slug: \"mesa-uno\") { id } }", json!({})).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        let data = world.data(&operator, "{ provider(slug: \"mesa-uno\") { id } otro: provider(slug: \"nadie\") { id } }", json!({})).await;
        assert_eq!((id(&data["provider"]["id"]), &data["otro"]), (one, &json!(null)));
        world.suite.finish().await;
    })
    .await;
}
