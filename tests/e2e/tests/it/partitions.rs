//! Every process of an installation has the same number of partitions; one that has another is told, and does nothing.

use e2e::{Installation, Mode};
use testkit::Suite;

use crate::world;

#[tokio::test]
async fn whoever_is_set_to_another_number_is_told_which_setting_it_is() {
    let suite = Suite::start("partitions").await;
    let at = Installation::start(suite, Mode::Together, &world::PARTITIONS)
        .await
        .unwrap();
    at.tenant("norte").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (mapping, log) = (dir.path().join("mesa.toml"), dir.path().join("casos.csv"));
    let text = "tool = 'mesa'\ncase = { column = 'caso' }\ntime = { column = 'fecha' }\n\
                state = { status = 'estado', default = 'open', map = [] }";
    std::fs::write(&mapping, text).unwrap();
    std::fs::write(&log, "caso,fecha,estado\n1,2026-03-01T08:30:00Z,x\n").unwrap();
    let (mapping, log) = (mapping.display().to_string(), log.display().to_string());

    let import = ["import", "--tenant", "norte", "--mapping", &mapping, &log];
    let backfill = ["backfill", "--service", "knowledge"];
    let serve = ["serve", "routing", "--service-listen", "127.0.0.1:0"];
    let stand = at.suite.broker().queue_depths(at.suite.vhost()).await;
    let stand: Vec<String> = stand.unwrap().into_keys().collect();
    for command in [&import[..], &backfill, &serve] {
        for (setting, number, said) in [
            ("--live-partitions", "2", "VENTANILLA_LIVE_PARTITIONS is 2"),
            ("--live-partitions", "4", "VENTANILLA_LIVE_PARTITIONS is 4"),
            ("--bulk-partitions", "1", "VENTANILLA_BULK_PARTITIONS is 1"),
            ("--bulk-partitions", "3", "VENTANILLA_BULK_PARTITIONS is 3"),
        ] {
            let command = [command, &[setting, number]].concat();
            let told = at.cli(&command).await.unwrap_err().to_string();
            assert!(told.contains(said), "{command:?}: {told}");
        }
    }
    let after = at.suite.broker().queue_depths(at.suite.vhost()).await;
    let after: Vec<String> = after.unwrap().into_keys().collect();
    assert_eq!(after, stand);
    // Nobody else noticed.
    at.cli(&import).await.unwrap();
}
