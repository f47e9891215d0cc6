//! What a graph says of itself: it is the integrators' manual.

use serde_json::Value;

/// Asks a graph for all that [`undescribed`] looks at.
pub const INTROSPECTION: &str = "{ __schema { types { name description kind fields { name description \
    args { name description } } inputFields { name description } enumValues { name description } } } }";

/// The types, fields, arguments and values without a description in an answer to [`INTROSPECTION`], by their paths.
pub fn undescribed(answer: &Value) -> Vec<String> {
    let Some(types) = answer["__schema"]["types"].as_array() else {
        return vec!["__schema.types".to_owned()];
    };
    let mut silent = Vec::new();
    let mut look = |path: &str, thing: &Value| {
        if thing["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path.to_owned());
        }
    };
    for ty in types {
        let name = named(ty);
        if name.starts_with('_') || ty["kind"] == "SCALAR" || ty["kind"] == "UNION" {
            continue;
        }
        // The roots are every subgraph's; their fields are ours.
        if name != "Query" && name != "Mutation" {
            look(name, ty);
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for field in ty[part].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", named(field));
                if path.contains("._") {
                    continue;
                }
                look(&path, field);
                for arg in field["args"].as_array().into_iter().flatten() {
                    look(&format!("{path}({})", named(arg)), arg);
                }
            }
        }
    }
    silent
}

fn named(thing: &Value) -> &str {
    thing["name"].as_str().unwrap_or_default()
}
