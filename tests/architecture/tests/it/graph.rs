//! The graph is the integrators' manual, and its names lead to files.

use architecture::{Findings, sdl, tree};

#[test]
fn every_mutation_has_its_action() {
    let mut findings = Findings::of(
        "The mutation `openTicket` of intake is services/intake/src/actions/open_ticket.rs.",
        "a thing keeps one name from SDL to table: whoever reads the manual finds the code",
    );
    for subgraph in sdl::subgraphs().unwrap() {
        for mutation in sdl::root_fields(&subgraph, "Mutation") {
            let file = format!(
                "services/{}/src/actions/{}.rs",
                subgraph.service,
                sdl::snake_case(mutation)
            );
            if !tree::root().join(&file).is_file() {
                findings.add(&subgraph.file, format!("{mutation}: there is no {file}"));
            }
        }
    }
    findings.none();
}

#[test]
fn everything_is_described() {
    let mut findings = Findings::of(
        "Every type, field, argument, input field and enum value in the SDL has a description.",
        "the SDL is all that an integrator gets",
    );
    for subgraph in sdl::subgraphs().unwrap() {
        for place in sdl::undescribed(&subgraph) {
            findings.add(&subgraph.file, place);
        }
    }
    findings.none();
}

#[test]
fn every_service_has_its_subgraph() {
    let mut findings = Findings::of(
        "Every service has graphql/subgraphs/<service>.graphql, and every file there is a service's.",
        "the supergraph is composed from what is committed",
    );
    let committed: Vec<String> = sdl::subgraphs()
        .unwrap()
        .into_iter()
        .map(|subgraph| subgraph.service)
        .collect();
    let services = tree::services().unwrap();
    for service in services
        .iter()
        .filter(|service| !committed.contains(service))
    {
        findings.add(format!("services/{service}"), "no SDL: run `make generate`");
    }
    for file in committed.iter().filter(|file| !services.contains(file)) {
        findings.add(
            format!("graphql/subgraphs/{file}.graphql"),
            "no such service",
        );
    }
    findings.none();
}

#[test]
fn names_are_translated_as_rust_writes_them() {
    assert_eq!(sdl::snake_case("openTicket"), "open_ticket");
    assert_eq!(sdl::snake_case("setTenantSLAs"), "set_tenant_s_l_as");
    assert_eq!(sdl::snake_case("assign"), "assign");
}
