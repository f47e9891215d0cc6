//! The main job on real input: another tool's log goes in, and the figures that come out are right.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use e2e::{Installation, Mode, agree_on_240_hours, audit, command, ventanilla};
use serde_json::{Value, json};
use testkit::Suite;

use crate::figures::{compared, equal, indicators};
use crate::world;

/// The instant of the log's last event: open cases are judged there.
const LAST: &str = "2012-05-22T23:22:25Z";

/// What Python makes of the same question.
fn independently(log: &str) -> Value {
    let script =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("independent/resolution_240h.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(log)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn the_whole_log_gives_the_published_figures_and_importing_it_again_changes_nothing() {
    let Some(log) = world::log() else { return };
    let log = log.display().to_string();
    let suite = Suite::start("the whole log").await;
    let at = Installation::start(suite, Mode::Together, &world::PARTITIONS)
        .await
        .unwrap();
    at.tenant("volvo").await.unwrap();
    let quality = at.token("volvo", "quality_manager").await.unwrap();
    agree_on_240_hours(&at, &quality, "volvo").await.unwrap();

    let began = Instant::now();
    let import = [
        "import",
        "--tenant",
        "volvo",
        "--mapping",
        &world::mapping(),
        "--wait",
        &log,
    ];
    let said = at.cli(&import).await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{said}\n{:.0} events/s until the figures were final (debug build)",
        65_533.0 / seconds
    );

    let expected: Value = serde_json::from_slice(
        &std::fs::read(e2e::data_dir().unwrap().join("expected.json")).unwrap(),
    )
    .unwrap();
    let got = indicators(&at, &quality, "volvo", Some(LAST)).await;
    let rows = compared(&got, &expected["bpic2013_incidents"]);
    assert!(rows.len() > 60, "only {} figures were compared", rows.len());
    let wrong: Vec<_> = rows.iter().filter(|(_, g, w)| !equal(g, w)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    println!("{} figures equal expected.json", rows.len());

    let clocks = &got["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["target"] == "RESOLUTION")
        .unwrap()
        .clone();
    let python = independently(&log);
    // A cancelled ticket's clock neither met nor missed its target, so the indicator leaves it out; the log has one.
    let withdrawn =
        &expected["bpic2013_incidents"]["cases_by_last_activity"]["Completed/Cancelled"];
    assert_eq!(
        clocks["cases"].as_i64().unwrap() + withdrawn.as_i64().unwrap(),
        python["cases"].as_i64().unwrap()
    );
    assert_eq!(clocks["breached"], python["breached"]);
    println!(
        "resolution clock of 240 h: {} of {} breached, as computed independently",
        clocks["breached"], clocks["cases"]
    );

    at.cli(&import).await.unwrap();
    assert_eq!(indicators(&at, &quality, "volvo", Some(LAST)).await, got);
}

#[tokio::test]
async fn split_into_tenants_by_org_line_each_sees_only_its_own_and_the_sums_equal_the_whole() {
    let Some(log) = world::log() else { return };
    let (header, lines) = world::lines(&log);
    let mut line_of_case: BTreeMap<&str, &str> = BTreeMap::new();
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for line in &lines {
        let f = world::fields(line);
        // The first event of a case by time; ties keep the file's order. All timestamps share one format, not one offset.
        if first.get(f[0]).is_none_or(|t| instant(f[11]) < instant(t)) {
            first.insert(f[0], f[11]);
            line_of_case.insert(f[0], f[5]);
        }
    }
    let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in &lines {
        parts
            .entry(line_of_case[world::fields(line)[0]])
            .or_default()
            .push(line.clone());
    }
    assert_eq!(parts.len(), 18);

    let at = Installation::together("split by org line").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut sums = [0i64; 4];
    let mut ids = Vec::new();
    for (n, rows) in parts.values().enumerate() {
        let slug = format!("linea-{n}");
        ids.push(at.tenant(&slug).await.unwrap());
        let file = dir.path().join(format!("{slug}.csv"));
        world::write(&file, &header, rows);
        let file = file.display().to_string();
        at.cli(&[
            "import",
            "--tenant",
            &slug,
            "--mapping",
            &world::mapping(),
            "--wait",
            &file,
        ])
        .await
        .unwrap();
    }
    for (n, rows) in parts.values().enumerate() {
        let slug = format!("linea-{n}");
        let manager = at.token(&slug, "service_manager").await.unwrap();
        let got = indicators(&at, &manager, &slug, Some(LAST)).await;
        assert_eq!(got["events"], json!(rows.len()), "{slug}");
        for (sum, figure) in sums.iter_mut().zip([
            &got["cases"],
            &got["events"],
            &got["reassignments"]["total"],
            &got["pingPong"]["bounces"],
        ]) {
            *sum += figure.as_i64().unwrap();
        }
        // The neighbour's tenant does not exist for this one's people.
        let neighbour = format!("linea-{}", (n + 1) % parts.len());
        let refused = at
            .ask(
                &manager,
                Some(&neighbour),
                "{ indicators { cases } }",
                json!({}),
            )
            .await
            .unwrap();
        let code = refused["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            ["NOT_FOUND", "FORBIDDEN", "UNAUTHENTICATED"].contains(&code.as_str()),
            "{refused}"
        );
    }
    assert_eq!(sums, [7554, 65_533, 9454, 2394]);
}

/// Microseconds of `2010-03-31T16:59:42.000+02:00`.
fn instant(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_micros()
}

/// Another tool's export: day first, in Lima's time.
const DESK: &str = r#"
tool = "mesa"
case = { column = "caso" }
time = { column = "fecha", format = "%d/%m/%Y %H:%M", zone = "America/Lima" }
state = { status = "estado", map = [{ status = "Abierto", to = "in_progress" }, { status = "Cerrado", to = "closed" }] }
"#;

/// Runs an import in a folder, waits until the figures are final, and returns what it printed.
async fn import_in(at: &Installation, folder: &Path, tenant: &str, file: &Path) -> String {
    let mut import = command(ventanilla().unwrap(), &at.env());
    import
        .current_dir(folder)
        .args(["import", "--wait", "--tenant", tenant, "--mapping"])
        .arg(file.with_file_name("desk.toml"))
        .arg(file);
    let output = tokio::task::spawn_blocking(move || import.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let moaned = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}{moaned}");
    said
}

#[tokio::test]
async fn a_bad_row_is_set_aside_with_its_reason_and_the_rest_is_imported() {
    let at = Installation::together("rejects").await.unwrap();
    at.tenant("mesa").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let here = tempfile::tempdir().unwrap();
    let file = dir.path().join("casos.csv");
    std::fs::write(dir.path().join("desk.toml"), DESK).unwrap();
    let text = "caso,fecha,estado\n1,01/03/2026 08:30,Abierto\n2,mañana,Abierto\n1,01/03/2026 09:30,Cerrado\n";
    std::fs::write(&file, text).unwrap();
    let schema = audit::schema(&at.suite, "mesa").await.unwrap();
    let set_aside = "line,reason,caso,fecha,estado\n3,time `mañana` does not fit `%d/%m/%Y %H:%M`,2,mañana,Abierto\n";

    // Nobody can write where the file of rejected rows belongs: there is a folder of that name.
    let beside = dir.path().join("casos.csv.rejects.csv");
    std::fs::create_dir(&beside).unwrap();
    let said = import_in(&at, here.path(), "mesa", &file).await;
    assert!(said.contains("cannot be written"), "{said}");
    assert!(
        said.contains("2 rows of 1 cases read, 1 rejected"),
        "{said}"
    );
    let written = here.path().join("casos.csv.rejects.csv");
    assert_eq!(std::fs::read_to_string(&written).unwrap(), set_aside);
    let recorded = audit::recorded(&at.suite, &schema).await.unwrap();
    assert_eq!(recorded, (2, 2));

    std::fs::remove_dir(&beside).unwrap();
    std::fs::remove_file(&written).unwrap();
    import_in(&at, here.path(), "mesa", &file).await;
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), set_aside);
    assert!(!written.exists());
    // Mended and imported again: what was there stays as it is, and the row comes to it.
    std::fs::write(&file, text.replace("mañana", "02/03/2026 10:00")).unwrap();
    import_in(&at, here.path(), "mesa", &file).await;
    assert!(!beside.exists(), "nothing is rejected any more");
    let recorded = audit::recorded(&at.suite, &schema).await.unwrap();
    assert_eq!(recorded, (3, 3));
}
