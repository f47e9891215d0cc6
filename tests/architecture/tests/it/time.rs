//! Time and chance are handed in.

use architecture::{Findings, rust::Source, tree};

/// What clippy cannot be told of, and names that are called without their crate.
const FURTHER: [&[&str]; 8] = [
    &["rng", "(", ")"],
    &["thread_rng", "("],
    &["ThreadRng"],
    &["OsRng"],
    &["from_os_rng"],
    &["try_from_os_rng"],
    &["from_entropy"],
    &["getrandom", "::"],
];

/// The methods that `clippy.toml` bans, by their last two names (`Utc::now`), and the further ones: tokens in a row.
fn banned() -> Vec<Vec<String>> {
    let settings: toml::Table = tree::text("clippy.toml").unwrap().parse().unwrap();
    let methods = settings["disallowed-methods"].as_array().unwrap();
    let methods = methods.iter().map(|method| {
        let path: Vec<&str> = method["path"].as_str().unwrap().split("::").collect();
        let [.., of, name] = path[..] else {
            panic!("a method of something: {path:?}")
        };
        vec![of, "::", name]
    });
    let all = methods.chain(FURTHER.iter().map(|tokens| tokens.to_vec()));
    all.map(|tokens| tokens.into_iter().map(str::to_owned).collect())
        .collect()
}

/// Where a source takes what should be handed in, and what.
fn taken(source: &Source, banned: &[Vec<String>]) -> Vec<(usize, String)> {
    let looked = banned.iter().flat_map(|tokens| {
        let sequence: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let lines = source.lines_with(&sequence);
        lines.into_iter().map(|line| (line, tokens.concat()))
    });
    looked.collect()
}

#[test]
fn nobody_looks_at_the_clock_alone() {
    let mut findings = Findings::of(
        "`now()` of chrono and std stands in libs/clock, fresh ids and chance in libs/ids; everywhere else a Clock and an \
         IdGen are handed in.",
        "what was handed in can be held still in a test, and set back when history is imported",
    );
    let banned = banned();
    for folder in ["cli", "libs", "services", "tests"] {
        for file in tree::files_in(folder, "rs").unwrap() {
            if file.starts_with("libs/clock/") || file.starts_with("libs/ids/") {
                continue;
            }
            for (line, what) in taken(&Source::read(&file).unwrap(), &banned) {
                findings.add(format!("{file}:{line}"), what);
            }
        }
    }
    findings.none();
}

#[test]
fn who_looks_alone_is_found() {
    let banned = banned();
    let found = |text: &str| taken(&Source::of("a.rs", text).unwrap(), &banned);
    // As each stands in a source that was written with the crates of today, and of yesterday.
    for text in [
        "let now = Utc::now();",
        "let now = chrono::Local::now();",
        "let now = std::time::SystemTime::now();",
        "let id = Uuid::now_v7();",
        "let id = Uuid::new_v4();",
        "let n: u8 = rand::rng().random();",
        "use rand::rng;",
        "use rand::{Rng, rng}; fn f() -> bool { rng().random() }",
        "let n: u8 = rand::random();",
        "let n = rand::random::<u8>();",
        "let n = rand::random_range(0..3);",
        "let all = rand::random_iter::<u8>();",
        "if rand::random_bool(0.5) {}",
        "if rand::random_ratio(1, 2) {}",
        "rand::fill(&mut bytes);",
        "let n: u8 = rand::thread_rng().gen();",
        "use rand::{Rng, thread_rng}; fn f() -> bool { thread_rng().gen() }",
        "fn f(chance: &mut ThreadRng) {}",
        "rand::rngs::OsRng.try_fill_bytes(&mut bytes);",
        "let chance = StdRng::from_os_rng();",
        "let chance = StdRng::from_entropy();",
        "getrandom::fill(&mut bytes);",
    ] {
        assert!(!found(text).is_empty(), "passes: {text}");
    }
    for text in [
        "let now = clock.now();",
        "let mut chance = StdRng::seed_from_u64(7); let n = chance.random_range(0..3);",
        "// Utc::now() and rand::rng() are banned.",
        "let text = \"rand::rng()\";",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}
