//! Writes the JSON Schemas and the AsyncAPI document into the folder that is named: `make generate`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dir = PathBuf::from(
        env::args()
            .nth(1)
            .unwrap_or_else(|| "docs/events".to_owned()),
    );
    fs::create_dir_all(&dir)?;
    for (name, schema) in events::schema::json_schemas() {
        fs::write(dir.join(name), pretty(&schema)?)?;
    }
    fs::write(
        dir.join("asyncapi.json"),
        pretty(&events::schema::async_api())?,
    )
}

fn pretty(value: &serde_json::Value) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
