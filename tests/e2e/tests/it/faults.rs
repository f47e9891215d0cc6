//! Everything breaks, one after the other, while a history is imported; in the end it is as if nothing had happened.

use std::time::{Duration, Instant};

use e2e::faults::{
    WHILE_IMPORTING, begun, chosen, empty_redis, keep, keys_of_redis, redis_answers, strict,
};
use e2e::{Installation, Mode, PASSWORD, Process, agree_on_240_hours, audit, email, settled};
use serde_json::{Value, json};
use testkit::{PrivateServers, Suite, eventually, private_servers};

use crate::figures::indicators;
use crate::history::History;
use crate::world;

/// Later than any event of either log: open cases are judged there.
const LATER: &str = "2012-12-31T00:00:00Z";

/// Something that breaks, and is mended.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// SIGKILL to a service, which is started again.
    Kill(&'static str),
    /// Stop and start of a server.
    Restart(&'static str),
    /// SIGKILL to a server, which is started again.
    Crash(&'static str),
    /// Redis forgets everything.
    Flush,
    /// SIGKILL to the import itself, which is run again.
    KillImport,
}

/// Two tenants of one installation that may be broken: one has peace, the other has not. Fields fall in this order.
struct Ground {
    dir: tempfile::TempDir,
    /// The tenant that has no peace.
    troubled: String,
    at: Installation,
    servers: PrivateServers,
}

impl Drop for Ground {
    /// A fault that nobody thought of is found in what the services wrote, and nowhere else.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.at.last_lines(40));
        }
    }
}

impl Ground {
    async fn prepare(name: &str, settings: &[(&str, &str)]) -> Self {
        let servers = private_servers().await.unwrap();
        let suite = Suite::start_on(servers.servers(), name).await;
        // Order, inbox and import hold across partitions, or not at all.
        let settings = [&world::PARTITIONS[..], settings].concat();
        let at = Installation::start(suite, Mode::Apart, &settings)
            .await
            .unwrap();
        let ground = Self {
            dir: tempfile::tempdir().unwrap(),
            troubled: "perturbada".to_owned(),
            at,
            servers,
        };
        ground.at.tenant("tranquila").await.unwrap();
        ground.agree("tranquila").await;
        ground
    }

    async fn agree(&self, tenant: &str) {
        let quality = self
            .at
            .sign_in(&email(tenant, "quality_manager"), PASSWORD)
            .await
            .unwrap();
        agree_on_240_hours(&self.at, &quality, tenant)
            .await
            .unwrap();
    }

    fn arguments(tenant: &str, file: &str, more: &[&str]) -> Vec<String> {
        let mapping = world::mapping();
        let fixed = ["import", "--tenant", tenant, "--mapping", &mapping, file];
        fixed.iter().chain(more).map(ToString::to_string).collect()
    }

    async fn import(&self, tenant: &str, history: &History) -> String {
        let file = history
            .write(self.dir.path(), "whole.csv")
            .display()
            .to_string();
        let arguments = Self::arguments(tenant, &file, &["--wait"]);
        self.at
            .cli(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
            .await
            .unwrap()
    }

    fn begin_import(&self, name: &str, history: &History, more: &[&str]) -> Process {
        let file = history
            .write(self.dir.path(), &format!("{name}.csv"))
            .display()
            .to_string();
        let arguments = Self::arguments(&self.troubled, &file, more);
        self.at
            .cli_spawn(
                name,
                &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
            )
            .unwrap()
    }

    /// Breaks and mends. What was not there to be broken would prove nothing.
    async fn strike(&mut self, fault: Fault, import: &mut Process) {
        match fault {
            Fault::Kill(service) => {
                let process = self.at.process(service).unwrap();
                assert!(process.runs(), "{service} had ended before");
                process.kill().unwrap();
                // Long enough for others to run into its absence.
                tokio::time::sleep(Duration::from_millis(500)).await;
                process.again().unwrap();
            }
            Fault::Restart(server) => {
                let complaints = self.complaints();
                self.servers.restart(server).await.unwrap();
                self.was_missed(server, complaints).await;
            }
            Fault::Crash(server) => {
                let complaints = self.complaints();
                self.servers.kill(server).await.unwrap();
                if server == "redis" {
                    assert!(!redis_answers(&self.at.suite).await, "it answers");
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.servers.restart(server).await.unwrap();
                // An import asks for nothing that Redis keeps.
                if server != "redis" {
                    self.was_missed(server, complaints).await;
                }
            }
            Fault::Flush => {
                self.something_to_forget().await;
                assert!(empty_redis(&self.at.suite).await.unwrap() > 0);
            }
            Fault::KillImport => {
                assert!(import.runs(), "the import was over: {}", import.log());
                import.kill().unwrap();
            }
        }
    }

    /// How often something was amiss, as the services say.
    fn complaints(&self) -> usize {
        let logs = self.at.logs();
        let amiss = |line: &&str| line.contains("WARN") || line.contains("ERROR");
        logs.lines().filter(amiss).count()
    }

    async fn was_missed(&self, server: &str, before: usize) {
        eventually(Duration::from_secs(20), || async {
            let more = self.complaints().saturating_sub(before);
            (more > 0)
                .then_some(())
                .ok_or_else(|| format!("nobody missed {server}"))
        })
        .await;
    }

    /// What an import does is limited by nobody: somebody has to ask for Redis to have something to forget.
    async fn something_to_forget(&self) {
        let email = email("tranquila", "agent");
        let agent = self.at.sign_in(&email, PASSWORD).await.unwrap();
        eventually(Duration::from_secs(20), || async {
            let q = "{ tickets(first: 1) { nodes { id } } }";
            self.at.data(&agent, None, q, json!({})).await.unwrap();
            let keys = keys_of_redis(&self.at.suite).await.unwrap();
            (keys > 0).then_some(())
        })
        .await;
    }

    /// Waits until intake has recorded more than `rows` rows of the disturbed tenant; its rows, here and in reporting.
    async fn under_way(&self, schema: &str, rows: i64) -> (i64, i64) {
        eventually(Duration::from_mins(1), || async {
            let now = audit::recorded(&self.at.suite, schema).await.unwrap();
            (now.0 > rows).then_some(now)
        })
        .await
    }

    /// An import that a fault has ended is run again, as its user would.
    async fn finish_import(
        &self,
        name: &str,
        mut import: Process,
        fault: Fault,
        history: &History,
    ) {
        let content = !matches!(fault, Fault::KillImport)
            && import.ended(Duration::from_mins(2)).await.unwrap();
        if !content {
            if !matches!(fault, Fault::KillImport) {
                println!(
                    "{fault:?} ended the import: {}",
                    import.log().lines().last().unwrap_or_default()
                );
            }
            let mut again = self.begin_import(&format!("{name}-again"), history, &[]);
            assert!(
                again.ended(Duration::from_mins(2)).await.unwrap(),
                "{fault:?}: {}",
                again.log()
            );
        }
    }

    /// Every row that was sent arrives, without being sent again; and to send it again changes nothing.
    async fn nothing_was_lost(&mut self, schema: &str, history: &History) {
        let rows = history.len() as i64;
        // A service that did not come back is another story than one that lost something.
        assert_eq!(self.at.ended(), Vec::<String>::new());
        eventually(Duration::from_mins(3), || async {
            let now = audit::recorded(&self.at.suite, schema).await.unwrap();
            if now == (rows, rows) {
                Ok(())
            } else {
                Err(format!("{now:?} of {rows} rows"))
            }
        })
        .await;
        let said = self.import(&self.troubled, history).await;
        assert!(said.contains("\n0 rows recorded now"), "{said}");
    }

    /// In the end both tenants are alike, and nothing lies about.
    async fn compare(&self, history: &History) {
        settled(&self.at).await;
        let suite = &self.at.suite;
        eventually(Duration::from_secs(90), || async {
            let loose = audit::loose_ends(suite).await.unwrap();
            if loose.is_empty() {
                Ok(())
            } else {
                Err(format!(
                    "{} loose ends, the first: {:?}",
                    loose.len(),
                    &loose[..loose.len().min(5)]
                ))
            }
        })
        .await;
        assert_eq!(
            self.at.cli(&["dead-letters", "list"]).await.unwrap().trim(),
            "",
            "something is parked"
        );

        let (peace, trouble) = (
            audit::schema(suite, "tranquila").await.unwrap(),
            audit::schema(suite, &self.troubled).await.unwrap(),
        );
        let rows = history.len() as i64;
        assert_eq!(audit::recorded(suite, &peace).await.unwrap(), (rows, rows));
        assert_eq!(
            audit::recorded(suite, &trouble).await.unwrap(),
            (rows, rows)
        );
        let cases = audit::cases(suite, &peace).await.unwrap();
        assert_eq!(cases.len(), history.cases());
        assert_eq!(audit::cases(suite, &trouble).await.unwrap(), cases);
        let inventory = audit::inventory(suite, &peace).await.unwrap();
        let counted = ["intake.imported_row", "reporting.step"].map(|table| inventory[table]);
        assert_eq!(counted, [rows, rows]);
        assert_eq!(audit::inventory(suite, &trouble).await.unwrap(), inventory);
        let [quiet, shaken] = [
            self.figures("tranquila").await,
            self.figures(&self.troubled).await,
        ];
        assert_eq!(shaken, quiet);
        assert_eq!(quiet["events"], json!(history.len()));
        assert_eq!(quiet["cases"], json!(history.cases()));
        // A case that was withdrawn keeps or misses nothing.
        let judged = cases.values().filter(|of| !of.starts_with("cancelled "));
        assert_eq!(
            quiet["clocks"][0]["cases"],
            json!(judged.count()),
            "{}",
            quiet["clocks"]
        );
    }

    async fn figures(&self, tenant: &str) -> Value {
        let manager = self
            .at
            .sign_in(&email(tenant, "service_manager"), PASSWORD)
            .await
            .unwrap();
        indicators(&self.at, &manager, tenant, Some(LATER)).await
    }

    /// Everybody still does their work.
    async fn still_lives(&self) {
        let agent = self
            .at
            .sign_in(&email(&self.troubled, "agent"), PASSWORD)
            .await
            .unwrap();
        let q = "mutation { openTicket(input: {subject: \"Después de todo\"}) { ticket { id } problems { code } } }";
        let opened = self.at.data(&agent, None, q, json!({})).await.unwrap()["openTicket"].clone();
        let q = "query($id: ID!) { ticket(id: $id) { assignment { group { name } } clocks { target } suggestedArticles { id } } }";
        eventually(Duration::from_secs(20), || async {
            let answer = self
                .at
                .ask(&agent, None, q, json!({"id": opened["ticket"]["id"]}))
                .await
                .unwrap();
            let ticket = &answer["data"]["ticket"];
            let whole = !ticket["assignment"]["group"].is_null()
                && ticket["clocks"] != json!([])
                && answer["errors"].is_null();
            if whole {
                Ok(())
            } else {
                Err(answer.to_string())
            }
        })
        .await;
    }
}

#[tokio::test]
async fn an_import_comes_through_all_faults_as_if_there_had_been_none() {
    let began = Instant::now();
    let history = History::of_cases(500);
    // A slow broker: whenever something breaks, something is under way.
    let mut ground = Ground::prepare("all faults", &[("VENTANILLA_AMQP_DELAY_MS", "100")]).await;
    let troubled = ground.troubled.clone();
    ground.at.tenant(&troubled).await.unwrap();
    ground.agree(&troubled).await;
    println!(
        "{:.0?}: {} rows of {} cases; the installation stands",
        began.elapsed(),
        history.len(),
        history.cases()
    );
    ground.import("tranquila", &history).await;
    println!("{:.0?}: imported in peace", began.elapsed());

    let faults = [
        Fault::Kill("intake"),
        Fault::Kill("reporting"),
        Fault::Restart("rabbitmq"),
        Fault::Kill("routing"),
        Fault::Kill("sla-clock"),
        Fault::Restart("postgres"),
        Fault::Kill("knowledge"),
        Fault::Flush,
        Fault::Kill("directory"),
        Fault::KillImport,
    ];
    let schema = audit::schema(&ground.at.suite, &troubled).await.unwrap();
    let mut sent = 0;
    for (n, (fault, part)) in faults
        .into_iter()
        .zip(history.parts(faults.len()))
        .enumerate()
    {
        let before = audit::recorded(&ground.at.suite, &schema).await.unwrap().0;
        let name = format!("part-{n}");
        let mut import = ground.begin_import(&name, &part, &["--batch", "4", "--window", "1"]);
        let now = ground.under_way(&schema, before).await;
        ground.strike(fault, &mut import).await;
        sent += part.len() as i64;
        println!(
            "{:.0?}: {fault:?} with {} rows in intake and {} in reporting, of {sent}",
            began.elapsed(),
            now.0,
            now.1
        );
        assert!(now.1 < sent, "{fault:?}: nothing was under way any more");
        ground.finish_import(&name, import, fault, &part).await;
        // No fault of another's ends a service.
        assert_eq!(ground.at.ended(), Vec::<String>::new(), "{fault:?}");
    }
    ground.nothing_was_lost(&schema, &history).await;
    ground.compare(&history).await;
    ground.still_lives().await;
    println!("{:.0?}: as if there had been none", began.elapsed());
}

/// Every fault by its name, for `make chaos FAULT='… …'` (see `e2e::faults`).
const FAULTS: [(&str, Fault); 13] = [
    ("directory-is-killed", Fault::Kill("directory")),
    ("intake-is-killed", Fault::Kill("intake")),
    ("routing-is-killed", Fault::Kill("routing")),
    ("sla-clock-is-killed", Fault::Kill("sla-clock")),
    ("knowledge-is-killed", Fault::Kill("knowledge")),
    ("reporting-is-killed", Fault::Kill("reporting")),
    ("rabbitmq-is-restarted", Fault::Restart("rabbitmq")),
    ("rabbitmq-crashes", Fault::Crash("rabbitmq")),
    ("postgres-is-restarted", Fault::Restart("postgres")),
    ("postgres-crashes", Fault::Crash("postgres")),
    ("redis-forgets", Fault::Flush),
    ("redis-crashes", Fault::Crash("redis")),
    ("the-import-is-killed", Fault::KillImport),
];

/// One full run per fault: the whole log into a tenant of its own, a fault when a third of it is in.
#[tokio::test]
#[ignore = "some 20 minutes: make chaos"]
async fn chaos_one_full_run_per_fault() {
    assert_eq!(FAULTS.map(|(name, _)| name), WHILE_IMPORTING);
    let wanted = chosen(&WHILE_IMPORTING).unwrap();
    if wanted.is_empty() {
        println!("none of what FAULT names breaks an import");
        return;
    }
    if world::log().is_none() {
        assert!(
            !strict(),
            "CHAOS_STRICT: no fault can be struck without the real log"
        );
        return;
    }
    let faults: Vec<_> = FAULTS
        .into_iter()
        .filter(|(name, _)| wanted.contains(name))
        .collect();
    let history = History::of_cases(usize::MAX);
    let began = Instant::now();
    let mut ground = Ground::prepare("chaos", &[]).await;
    ground.import("tranquila", &history).await;
    println!(
        "{:.0?}: {} rows imported in peace",
        began.elapsed(),
        history.len()
    );
    for (name, fault) in faults {
        begun("import", name, "").unwrap();
        name.clone_into(&mut ground.troubled);
        ground.at.tenant(name).await.unwrap();
        ground.agree(name).await;
        let schema = audit::schema(&ground.at.suite, name).await.unwrap();
        let began = Instant::now();
        let mut import = ground.begin_import(name, &history, &[]);
        let now = ground.under_way(&schema, history.len() as i64 / 3).await;
        ground.strike(fault, &mut import).await;
        assert!(
            now.1 < history.len() as i64,
            "nothing was under way any more"
        );
        ground.finish_import(name, import, fault, &history).await;
        assert_eq!(ground.at.ended(), Vec::<String>::new(), "{name}");
        ground.nothing_was_lost(&schema, &history).await;
        let whole = began.elapsed();
        ground.compare(&history).await;
        ground.still_lives().await;
        let row = format!(
            "| {name}, while importing | struck with {} of {} rows in intake and {} in reporting | whole after {whole:.0?} |",
            now.0,
            history.len(),
            now.1
        );
        println!("{row}");
        let run = json!({
            "rows": history.len(),
            "inIntake": now.0,
            "inReporting": now.1,
            "wholeAfter": whole.as_secs(),
            "wrong": [],
        });
        keep("import", name, "", &row, run).unwrap();
    }
}
