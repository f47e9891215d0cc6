//! The kustomize base: names, ports and selectors that meet, and doors that are shut.

use std::process::Command;

use architecture::{
    Findings,
    kubernetes::{Resource, list, resources, selects, text},
    tree,
};

fn base() -> Vec<Resource> {
    resources("k8s/base").unwrap()
}

fn of<'a>(all: &'a [Resource], kind: &'a str) -> impl Iterator<Item = &'a Resource> {
    all.iter().filter(move |resource| resource.kind() == kind)
}

fn named<'a>(all: &'a [Resource], kind: &str, name: &str) -> Option<&'a Resource> {
    all.iter()
        .find(|resource| resource.kind() == kind && resource.name() == name)
}

#[test]
fn every_service_runs() {
    let mut findings = Findings::of(
        "Every service and the gateway have a Deployment, a Service, a ServiceAccount, a PodDisruptionBudget and a NetworkPolicy.",
        "a service that is forgotten here is missing in production",
    );
    let all = base();
    let mut names = tree::services().unwrap();
    names.push("gateway".to_owned());
    for name in &names {
        for kind in [
            "Deployment",
            "Service",
            "ServiceAccount",
            "PodDisruptionBudget",
            "NetworkPolicy",
        ] {
            if named(&all, kind, name).is_none() {
                findings.add(name, format!("no {kind}"));
            }
        }
        let Some(deployment) = named(&all, "Deployment", name) else {
            continue;
        };
        let args: Vec<&str> = deployment
            .containers()
            .flat_map(|c| list(&c["args"]))
            .map(text)
            .collect();
        if name != "gateway" && args != ["serve", name] {
            findings.add(name, format!("runs {args:?}"));
        }
    }
    for deployment in of(&all, "Deployment")
        .filter(|deployment| !names.iter().any(|name| name == deployment.name()))
    {
        findings.add(deployment.name(), "no such service");
    }
    findings.none();
}

#[test]
fn selectors_and_ports_meet() {
    let mut findings = Findings::of(
        "Every selector finds pods, every port that is named exists, every account, setting and backend that is referred to is there.",
        "Kubernetes takes such a mistake in silence: nothing is reached, and nothing says so",
    );
    let all = base();
    let workloads: Vec<&Resource> = of(&all, "Deployment").chain(of(&all, "Job")).collect();
    for deployment in of(&all, "Deployment") {
        if !selects(
            &deployment.0["spec"]["selector"]["matchLabels"],
            &deployment.pod()["metadata"]["labels"],
        ) {
            findings.add(
                deployment.name(),
                "the Deployment does not select its own pods",
            );
        }
    }
    for workload in &workloads {
        let spec = &workload.pod()["spec"];
        if named(&all, "ServiceAccount", text(&spec["serviceAccountName"])).is_none() {
            findings.add(workload.name(), "its ServiceAccount is not there");
        }
        let volumes: Vec<&str> = list(&spec["volumes"])
            .iter()
            .map(|volume| text(&volume["name"]))
            .collect();
        for volume in list(&spec["volumes"]) {
            let map = text(&volume["configMap"]["name"]);
            if !map.is_empty() && named(&all, "ConfigMap", map).is_none() {
                findings.add(workload.name(), format!("ConfigMap {map} is not there"));
            }
        }
        for container in workload.containers() {
            for mount in list(&container["volumeMounts"])
                .iter()
                .filter(|m| !volumes.contains(&text(&m["name"])))
            {
                findings.add(
                    workload.name(),
                    format!("mounts {} but has no such volume", text(&mount["name"])),
                );
            }
            for from in list(&container["envFrom"]) {
                let map = text(&from["configMapRef"]["name"]);
                if !map.is_empty() && named(&all, "ConfigMap", map).is_none() {
                    findings.add(workload.name(), format!("ConfigMap {map} is not there"));
                }
            }
            for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                let port = &container[probe]["httpGet"]["port"];
                if !port.is_null() && !workload.listens(port) {
                    findings.add(
                        workload.name(),
                        format!("{probe} asks a port that is not there"),
                    );
                }
            }
        }
    }
    for service in of(&all, "Service") {
        let behind: Vec<_> = workloads
            .iter()
            .filter(|w| {
                selects(
                    &service.0["spec"]["selector"],
                    &w.pod()["metadata"]["labels"],
                )
            })
            .collect();
        let [workload] = behind[..] else {
            findings.add(
                service.name(),
                format!("the Service selects {} workloads", behind.len()),
            );
            continue;
        };
        for port in list(&service.0["spec"]["ports"])
            .iter()
            .filter(|port| !workload.listens(&port["targetPort"]))
        {
            findings.add(
                service.name(),
                format!("nothing listens on {:?}", port["targetPort"]),
            );
        }
    }
    for kind in ["PodDisruptionBudget", "NetworkPolicy"] {
        for resource in of(&all, kind) {
            let selector = &resource.0["spec"][if kind == "NetworkPolicy" {
                "podSelector"
            } else {
                "selector"
            }];
            let everything = kind == "NetworkPolicy"
                && selector
                    .as_mapping()
                    .is_some_and(serde_yaml_ng::Mapping::is_empty);
            if !everything
                && !workloads
                    .iter()
                    .any(|w| selects(&selector["matchLabels"], &w.pod()["metadata"]["labels"]))
            {
                findings.add(format!("{kind} {}", resource.name()), "selects nothing");
            }
        }
    }
    for ingress in of(&all, "Ingress") {
        for rule in list(&ingress.0["spec"]["rules"]) {
            for path in list(&rule["http"]["paths"]) {
                let backend = &path["backend"]["service"];
                let service = named(&all, "Service", text(&backend["name"]));
                if !service.is_some_and(|s| {
                    list(&s.0["spec"]["ports"])
                        .iter()
                        .any(|p| p["name"] == backend["port"]["name"])
                }) {
                    findings.add(
                        ingress.name(),
                        format!("{} leads nowhere", text(&path["path"])),
                    );
                }
            }
        }
    }
    findings.none();
}

#[test]
fn services_are_reached_through_the_gateway_alone() {
    let mut findings = Findings::of(
        "Nothing reaches a pod unless a policy says so, a service is reached by the gateway alone, and the Ingress leads to the gateway.",
        "a subgraph believes the signed caller, and directory's internal door the key: nobody else may even knock",
    );
    let all = base();
    let shut = of(&all, "NetworkPolicy").any(|policy| {
        let spec = &policy.0["spec"];
        spec["podSelector"]
            .as_mapping()
            .is_some_and(serde_yaml_ng::Mapping::is_empty)
            && list(&spec["policyTypes"])
                .iter()
                .any(|kind| text(kind) == "Ingress")
            && list(&spec["ingress"]).is_empty()
    });
    if !shut {
        findings.add("k8s/base", "no policy denies by default");
    }
    let gateway = named(&all, "Deployment", "gateway")
        .expect("the gateway")
        .pod()["metadata"]["labels"]
        .clone();
    for service in tree::services().unwrap() {
        let Some(policy) = named(&all, "NetworkPolicy", &service) else {
            continue;
        };
        for rule in list(&policy.0["spec"]["ingress"]) {
            let from = list(&rule["from"]);
            let only = from.len() == 1
                && from[0]["namespaceSelector"].is_null()
                && selects(&from[0]["podSelector"]["matchLabels"], &gateway);
            if !only || list(&rule["ports"]).is_empty() {
                findings.add(
                    &service,
                    "reached by others than the gateway, or on every port",
                );
            }
        }
    }
    for ingress in of(&all, "Ingress") {
        for path in list(&ingress.0["spec"]["rules"])
            .iter()
            .flat_map(|rule| list(&rule["http"]["paths"]))
        {
            if text(&path["backend"]["service"]["name"]) != "gateway" {
                findings.add(
                    ingress.name(),
                    format!("{} does not lead to the gateway", text(&path["path"])),
                );
            }
        }
    }
    findings.none();
}

#[test]
fn pods_are_bounded_and_watched() {
    let mut findings = Findings::of(
        "Every container says what it needs and may take, runs without privileges on a read-only disk, and is watched at /livez and /readyz.",
        "one service that runs wild must not take the others with it",
    );
    for workload in base()
        .iter()
        .filter(|r| matches!(r.kind(), "Deployment" | "Job"))
    {
        let spec = &workload.pod()["spec"];
        if spec["automountServiceAccountToken"].as_bool() != Some(false) {
            findings.add(workload.name(), "carries a token for the cluster's API");
        }
        if spec["securityContext"]["runAsNonRoot"].as_bool() != Some(true) {
            findings.add(workload.name(), "may run as root");
        }
        for container in workload.containers() {
            let place = format!("{}/{}", workload.name(), text(&container["name"]));
            let resources = &container["resources"];
            if resources["requests"]["cpu"].is_null()
                || resources["requests"]["memory"].is_null()
                || resources["limits"]["memory"].is_null()
            {
                findings.add(&place, "no resources");
            }
            let security = &container["securityContext"];
            if security["readOnlyRootFilesystem"].as_bool() != Some(true)
                || security["allowPrivilegeEscalation"].as_bool() != Some(false)
            {
                findings.add(&place, "not confined");
            }
        }
        let Some(main) = list(&spec["containers"])
            .first()
            .filter(|_| workload.kind() == "Deployment")
        else {
            continue;
        };
        for (probe, path) in [("livenessProbe", "/livez"), ("readinessProbe", "/readyz")] {
            if text(&main[probe]["httpGet"]["path"]) != path {
                findings.add(workload.name(), format!("no {probe} at {path}"));
            }
        }
    }
    findings.none();
}

#[test]
fn the_gateway_is_told_where_every_subgraph_is() {
    let all = base();
    let settings = named(&all, "ConfigMap", "gateway").expect("the gateway's settings");
    let settings: serde_json::Value =
        serde_json::from_str(text(&settings.0["data"]["gateway.json"])).unwrap();
    for service in tree::services().unwrap() {
        let port = &list(&named(&all, "Service", &service).expect("a Service").0["spec"]["ports"])
            [0]["port"];
        let wanted = format!(
            "http://{service}:{}/{service}/graphql",
            port.as_u64().unwrap()
        );
        assert_eq!(
            settings["subgraphs"][&service].as_str(),
            Some(wanted.as_str()),
            "{service}"
        );
    }
}

#[test]
fn kustomize_renders_it() {
    let Ok(output) = Command::new("kubectl")
        .arg("kustomize")
        .arg(tree::root().join("k8s/base"))
        .output()
    else {
        println!("SKIPPED: there is no kubectl here");
        return;
    };
    let rendered = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let count = rendered
        .lines()
        .filter(|line| line.starts_with("kind: "))
        .count();
    assert_eq!(
        count,
        base().len(),
        "kustomize and our own reading of the base must agree"
    );
}
