//! The SDL is the integrators' manual: nothing in it goes without a description.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use serde_json::{Value, json};

use crate::house::House;

fn blank(value: &Value) -> bool {
    value["description"].as_str().is_none_or(str::is_empty)
}

#[tokio::test]
async fn everything_is_described() {
    let house = House::open("manual").await;
    let data = house
        .data(
            &house.ana,
            "{ __schema { types { name kind description
                fields { name description args { name description } }
                inputFields { name description } enumValues { name description } } } }",
            json!({}),
        )
        .await;
    let mut missing = Vec::new();
    for t in data["__schema"]["types"].as_array().unwrap() {
        let name = t["name"].as_str().unwrap();
        if name.starts_with('_') || t["kind"] == "SCALAR" {
            continue;
        }
        // The library makes these and describes their fields alone.
        if blank(t) && !name.ends_with("Connection") && !name.ends_with("Edge") {
            missing.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for f in t[part].as_array().into_iter().flatten() {
                let field = f["name"].as_str().unwrap();
                if field.starts_with('_') {
                    continue;
                }
                if blank(f) {
                    missing.push(format!("{name}.{field}"));
                }
                for a in f["args"].as_array().into_iter().flatten() {
                    if blank(a) {
                        missing.push(format!("{name}.{field}({})", a["name"]));
                    }
                }
            }
        }
    }
    assert_eq!(missing, [""; 0]);
    house.close().await;
}

#[test]
fn the_sdl_says_what_is_ours() {
    let sdl = intake::sdl();
    assert!(sdl.contains("type Ticket @key(fields: \"id\")"), "{sdl}");
    assert!(
        sdl.contains("type Person @key(fields: \"id\", resolvable: false)"),
        "{sdl}"
    );
    assert!(sdl.contains("version: Int!"), "{sdl}");
}
