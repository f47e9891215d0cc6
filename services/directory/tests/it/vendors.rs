//! Vendors of a tenant.

use access::Role;
use events::directory::{VendorChanged, VendorRegistered};
use ids::{GlobalId, VendorId};
use serde_json::{Value, json};

use crate::world::{World, codes, id, story};

const FIELDS: &str = "vendor { id name retired version } problems { code field } position";
const PAGE: &str = "query($n: Int, $a: String, $all: Boolean = false) { vendors(first: $n, after: $a, includeRetired: $all) { \
    nodes { name } pageInfo { hasNextPage endCursor } } }";
const ENTITY: &str =
    "query($of: [_Any!]!) { _entities(representations: $of) { ... on Vendor { name } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_is_registered_changed_and_told() {
    story(async {
        let world = World::start("vendor-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;

        let input = json!({"name": " Fábrica  Norte ", "idempotencyKey": "v"});
        let done = world
            .change(&admin, "createVendor", input.clone(), FIELDS)
            .await;
        assert_eq!(done["vendor"]["name"], "Fábrica Norte");
        assert!(done["position"].is_string(), "{done}");
        let again = world.change(&admin, "createVendor", input, FIELDS).await;
        assert_eq!(again["vendor"]["id"], done["vendor"]["id"]);
        let vendor: GlobalId<VendorId> = id(&done["vendor"]["id"]);
        assert_eq!(vendor.tenant, tenant.id);
        let taken = json!({"name": "FÁBRICA NORTE"});
        let refused = world.change(&admin, "createVendor", taken, FIELDS).await;
        assert_eq!(codes(&refused), ["NAME_TAKEN"]);
        let blank = world
            .change(&admin, "createVendor", json!({"name": " "}), FIELDS)
            .await;
        assert_eq!(codes(&blank), ["NAME_INVALID"]);

        let input = json!({"vendor": vendor, "name": "Norte", "retired": true, "version": 1});
        let done = world.change(&admin, "changeVendor", input, FIELDS).await;
        assert_eq!(
            done["vendor"],
            json!({"id": vendor, "name": "Norte", "retired": true, "version": 2})
        );
        let stale = json!({"vendor": vendor, "name": "Otro", "version": 1});
        let refused = world.change(&admin, "changeVendor", stale, FIELDS).await;
        assert_eq!(codes(&refused), ["STALE"]);
        let same = json!({"vendor": vendor, "name": "Norte"});
        let same = world.change(&admin, "changeVendor", same, FIELDS).await;
        assert_eq!(
            (&same["vendor"]["version"], &same["position"]),
            (&json!(2), &Value::Null)
        );

        // Others hear of its id alone.
        let told = world.announced("vendor.registered.v1").await;
        assert_eq!(
            (told.len(), told[0].subject.clone()),
            (1, vendor.id.to_string())
        );
        assert!(!told[0].data.get().contains("Norte"));
        let fact: VendorRegistered = told[0].read().unwrap();
        assert_eq!(
            (fact.vendor.vendor, fact.vendor.retired),
            (vendor.id, false)
        );
        let told = world.announced("vendor.changed.v1").await;
        assert_eq!((told.len(), told[0].sequence), (1, 2));
        let fact: VendorChanged = told[0].read().unwrap();
        assert!(fact.vendor.retired);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vendors_are_listed_by_name_and_seen_as_applications_are() {
    story(async {
        let world = World::start("vendor-list").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let mut all = Vec::new();
        for name in ["Zeta", "Ágil", "beta"] {
            let done = world
                .change(&admin, "createVendor", json!({"name": name}), FIELDS)
                .await;
            all.push(done["vendor"]["id"].clone());
        }
        let gone = json!({"vendor": all[0], "retired": true});
        world.change(&admin, "changeVendor", gone, FIELDS).await;

        let requester = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let first = world.data(&requester, PAGE, json!({"n": 1})).await;
        assert_eq!(first["vendors"]["nodes"], json!([{"name": "Ágil"}]));
        let info = &first["vendors"]["pageInfo"];
        assert_eq!(info["hasNextPage"], true);
        let next = json!({"n": 5, "a": info["endCursor"]});
        let next = world.data(&requester, PAGE, next).await;
        assert_eq!(next["vendors"]["nodes"], json!([{"name": "beta"}]));
        assert_eq!(next["vendors"]["pageInfo"]["hasNextPage"], false);
        let too = world.data(&requester, PAGE, json!({"all": true})).await;
        assert_eq!(
            too["vendors"]["nodes"],
            json!([{"name": "Ágil"}, {"name": "beta"}, {"name": "Zeta"}])
        );
        for (name, input) in [
            ("createVendor", json!({"name": "X"})),
            ("changeVendor", json!({"vendor": all[1], "name": "X"})),
        ] {
            let (_, errors) = world.try_change(&requester, name, input, FIELDS).await;
            assert_eq!(errors, ["FORBIDDEN"], "{name}");
        }

        // Who has to do with the tenant sees what a reference leads to; nobody else does.
        let of = json!({"of": [{"__typename": "Vendor", "id": all[0]}]});
        let seen = world.data(&requester, ENTITY, of.clone()).await;
        assert_eq!(seen["_entities"], json!([{"name": "Zeta"}]));
        let other = world.tenant(provider, "banco-norte").await;
        let stranger = world.person("Beto Diaz", &other, Role::TenantAdmin).await;
        let seen = world.data(&stranger, ENTITY, of).await;
        assert_eq!(seen["_entities"], json!([null]));
        world.suite.finish().await;
    })
    .await;
}
