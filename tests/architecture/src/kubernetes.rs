//! The kustomize base, read without kustomize: its resources with its patches merged in.

use anyhow::{Context, bail, ensure};
use serde_yaml_ng::{Deserializer, Value};

use crate::tree;

/// A resource as the cluster would get it.
#[derive(Debug, Clone)]
pub struct Resource(pub Value);

/// Everything that the kustomization in `folder` names.
pub fn resources(folder: &str) -> anyhow::Result<Vec<Resource>> {
    let kustomization: Value =
        serde_yaml_ng::from_str(&tree::text(&format!("{folder}/kustomization.yaml"))?)?;
    let mut found = Vec::new();
    for file in list(&kustomization["resources"]) {
        let file = file.as_str().context("a resource is a file's name")?;
        found.extend(
            documents(&format!("{folder}/{file}"))?
                .into_iter()
                .map(Resource),
        );
    }
    for patch in list(&kustomization["patches"]) {
        let file = patch["path"].as_str().context("a patch has a path")?;
        let target = &patch["target"];
        let (label, wanted) = target["labelSelector"]
            .as_str()
            .and_then(|s| s.split_once('='))
            .context("labelSelector")?;
        let [content] = documents(&format!("{folder}/{file}"))?
            .try_into()
            .ok()
            .context("a patch is one document")?;
        let mut hits = 0;
        for resource in &mut found {
            if resource.kind() == text(&target["kind"])
                && text(&resource.0["metadata"]["labels"][label]) == wanted
            {
                merge(&mut resource.0, &content);
                hits += 1;
            }
        }
        ensure!(hits > 0, "{folder}/{file} patches nothing");
    }
    Ok(found)
}

fn documents(file: &str) -> anyhow::Result<Vec<Value>> {
    let content = tree::text(file)?;
    let mut documents = Vec::new();
    for document in Deserializer::from_str(&content) {
        let value: Value =
            serde::de::Deserialize::deserialize(document).with_context(|| file.to_owned())?;
        if value.is_null() {
            bail!("{file} holds an empty document");
        }
        documents.push(value);
    }
    Ok(documents)
}

/// As kubectl merges: maps by key, lists of named things by name, anything else is replaced. `metadata.name` of the
/// patch is a placeholder.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Mapping(into), Value::Mapping(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(_) if key.as_str() == Some("name") => {}
                    Some(there) => merge(there, value),
                    None => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Sequence(into), Value::Sequence(from))
            if from.iter().all(|item| item["name"].is_string()) =>
        {
            for item in from {
                match into.iter_mut().find(|there| there["name"] == item["name"]) {
                    Some(there) => merge(there, item),
                    None => into.push(item.clone()),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// A list's items; none where there is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_sequence().map(Vec::as_slice).unwrap_or_default()
}

/// A string, or nothing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whether every label that is asked for is there.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    selector.as_mapping().is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
    })
}

impl Resource {
    /// `Deployment`, `Service`, …
    pub fn kind(&self) -> &str {
        text(&self.0["kind"])
    }

    /// Its name.
    pub fn name(&self) -> &str {
        text(&self.0["metadata"]["name"])
    }

    /// The pod that a Deployment or Job makes.
    pub fn pod(&self) -> &Value {
        &self.0["spec"]["template"]
    }

    /// The containers of that pod, those that run before it included.
    pub fn containers(&self) -> impl Iterator<Item = &Value> {
        let spec = &self.pod()["spec"];
        list(&spec["initContainers"])
            .iter()
            .chain(list(&spec["containers"]))
    }

    /// Whether one of its containers has a port of this name or number.
    pub fn listens(&self, port: &Value) -> bool {
        self.containers()
            .flat_map(|c| list(&c["ports"]))
            .any(|p| p["name"] == *port || p["containerPort"] == *port)
    }
}
