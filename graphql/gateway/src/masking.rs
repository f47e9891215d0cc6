//! Which error messages get out. A subgraph that gives an error a code has written its message for the caller;
//! everything else (a panic, a broken connection, the library's own words) is for the log.

use hive_router::GraphQLError;

/// Instead of an internal message.
const OUTSIDE: &str = "No se pudo completar la operación.";
/// Codes that say "something broke", ours, the libraries' and the router's.
const INTERNAL: &[&str] = &[
    "INTERNAL",
    "INTERNAL_ERROR",
    "INTERNAL_SERVER_ERROR",
    "DOWNSTREAM_SERVICE_ERROR",
];
/// Beginnings of the router's codes for subgraphs that fail; their messages hold addresses.
const ROUTER: &[&str] = &["SUBGRAPH_", "SUBREQUEST_"];

/// Replaces an internal message by one that says nothing. The code stays.
pub fn mask(error: &mut GraphQLError) {
    if error.extensions.service_name.is_none() {
        // The router's own, about the document: it was written for the caller.
        return;
    }
    let internal = match error.extensions.code.as_deref() {
        None => true,
        Some(code) => {
            INTERNAL.contains(&code) || ROUTER.iter().any(|prefix| code.starts_with(prefix))
        }
    };
    if internal {
        OUTSIDE.clone_into(&mut error.message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(code: Option<&str>, service: Option<&str>) -> bool {
        let mut error = GraphQLError::from("psql: password authentication failed");
        error.extensions.code = code.map(str::to_owned);
        error.extensions.service_name = service.map(str::to_owned);
        mask(&mut error);
        error.message == OUTSIDE
    }

    #[test]
    fn codes_decide() {
        assert!(masked(None, Some("intake")));
        assert!(masked(Some("INTERNAL"), Some("intake")));
        assert!(masked(Some("SUBREQUEST_HTTP_ERROR"), Some("intake")));
        assert!(masked(Some("DOWNSTREAM_SERVICE_ERROR"), Some("intake")));
        assert!(!masked(Some("NOT_FOUND"), Some("intake")));
        assert!(!masked(Some("GRAPHQL_VALIDATION_FAILED"), None));
    }
}
