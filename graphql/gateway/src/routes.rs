//! The exact table of public paths. What is not in it does not exist.

/// What a path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/graphql`, and `/graphql/<document id>`.
    Graph,
    /// `/livez`, `/readyz`.
    Probe,
    /// Another service's public door.
    Door(Door),
    /// Everything else.
    Nowhere,
}

/// A public door of another service, by the first segment of its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// directory: login, refresh.
    Auth,
    /// Kept for webhooks.
    In,
    /// Kept for uploads and downloads.
    Files,
    /// Kept for the event log's taps.
    Events,
}

/// The path of the GraphQL endpoint.
pub const GRAPH: &str = "/graphql";
/// Answers while the process lives.
pub const LIVE: &str = "/livez";
/// Answers once the supergraph is loaded.
pub const READY: &str = "/readyz";

/// Finds a raw (undecoded) path's route. A path that could mean another one once it is decoded or normalised
/// (`..`, `%2e`, `%2f`, `//`, a backslash) has none: the services behind must never see one this table did not mean.
pub fn of(path: &str) -> Route {
    if path == LIVE || path == READY {
        return Route::Probe;
    }
    if path == GRAPH {
        return Route::Graph;
    }
    if !is_plain(path) {
        return Route::Nowhere;
    }
    let Some((first, rest)) = path[1..].split_once('/') else {
        return Route::Nowhere;
    };
    if rest.is_empty() {
        return Route::Nowhere;
    }
    match first {
        "graphql" => Route::Graph,
        "auth" => Route::Door(Door::Auth),
        "in" => Route::Door(Door::In),
        "files" => Route::Door(Door::Files),
        "events" => Route::Door(Door::Events),
        _ => Route::Nowhere,
    }
}

fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains('\\')
        && !["%2e", "%2f", "%5c", "%00", "%25"]
            .iter()
            .any(|code| lower.contains(code))
        && !path.split('/').any(|part| part == "." || part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_exact() {
        assert_eq!(of("/graphql"), Route::Graph);
        assert_eq!(of("/graphql/sha256:abc"), Route::Graph);
        assert_eq!(of("/livez"), Route::Probe);
        assert_eq!(of("/auth/login"), Route::Door(Door::Auth));
        assert_eq!(of("/in/mail/acme"), Route::Door(Door::In));
        assert_eq!(of("/files/att_1"), Route::Door(Door::Files));
        assert_eq!(of("/events/acme/log"), Route::Door(Door::Events));
        for path in [
            "/",
            "",
            "/health",
            "/metrics",
            "/auth",
            "/auth/",
            "/authx/login",
            "/graphqlx",
            "/internal/callers",
            "/auth/../internal/callers",
            "/auth/%2e%2e/internal/callers",
            "/auth/%2E./internal/callers",
            "/auth//internal",
            "/auth/..%2finternal",
            "/auth/%252e%252e/internal",
            "/auth/..\\internal",
            "/in/./x",
            "http://x/auth/login",
        ] {
            assert_eq!(of(path), Route::Nowhere, "{path}");
        }
    }
}
