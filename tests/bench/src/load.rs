//! HTTP load by wrk (Debian package `wrk`), which is given a script per scenario.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// What a run gave.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Requests per second.
    pub per_second: f64,
    /// Median latency, milliseconds.
    pub p50_ms: f64,
    /// 99th percentile, milliseconds.
    pub p99_ms: f64,
    /// Requests in all.
    pub requests: u64,
    /// Answers that were not 2xx, or that were errors, timeouts and the like.
    pub failed: u64,
    /// CPU seconds that the generator itself took.
    pub generator_cpu_s: f64,
}

/// How hard is asked.
#[derive(Debug, Clone, Copy)]
pub struct Pressure {
    /// Connections.
    pub connections: u32,
    /// For so long.
    pub seconds: u32,
    /// Each connection rests so many milliseconds after an answer; 0 asks again at once.
    pub rest_ms: u32,
}

/// POSTs bodies in turn: `bodies` are (token, tenant, JSON body); `%ID%` in a body is replaced by a fresh number.
pub fn post(
    url: &str,
    bodies: &[(String, String, String)],
    pressure: Pressure,
) -> anyhow::Result<Outcome> {
    let mut text = lua(bodies);
    if pressure.rest_ms > 0 {
        // Writing to a String does not fail.
        let _written = writeln!(text, "function delay() return {} end", pressure.rest_ms);
    }
    run(url, &text, pressure.connections, pressure.seconds)
}

fn run(url: &str, text: &str, connections: u32, seconds: u32) -> anyhow::Result<Outcome> {
    let dir = tempfile::tempdir()?;
    let script = dir.path().join("load.lua");
    std::fs::write(&script, text)?;
    let before = children_cpu();
    let output = Command::new("wrk")
        .args(["--latency", "--threads", "1", "--timeout", "20s"])
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={seconds}s"))
        .arg("--script")
        .arg(&script)
        .arg(format!("{url}/graphql"))
        .output()
        .context("wrk (Debian: apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success(),
        "wrk: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let figure = |name: &str| -> Option<f64> {
        text.lines()
            .find_map(|l| l.strip_prefix(name))
            .and_then(|v| v.trim().parse().ok())
    };
    Ok(Outcome {
        per_second: figure("rate ").context(text.clone())?,
        p50_ms: figure("p50 ").unwrap_or_default() / 1000.0,
        p99_ms: figure("p99 ").unwrap_or_default() / 1000.0,
        requests: figure("requests ").unwrap_or_default() as u64,
        failed: figure("failed ").unwrap_or_default() as u64,
        generator_cpu_s: children_cpu() - before,
    })
}

/// A Lua table `requests` of them, for a script of wrk's.
pub fn requests(bodies: &[(String, String, String)]) -> String {
    let mut out = String::from("local requests = {\n");
    for (token, tenant, body) in bodies {
        // Writing to a String does not fail.
        let _written = writeln!(out, "{{ '{token}', '{tenant}', [==[{body}]==] }},");
    }
    out.push_str("}\n");
    out
}

fn lua(bodies: &[(String, String, String)]) -> String {
    let mut out = requests(bodies);
    out.push_str(
        "local n = 0\nlocal bad = 0\n\
         function request()\n n = n + 1\n local r = requests[(n % #requests) + 1]\n\
         local body = r[3]:gsub('%%ID%%', tostring(n))\n\
         return wrk.format('POST', nil, {['authorization'] = 'Bearer ' .. r[1], ['x-ventanilla-tenant'] = r[2], \
         ['content-type'] = 'application/json'}, body)\nend\n\
         function response(status, headers, body)\n if status ~= 200 or body:find('\"errors\"', 1, true) then bad = bad + 1; wrk.thread:set('bad', bad) end\nend\n",
    );
    out.push_str(DONE);
    out
}

/// What a script ends with: the figures, with what it has counted in `bad`.
const DONE: &str = "local threads = {}\nfunction setup(thread) thread:set('bad', 0); table.insert(threads, thread) end\n\
         function done(summary, latency, _)\n local failed = 0\n for _, t in ipairs(threads) do failed = failed + t:get('bad') end\n\
         io.write(string.format('rate %f\\nrequests %d\\np50 %f\\np99 %f\\nfailed %d\\n', \
         summary.requests / (summary.duration / 1e6), summary.requests, latency:percentile(50), latency:percentile(99), \
         failed + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))\nend\n";

/// CPU seconds of children that have ended.
fn children_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |i: usize| {
        fields
            .get(i)
            .and_then(|f| f.parse::<f64>().ok())
            .unwrap_or_default()
    };
    // cutime and cstime, counted behind the closing parenthesis; 100 ticks a second on Linux.
    (ticks(13) + ticks(14)) / 100.0
}
