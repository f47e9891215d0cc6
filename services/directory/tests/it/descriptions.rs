//! The schema is the integrators' manual: nothing in it is without a word of explanation.

use serde_json::{Value, json};

use crate::world::{World, story};

const QUERY: &str = "{ __schema { types { name kind description fields { name description args { name description } } \
    inputFields { name description } enumValues { name description } } } }";

fn silent(of: &Value) -> bool {
    of["description"]
        .as_str()
        .is_none_or(|d| d.trim().is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_described() {
    story(async {
        let world = World::start("descriptions").await;
        let data = world.data(&world.operator(), QUERY, json!({})).await;
        let mut missing = Vec::new();
        let none = Vec::new();
        let list = |v: &'_ Value| -> Vec<Value> { v.as_array().unwrap_or(&none).clone() };
        for of in list(&data["__schema"]["types"]) {
            let name = of["name"].as_str().unwrap();
            if name.starts_with('_') || of["kind"] == "SCALAR" {
                continue;
            }
            // Pages are async-graphql's own types; their fields speak.
            if silent(&of) && !name.ends_with("Connection") {
                missing.push(name.to_owned());
            }
            for part in ["fields", "inputFields", "enumValues"] {
                for field in list(&of[part]) {
                    let field_name = field["name"].as_str().unwrap();
                    if field_name.starts_with('_') {
                        continue;
                    }
                    if silent(&field) {
                        missing.push(format!("{name}.{field_name}"));
                    }
                    let args = list(&field["args"]);
                    let args = args.iter().filter(|a| silent(a));
                    missing.extend(args.map(|a| format!("{name}.{field_name}({})", a["name"])));
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
        world.suite.finish().await;
    })
    .await;
}
