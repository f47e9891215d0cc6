//! The integrators' documents, generated from the catalogue: a JSON Schema per type and one AsyncAPI 3 document.

use serde_json::{Map, Value, json};

use crate::{Publisher, catalogue};

/// File name and content of each JSON Schema.
pub fn json_schemas() -> Vec<(String, Value)> {
    catalogue()
        .iter()
        .map(|t| {
            let mut schema = (t.schema)().to_value();
            if let Some(object) = schema.as_object_mut() {
                object.insert("$id".to_owned(), json!(format!("{}.schema.json", t.name)));
            }
            (format!("{}.schema.json", t.name), schema)
        })
        .collect()
}

/// AsyncAPI 3.0: one channel per publisher, one message per type.
pub fn async_api() -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for publisher in Publisher::ALL {
        let mut refs = Map::new();
        for name in publisher.types() {
            refs.insert(
                name.to_owned(),
                json!({ "$ref": format!("#/components/messages/{name}") }),
            );
            messages.insert(
                name.to_owned(),
                json!({
                    "name": name,
                    "contentType": "application/cloudevents+json",
                    "payload": {
                        "allOf": [
                            { "$ref": "#/components/schemas/envelope" },
                            { "properties": { "type": { "const": name }, "data": { "$ref": format!("./{name}.schema.json") } } }
                        ]
                    }
                }),
            );
        }
        let source = publisher.source();
        channels.insert(
            source.to_owned(),
            json!({ "address": "facts", "description": format!("Facts of {source}, routing key <partition>.<type>"), "messages": refs }),
        );
        operations.insert(
            format!("hear-{source}"),
            json!({ "action": "receive", "channel": { "$ref": format!("#/channels/{source}") } }),
        );
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ventanilla facts",
            "version": "1.0.0",
            "description": "What services tell each other over RabbitMQ. CloudEvents 1.0, JSON."
        },
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": { "envelope": envelope() } }
    })
}

fn envelope() -> Value {
    json!({
        "type": "object",
        "required": ["specversion", "id", "type", "source", "subject", "time", "sequence", "origin", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string" },
            "type": { "type": "string" },
            "source": { "type": "string" },
            "subject": { "type": "string" },
            "time": { "type": "string", "format": "date-time", "description": "when it happened" },
            "tenant": { "type": "string" },
            "provider": { "type": "string" },
            "sequence": { "type": "integer", "minimum": 1, "description": "per (source, subject), without a gap" },
            "origin": { "enum": ["live", "history"] },
            "traceparent": { "type": "string" },
            "datacontenttype": { "const": "application/json" },
            "data": { "type": "object" }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_type_is_named_once_and_versioned() {
        let mut seen = BTreeSet::new();
        for t in catalogue() {
            assert!(seen.insert(t.name), "{} stands twice", t.name);
            let version = t.name.rsplit('.').next().unwrap_or_default();
            assert!(
                version
                    .strip_prefix('v')
                    .is_some_and(|n| n.parse::<u16>().is_ok()),
                "{} has no version",
                t.name
            );
        }
    }
}
