//! `make up` as it stands, on servers and a port of its own: what it prints is what a newcomer goes on with. The recipe is
//! run with what was built for this test; that it would build the same is seen by what make says it would do.

use std::fs::File;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use e2e::{command, free_port};
use serde_json::{Value, json};
use testkit::{Guard, eventually};

/// Servers start, the demo is told: on a machine that is busy with other tests.
const LONG: Duration = Duration::from_mins(5);

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// make, as from a terminal: nothing of a make that runs these tests, and none of its servers.
fn make(env: &[(String, String)], arguments: &[&str]) -> Command {
    let mut make = command("make", env);
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "NAME"] {
        make.env_remove(name);
    }
    make.current_dir(root()).args(arguments);
    make
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// A `make up` in a process group of its own, as a terminal has it. Whatever becomes of the test, it ends, and its servers
/// and their data are gone.
struct Terminal {
    make: Child,
    name: String,
    env: Vec<(String, String)>,
    door: String,
    over: bool,
    dir: tempfile::TempDir,
    _wipe: Guard,
}

impl Terminal {
    /// Begins it.
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let name = format!("make-up-{}", std::process::id());
        let door = format!("127.0.0.1:{}", free_port().unwrap());
        let keys = dir.path().join("keys").display().to_string();
        let env = vec![
            ("VENTANILLA_LISTEN".to_owned(), door.clone()),
            ("VENTANILLA_KEYS_DIR".to_owned(), keys),
        ];
        let log = File::create(dir.path().join("log")).unwrap();
        let ventanilla = format!("VENTANILLA={}", e2e::ventanilla().unwrap().display());
        let gateway = format!("VENTANILLA_GATEWAY={}", e2e::gateway().unwrap().display());
        let named = format!("NAME={name}");
        // MAKE=: leaves the building out: a cargo within a cargo's test waits for its locks.
        let make = make(&env, &["up", &named, "MAKE=:", &ventanilla, &gateway])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        // If this process is killed: the group, where it is still ours, and then the servers.
        let clean = format!(
            "grep -qz '{named}' /proc/{0}/cmdline 2>/dev/null && kill -s KILL -- -{0}\nexec '{1}' wipe --name {name}",
            make.id(),
            root().join("scripts/servers").display()
        );
        let wipe = Guard::new("/bin/sh", &["-c", &clean]).unwrap();
        Self {
            make,
            name,
            env,
            door,
            over: false,
            dir,
            _wipe: wipe,
        }
    }

    /// What is on it.
    fn text(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Waits until everything stands.
    async fn stands(&mut self) -> String {
        for _ in 0..LONG.as_millis() / 100 {
            let text = self.text();
            if text.contains("Ctrl-C lo detiene.") {
                return text;
            }
            let ended = self.make.try_wait().unwrap();
            assert!(ended.is_none(), "make up has ended ({ended:?}):\n{text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("does not stand after {LONG:?}:\n{}", self.text());
    }

    /// A signal to all of it, as Ctrl-C is (INT).
    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.make.id());
        let told = Command::new("kill")
            .args(["-s", signal, "--", &group])
            .status();
        assert!(told.is_ok_and(|status| status.success()), "{}", self.text());
    }

    /// Whether something of it runs: what has ended and is only not waited for does not.
    fn runs(&self) -> bool {
        let group = self.make.id().to_string();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let mut stats =
            processes.filter_map(|p| std::fs::read_to_string(p.path().join("stat")).ok());
        stats.any(|stat| {
            // Behind the closing parenthesis: state, parent, group.
            let fields = stat.rsplit(')').next().unwrap_or_default();
            let fields: Vec<&str> = fields.split_whitespace().collect();
            fields.get(2) == Some(&group.as_str()) && fields[0] != "Z"
        })
    }

    /// Ctrl-C, and until nothing of it is left.
    async fn interrupt(&mut self) {
        self.signal("INT");
        for _ in 0..600 {
            let ended = self.make.try_wait().unwrap();
            if ended.is_some() && !self.runs() {
                self.over = true;
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("goes on after Ctrl-C:\n{}", self.text());
    }

    /// What `scripts/servers status` ends with.
    fn servers(&self) -> Option<i32> {
        let mut status = command(root().join("scripts/servers"), &self.env);
        status.args(["status", "--name", &self.name]);
        status.output().unwrap().status.code()
    }

    /// Another target of make, for these servers.
    fn make(&self, target: &str) {
        let named = format!("NAME={}", self.name);
        let output = make(&self.env, &[target, &named]).output().unwrap();
        assert!(output.status.success(), "{target}: {}", said(&output));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !self.over {
            let group = format!("-{}", self.make.id());
            let kill = ["-s", "KILL", "--", &group];
            let _killed = Command::new("kill").args(kill).status();
            let _reaped = self.make.wait();
        }
    }
}

/// The address and the password behind every login that was printed, with who it is.
fn logins(text: &str) -> Vec<(String, String)> {
    let (_, people) = text.split_once("Personas (contraseña «").unwrap();
    let (password, people) = people.split_once("»):\n").unwrap();
    let lines = people.lines().take_while(|line| !line.is_empty());
    let emails = lines.map(|line| line.split_whitespace().next().unwrap());
    emails
        .map(|email| (email.to_owned(), password.to_owned()))
        .collect()
}

async fn sign_in_and_ask(terminal: &Terminal, email: &str, password: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let login = client.post(format!("http://{}/auth/login", terminal.door));
    let login = login.json(&json!({"email": email, "password": password}));
    let login: Value = login.send().await.unwrap().json().await.unwrap();
    let token = login["accessToken"].as_str();
    let token = token.unwrap_or_else(|| panic!("{email} cannot sign in: {login}"));
    let ask = client.post(format!("http://{}/graphql", terminal.door));
    let ask = ask.bearer_auth(token);
    let ask = ask.json(&json!({"query": "{ me { kind email tenants { roles } } }"}));
    ask.send().await.unwrap().json().await.unwrap()
}

#[test]
fn make_up_builds_what_it_runs() {
    let target = "/var/empty/target";
    let env = [("CARGO_TARGET_DIR".to_owned(), target.to_owned())];
    let output = make(&env, &["-n", "up"]).output().unwrap();
    let plan = said(&output);
    assert!(output.status.success(), "{plan}");
    let steps = [
        "scripts/servers up --name dev\n".to_owned(),
        "cargo build --bin ventanilla\n".to_owned(),
        format!("CARGO_TARGET_DIR={target}/gateway cargo build --release"),
        format!(". .run/dev/env; {target}/debug/ventanilla migrate;"),
        format!("{target}/debug/ventanilla up "),
    ];
    let mut rest = plan.as_str();
    for step in steps {
        let found = rest.split_once(&step);
        (_, rest) = found.unwrap_or_else(|| panic!("no {step:?}, in its order: {plan}"));
    }
    // And where it says that it answers, unless it is told otherwise.
    let up = command(e2e::ventanilla().unwrap(), &[])
        .args(["up", "--help"])
        .output();
    let help = said(&up.unwrap());
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("<http://127.0.0.1:8080/graphql>"));
}

/// The tickets that a printed command gives.
fn copied(command: &str) -> Vec<Value> {
    let output = Command::new("bash")
        .args(["-euc", command])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let tickets = answer["data"]["tickets"]["nodes"].as_array();
    tickets.unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn what_make_up_prints_can_be_copied() {
    let mut terminal = Terminal::open();
    let text = terminal.stands().await;
    let door = format!("http://{}/graphql", terminal.door);
    let ready = text
        .lines()
        .find(|l| l.starts_with("Ventanilla responde en "));
    assert!(ready.is_some_and(|line| line.contains(&door)), "{text}");
    println!("{}", ready.unwrap());
    assert!(
        text.contains("Clientes de demostración: andina, cafetera "),
        "{text}"
    );

    // The command, all of its lines.
    let (_, curl) = text.split_once("\ncurl ").unwrap();
    let (curl, _) = curl.split_once("\n\n").unwrap();
    assert_eq!(curl.lines().count(), 3, "{curl}");
    // The demo has been told; clocks follow it.
    eventually(Duration::from_mins(1), || async {
        let tickets = copied(&format!("curl {curl}"));
        assert_eq!(tickets.len(), 3, "{tickets:?}");
        assert!(tickets.iter().all(|t| t["number"].is_string()));
        let kept = |t: &Value| t["clocks"].as_array().is_some_and(|all| all.len() == 2);
        tickets
            .iter()
            .all(kept)
            .then_some(())
            .ok_or(format!("{tickets:?}"))
    })
    .await;

    let logins = logins(&text);
    assert_eq!(logins.len(), 6, "{text}");
    for (email, password) in &logins {
        let answer = sign_in_and_ask(&terminal, email, password).await;
        let me = &answer["data"]["me"];
        if me["kind"] == "OPERATOR" {
            // Of operators no more is kept than that they may sign in.
            assert_eq!(me["tenants"], json!([]), "{answer}");
        } else {
            assert_eq!(me["email"], json!(email), "{answer}");
        }
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = client.get(&door).header("accept", "text/html").send();
    let page = page.await.unwrap();
    assert!(page.status().is_success(), "{}", page.status());
    let page = page.text().await.unwrap().to_lowercase();
    assert!(page.contains("graphiql"), "{page}");

    // Ctrl-C ends the services alone; the servers go on until they are told.
    terminal.interrupt().await;
    assert!(TcpStream::connect(&terminal.door).is_err());
    let text = terminal.text();
    assert!(
        !text.contains("Error 1") && !text.contains("panicked"),
        "{text}"
    );
    assert_eq!(terminal.servers(), Some(0), "the servers have ended too");
    terminal.make("down");
    assert_eq!(terminal.servers(), Some(3));
    let set = root().join(".run").join(&terminal.name);
    assert!(set.join("env").is_file());
    terminal.make("wipe");
    assert!(set.symlink_metadata().is_err(), "{}", set.display());
}
