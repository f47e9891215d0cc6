//! The committed SDL of the subgraphs.

use anyhow::Context;
use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{
            ConstDirective, FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind,
            TypeSystemDefinition,
        },
    },
};

use crate::tree;

/// One subgraph's schema.
#[derive(Debug)]
pub struct Subgraph {
    /// The service's name: the file's.
    pub service: String,
    /// Relative to the root.
    pub file: String,
    /// Its types, extensions among them.
    pub types: Vec<TypeDefinition>,
}

/// Everything in `graphql/subgraphs`.
pub fn subgraphs() -> anyhow::Result<Vec<Subgraph>> {
    let mut subgraphs = Vec::new();
    for file in tree::files_in("graphql/subgraphs", "graphql")? {
        let document = parse_schema(tree::text(&file)?).with_context(|| file.clone())?;
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(of_type) => Some(of_type.node),
                _ => None,
            })
            .collect();
        let service = file
            .trim_start_matches("graphql/subgraphs/")
            .trim_end_matches(".graphql")
            .to_owned();
        subgraphs.push(Subgraph {
            service,
            file,
            types,
        });
    }
    Ok(subgraphs)
}

/// The fields of a root type (`Query`, `Mutation`), by name.
pub fn root_fields<'a>(subgraph: &'a Subgraph, root: &str) -> Vec<&'a str> {
    let of_root = subgraph
        .types
        .iter()
        .filter(|of_type| of_type.name.node == root);
    let mut names = Vec::new();
    for of_type in of_root {
        if let TypeKind::Object(object) = &of_type.kind {
            names.extend(
                object
                    .fields
                    .iter()
                    .map(|field| field.node.name.node.as_str()),
            );
        }
    }
    names
}

/// What has no description: `Type`, `Type.field`, `Type.field(argument)`. Left out is what federation adds, and what
/// another subgraph owns and describes.
pub fn undescribed(subgraph: &Subgraph) -> Vec<String> {
    let mut missing = Vec::new();
    for of_type in &subgraph.types {
        let name = of_type.name.node.as_str();
        if name.starts_with('_') {
            continue;
        }
        let fields: &[Positioned<FieldDefinition>] = match &of_type.kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            _ => &[],
        };
        let another_owns_it = of_type.extend
            || has(&of_type.directives, "extends")
            || fields
                .iter()
                .any(|field| has(&field.node.directives, "external"));
        let is_root = matches!(name, "Query" | "Mutation" | "Subscription");
        if of_type.description.is_none() && !another_owns_it && !is_root {
            missing.push(name.to_owned());
        }
        for field in fields.iter().map(|field| &field.node) {
            // The key of a type that another subgraph owns is described there.
            let is_key = another_owns_it && field.name.node == "id";
            if field.name.node.starts_with('_') || has(&field.directives, "external") || is_key {
                continue;
            }
            let place = format!("{name}.{}", field.name.node);
            if field.description.is_none() {
                missing.push(place.clone());
            }
            for argument in inputs(&field.arguments) {
                missing.push(format!("{place}({argument})"));
            }
        }
        match &of_type.kind {
            TypeKind::InputObject(input) => {
                missing.extend(inputs(&input.fields).map(|field| format!("{name}.{field}")));
            }
            TypeKind::Enum(values) => {
                let values = values
                    .values
                    .iter()
                    .filter(|value| value.node.description.is_none());
                missing.extend(values.map(|value| format!("{name}.{}", value.node.value.node)));
            }
            _ => {}
        }
    }
    missing
}

fn inputs(values: &[Positioned<InputValueDefinition>]) -> impl Iterator<Item = &str> {
    values
        .iter()
        .filter(|value| value.node.description.is_none())
        .map(|value| value.node.name.node.as_str())
}

fn has(directives: &[Positioned<ConstDirective>], name: &str) -> bool {
    directives
        .iter()
        .any(|directive| directive.node.name.node == name)
}

/// `openTicket` -> `open_ticket`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
