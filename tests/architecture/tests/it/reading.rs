//! A rule that finds nothing because it reads nothing is worse than none: how sources are read is tested itself.

use architecture::rust::Source;

fn rooms(file: &str, text: &str) -> Vec<String> {
    let source = Source::of(file, text).unwrap();
    source
        .rooms_named()
        .into_iter()
        .map(|(_, name)| name)
        .collect()
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let file = "services/intake/src/graph/mutations.rs";
    assert_eq!(rooms(file, "use crate::store;"), ["store"]);
    assert_eq!(
        rooms(file, "use crate::store::tickets as t;"),
        ["store::tickets"]
    );
    assert_eq!(
        rooms(file, "use crate::{actions::{self, open_ticket}, store};"),
        ["actions::self", "actions::open_ticket", "store"]
    );
    assert_eq!(
        rooms(file, "use super::super::store::tickets;"),
        ["store::tickets"]
    );
    assert_eq!(
        rooms(
            file,
            "fn f() { let row = crate::store::tickets::load(a, b); }"
        ),
        ["store::tickets"]
    );
    assert_eq!(
        rooms(file, "fn f() { info!(\"{}\", crate::store::X) }"),
        ["store::X"]
    );
    // A sibling, a comment and a string are no rooms.
    assert_eq!(
        rooms(
            file,
            "use super::store; // crate::store\nconst A: &str = \"crate::store::b\";"
        ),
        [""; 0]
    );
    assert_eq!(
        rooms("services/intake/src/graph/mod.rs", "use super::store;"),
        ["store"]
    );
    assert_eq!(
        rooms("services/intake/src/domain.rs", "use super::store::a;"),
        ["store::a"]
    );
}

#[test]
fn code_is_told_from_words_about_it() {
    let text = "/// Never `Utc::now()`.\nfn now(clock: &Clock) -> T {\n    let a = \"Utc::now()\";\n    chrono::Utc::now()\n}";
    let source = Source::of("libs/a/src/lib.rs", text).unwrap();
    // A doc comment becomes an attribute with a string in it.
    assert_eq!(source.lines_with(&["Utc", "::", "now"]), [4]);
    let strings: Vec<&str> = source.strings().map(|(_, text)| text).collect();
    assert_eq!(strings, ["\"Utc::now()\""]);
}
