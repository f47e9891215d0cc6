//! Names that lead elsewhere: up, encoded once and twice, absolute, with backslashes, with a NUL. Whatever takes a name from
//! outside looks it up in a table, or keeps it as a text; no file is opened by it. Attachments will bring names of files, and
//! their own cases here.

use std::cell::Cell;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use e2e::audit;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Ground;

/// Behind the last slash of a path, as they are written on the line.
const NAMES: [&str; 14] = [
    "../sessions.pem",
    "../../../../etc/passwd",
    "..%2fsessions.pem",
    "%2e%2e/sessions.pem",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "..%c0%af..%c0%afetc/passwd/../x",
    "/etc/passwd",
    "..\\sessions.pem",
    "%5c..%5csessions.pem",
    "a.json%00",
    "a%00.pdf",
    "....//etc/passwd",
    "./sessions.pem",
];

/// What a file would show that was opened after all, or a library that tried.
const CONTENTS: [&str; 5] = [
    "root:",
    "PRIVATE KEY",
    "internal_key",
    "No such file",
    "os error",
];

/// Sends a line as it stands: a client's library would put such paths right. Nothing comes back where the line was no request.
async fn raw(ground: &Ground, address: &str, target: &str, token: &str) -> Option<u16> {
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    let mut answer = Vec::new();
    let asking = async {
        let mut line = TcpStream::connect(address).await?;
        line.write_all(request.as_bytes()).await?;
        line.read_to_end(&mut answer).await
    };
    // Whoever is reset has been refused, too.
    let _cut_off = tokio::time::timeout(Duration::from_secs(10), asking)
        .await
        .unwrap_or_else(|_| panic!("{target}: no end in 10 s"));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    if answer.is_empty() {
        return None;
    }
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    ground.hear(head, body);
    for word in CONTENTS {
        assert!(!answer.contains(word), "{target}: {answer}");
    }
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    Some(status.unwrap_or_else(|| panic!("{target}: {answer}")))
}

/// `host:port` of a URL.
fn address(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().unwrap_or(rest)
}

/// Paths, at the public door and at the services' own.
pub async fn as_paths(ground: &Ground) {
    let token = ground.sign_in("torre", "agent").await;
    let door = address(&ground.at.url);
    let mut targets: Vec<String> = Vec::new();
    for folder in ["/", "/graphql/", "/files/", "/in/", "/events/", "/auth/"] {
        targets.extend(NAMES.map(|name| format!("{folder}{name}")));
    }
    // Nothing is served by the name of a file, and the doors that will take files are shut.
    let plain = [
        "/sessions.pem",
        "/keys/sessions.pem",
        "/gateway.json",
        "/index.html",
        "/static/app.js",
        "/docs/security.md",
        "/files/att_1",
        "/files/att_1/informe.pdf",
        "/in/correo/torre",
        "/events/torre/log",
        "file:///etc/passwd",
        "/files/a\u{0}.pdf",
        "/graphql/\u{0}",
    ];
    targets.extend(plain.map(str::to_owned));
    for target in targets {
        let status = raw(ground, door, &target, &token).await;
        assert!(
            matches!(status, None | Some(400 | 404)),
            "{target}: {status:?}"
        );
    }

    // Somebody inside the net: one service's path leads to no other, and to no file.
    let gateway: Value = serde_json::from_str(&ground.key_file("gateway.json")).unwrap();
    let service = address(gateway["directory"]["url"].as_str().unwrap()).to_owned();
    for folder in ["/", "/directory/", "/directory/auth/", "/intake/graphql/"] {
        for name in NAMES {
            let target = format!("{folder}{name}");
            let status = raw(ground, &service, &target, &token).await;
            assert!(
                matches!(status, None | Some(400 | 404 | 405)),
                "{target}: {status:?}"
            );
        }
    }
}

/// Ids of persisted documents, slugs at the door, slugs in the operator's own files.
pub async fn as_ids_and_slugs(ground: &Ground) {
    let token = ground.sign_in("torre", "agent").await;
    let door = format!("{}/graphql", ground.at.url);
    for id in [
        "../trusted.json",
        "../../keys/sessions.pem",
        "/etc/passwd",
        "file:///etc/passwd",
        "..\\sessions.pem",
        "%2e%2e%2fsessions.pem",
        "sha256:../../x",
        "a\u{0}.json",
        "",
    ] {
        for body in [
            json!({"documentId": id}),
            json!({"id": id}),
            json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}}),
        ] {
            let request = ground.at.http().post(&door).bearer_auth(&token).json(&body);
            let answer = ground.send(request).await;
            assert!(answer.body["data"].is_null(), "{body}: {answer:?}");
            let text = answer.body.to_string();
            for word in CONTENTS {
                assert!(!text.contains(word), "{body}: {text}");
            }
        }
    }
    for slug in ["../isla", "/etc/passwd", "torre/../isla", "..\\isla"] {
        let email = "ruta@torre.example";
        let body = json!({"email": email, "password": "x", "tenant": slug});
        let answer = ground.knock("/auth/login", body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "UNAUTHENTICATED"),
            "{slug}: {answer:?}"
        );
    }

    let before = ground.at.cli(&["tenant", "list"]).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("clientes.txt");
    std::fs::write(&file, "../fuera\n/etc/cron.d/x\n..\\fuera\na%2ffuera\n").unwrap();
    let file = file.display().to_string();
    let create = ["tenant", "create", "--provider", "soporte", "--from", &file];
    assert!(ground.at.cli(&create).await.is_err());
    assert_eq!(ground.at.cli(&["tenant", "list"]).await.unwrap(), before);
    for id in ["../../etc/passwd", "parked.intake/../x"] {
        let show = ["dead-letters", "show", "--service", "intake", id];
        assert!(ground.at.cli(&show).await.is_err(), "{id}");
    }
}

/// Cells of another tool's export: case, state and subject.
const CELLS: [&str; 5] = [
    "../../fuera.csv",
    "/etc/cron.d/fuera",
    "..\\..\\fuera.csv",
    "%2e%2e%2ffuera.csv",
    "file:///etc/passwd",
];

const EXPORT: &str = r#"
tool = "rutas"
subject = "{archivo}"
attributes = ["archivo"]
case = { column = "caso" }
time = { column = "fecha", format = "%d/%m/%Y %H:%M", zone = "America/Lima" }
state = { status = "estado", map = [{ status = "Abierto", to = "in_progress" }, { status = "Cerrado", to = "closed" }] }
"#;

/// Names of everything in a folder and in those in it, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let within = names(&path);
            all.extend(within.iter().map(|inner| format!("{name}/{inner}")));
        }
        all.push(name);
    }
    all.sort();
    all
}

/// Imported rows that name files: texts, and what is rejected of them is written beside the export alone. `written`: so many
/// tickets came of it.
pub async fn as_cells_of_an_import(ground: &Ground, written: &Cell<i64>) {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("mesa/exportes");
    std::fs::create_dir_all(&inside).unwrap();
    let (file, mapping) = (inside.join("casos.csv"), inside.join("rutas.toml"));
    std::fs::write(&mapping, EXPORT).unwrap();
    let mut text = "caso,fecha,estado,archivo\n".to_owned();
    for cell in CELLS {
        writeln!(text, "{cell},01/03/2026 08:30,Abierto,{cell}").unwrap();
        writeln!(text, "{cell},01/03/2026 09:30,Cerrado,{cell}").unwrap();
    }
    // Rejected: a state that nobody mapped, and a NUL.
    text += "9,01/03/2026 08:30,../../fuera.csv,../../fuera.csv\n";
    text += "10,01/03/2026 08:30,Abierto,a\u{0}.pdf\n";
    std::fs::write(&file, text).unwrap();
    let (file, mapping) = (file.display().to_string(), mapping.display().to_string());
    let import = |tenant: &'static str| {
        let args = [
            "import",
            "--wait",
            "--tenant",
            tenant,
            "--mapping",
            &mapping,
            &file,
        ];
        let args = args.map(str::to_owned);
        async move {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            ground.at.cli(&args).await
        }
    };
    // A tenant's name is no path, either.
    assert!(import("../torre").await.is_err());
    let said = import("torre").await.unwrap();
    written.set(written.get() + CELLS.len() as i64);
    assert!(
        said.contains("10 rows of 5 cases read, 2 rejected"),
        "{said}"
    );
    assert_eq!(
        names(dir.path()),
        [
            "mesa",
            "mesa/exportes",
            "mesa/exportes/casos.csv",
            "mesa/exportes/casos.csv.rejects.csv",
            "mesa/exportes/rutas.toml",
        ]
    );

    let schema = audit::schema(&ground.at.suite, "torre").await.unwrap();
    let mut intake = audit::open(&ground.at.suite, "intake").await.unwrap();
    let sql = format!("SELECT subject FROM {schema}.ticket WHERE tool = 'rutas'");
    let mut kept: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut intake)
        .await
        .unwrap();
    kept.sort();
    let mut expected = CELLS.map(str::to_owned);
    expected.sort();
    assert_eq!(kept, expected);
}
