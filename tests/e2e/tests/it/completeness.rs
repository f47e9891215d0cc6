//! The list of attempts against the schema: an operation, or a place for an id, that nobody has tried fails here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

use crate::isolation::{Read, attempts};

/// The composed schema, or what it is composed from.
pub fn types() -> BTreeMap<String, Vec<TypeDefinition>> {
    let graphql = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../graphql");
    let supergraph = graphql.join("supergraph.graphql");
    let files = if supergraph.is_file() {
        vec![supergraph]
    } else {
        std::fs::read_dir(graphql.join("subgraphs"))
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect()
    };
    let mut types: BTreeMap<String, Vec<TypeDefinition>> = BTreeMap::new();
    for file in files {
        for definition in parse_schema(std::fs::read_to_string(&file).unwrap())
            .unwrap()
            .definitions
        {
            if let TypeSystemDefinition::Type(definition) = definition {
                types
                    .entry(definition.node.name.node.to_string())
                    .or_default()
                    .push(definition.node);
            }
        }
    }
    assert!(types.len() > 50, "no schema in {}", graphql.display());
    types
}

fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// Where an operation takes ids: `input.ticket`. A type within itself is looked at once.
fn id_paths(
    types: &BTreeMap<String, Vec<TypeDefinition>>,
    prefix: &str,
    within: &[&str],
    arguments: &[Positioned<InputValueDefinition>],
    into: &mut BTreeSet<String>,
) {
    for argument in arguments {
        let path = if prefix.is_empty() {
            argument.node.name.node.to_string()
        } else {
            format!("{prefix}.{}", argument.node.name.node)
        };
        let name = named(&argument.node.ty.node);
        if name == "ID" {
            into.insert(path);
            continue;
        }
        if within.contains(&name.as_str()) {
            continue;
        }
        let within = [within, &[name.as_str()]].concat();
        for definition in types.get(name.as_str()).into_iter().flatten() {
            if let TypeKind::InputObject(input) = &definition.kind {
                id_paths(types, &path, &within, &input.fields, into);
            }
        }
    }
}

#[test]
fn every_operation_and_every_id_it_takes_has_its_attempt() {
    let types = types();
    let attempts = attempts();
    let mut missing = Vec::new();
    let mut superfluous: BTreeSet<String> = attempts
        .iter()
        .map(|a| format!("{}.{}", a.root, a.field))
        .collect();
    for root in ["Query", "Mutation"] {
        for definition in &types[root] {
            let TypeKind::Object(object) = &definition.kind else {
                continue;
            };
            for field in object
                .fields
                .iter()
                .map(|f| &f.node)
                .filter(|f| !f.name.node.starts_with('_'))
            {
                let name = field.name.node.as_str();
                let of_field: Vec<&Read> = attempts
                    .iter()
                    .filter(|a| a.root == root && a.field == name)
                    .collect();
                superfluous.remove(&format!("{root}.{name}"));
                if of_field.is_empty() {
                    missing.push(format!("{root}.{name}"));
                }
                let mut paths = BTreeSet::new();
                id_paths(&types, "", &[], &field.arguments, &mut paths);
                for path in paths {
                    if !of_field.iter().any(|a| a.paths.contains(&path)) {
                        missing.push(format!("{root}.{name}({path})"));
                    }
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no attempt in tests/it/attempts.rs (or another …_attempts.rs) for {missing:#?}"
    );
    assert!(
        superfluous.is_empty(),
        "not in the schema: {superfluous:#?}"
    );
}
