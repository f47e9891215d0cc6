//! Which headers pass. Lists of what may, not of what may not: a header nobody thought of stays outside.

use hive_router::ntex::http::HeaderMap;
use hive_router::ntex::http::header::HeaderName;

/// Headers of a request to `/graphql` that the router may see. None of them says who is calling: that is the signed
/// caller's, which is put in `authorization` afterwards.
const GRAPH: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "last-event-id",
    "origin",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "user-agent",
    "x-request-id",
];

/// Headers between two neighbours, never passed on (RFC 9110, 7.6.1), and those the HTTP client sets itself.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Beginnings of names that only we may set towards a service.
const INTERNAL: &[&str] = &[
    "x-internal",
    "x-tenant",
    "x-forwarded",
    "x-real-ip",
    "forwarded",
];

/// Leaves of a GraphQL request's headers only those that may pass.
pub fn keep_graph(headers: &mut HeaderMap) {
    let others: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !GRAPH.contains(&name.as_str()))
        .cloned()
        .collect();
    for name in others {
        headers.remove(name);
    }
    let valid = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .is_some_and(is_traceparent);
    if !valid {
        headers.remove("traceparent");
        headers.remove("tracestate");
    }
}

/// Whether a header passes through a door, in either direction. `connection` is that header's value: it names more
/// headers that end here.
pub fn passes_door(name: &str, connection: &str) -> bool {
    !HOP_BY_HOP.contains(&name)
        && !INTERNAL.iter().any(|prefix| name.starts_with(prefix))
        && !connection
            .split(',')
            .any(|listed| listed.trim().eq_ignore_ascii_case(name))
}

/// `00-<32 hex>-<16 hex>-<2 hex>` (W3C Trace Context).
fn is_traceparent(value: &str) -> bool {
    let lengths = [2, 32, 16, 2];
    let parts: Vec<&str> = value.split('-').collect();
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| {
            part.len() == length
                && part
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_traces_pass() {
        assert!(is_traceparent(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        ));
        assert!(!is_traceparent(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
        ));
        assert!(!is_traceparent("x"));
    }

    #[test]
    fn doors_pass_what_belongs_to_the_caller() {
        assert!(passes_door("authorization", ""));
        assert!(passes_door("x-ventanilla-tenant", ""));
        assert!(passes_door("x-hub-signature-256", "close"));
        assert!(!passes_door("x-internal-key", ""));
        assert!(!passes_door("x-forwarded-for", ""));
        assert!(!passes_door("x-tenant-id", ""));
        assert!(!passes_door("transfer-encoding", ""));
        assert!(!passes_door("x-odd", "close, X-Odd"));
    }
}
