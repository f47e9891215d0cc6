//! The command `import.rows`: rows of another tool's history, already read and mapped by the importer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::intake::{Degree, Priority, TicketKind, TicketState};
use messaging::{Command, HandleError};
use serde::Deserialize;
use tenancy::{Scope, Tx};

use crate::actions::Tools;
use crate::actions::record_history::record_history;
use crate::domain::history::Row;

/// The command's name.
pub const NAME: &str = "import.rows";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    tool: String,
    rows: Vec<Given>,
}

/// One row as the importer sends it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    row: i64,
    sha: String,
    occurrence: i32,
    case: String,
    at: DateTime<Utc>,
    status: String,
    #[serde(default)]
    sub_status: String,
    state: TicketState,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    line: Option<i16>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    impact: Option<Degree>,
    #[serde(default)]
    urgency: Option<Degree>,
    #[serde(default)]
    priority: Option<Priority>,
    #[serde(default)]
    kind: Option<TicketKind>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Given {
    fn row(self) -> Result<Row, String> {
        let mut sha = [0u8; 32];
        let hex = data_encoding::HEXLOWER_PERMISSIVE
            .decode(self.sha.as_bytes())
            .ok()
            .filter(|bytes| bytes.len() == sha.len())
            .ok_or_else(|| format!("row {}: sha is not 64 hexadecimal digits", self.row))?;
        sha.copy_from_slice(&hex);
        if self.case.is_empty() {
            return Err(format!("row {}: no case", self.row));
        }
        let texts = [&self.case, &self.status, &self.sub_status];
        let more = [&self.group, &self.owner, &self.subject];
        if texts
            .into_iter()
            .chain(more.into_iter().flatten())
            .chain(self.attributes.values())
            .any(|t| t.contains('\0'))
        {
            return Err(format!("row {}: a text holds the character NUL", self.row));
        }
        let line = self.line.unwrap_or(1);
        if !(1..=3).contains(&line) {
            return Err(format!("row {}: line {line} is not 1 to 3", self.row));
        }
        Ok(Row {
            row: self.row,
            sha,
            occurrence: self.occurrence,
            case: self.case,
            at: self.at,
            status: self.status,
            sub_status: self.sub_status,
            state: self.state,
            holder: self.group.filter(|g| !g.is_empty()).map(|g| (g, line)),
            owner: self.owner.filter(|o| !o.is_empty()),
            impact: self.impact,
            urgency: self.urgency,
            priority: self.priority,
            kind: self.kind,
            subject: self.subject,
            attributes: self.attributes,
        })
    }
}

/// Reads the rows of the commands, in order.
pub async fn handle(tools: &Tools, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError> {
    let Scope::Tenant(tenant) = tx.scope() else {
        return Ok(());
    };
    let mut given: Vec<(String, Vec<Row>)> = Vec::new();
    for (i, command) in commands.iter().enumerate() {
        if command.name != NAME {
            return Err(HandleError::never(
                i,
                format!("intake knows no command `{}`", command.name),
            ));
        }
        let body: Body = serde_json::from_str(command.body.get())
            .map_err(|e| HandleError::never(i, format!("malformed {NAME}: {e}")))?;
        if body.tool.is_empty() || body.tool.contains('\0') {
            return Err(HandleError::never(i, "no tool"));
        }
        let rows = body
            .rows
            .into_iter()
            .map(Given::row)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| HandleError::never(i, e))?;
        given.push((body.tool, rows));
    }
    let trace = commands.first().and_then(|c| c.traceparent.clone());
    record_history(tools, tx, tenant, given, trace).await?;
    Ok(())
}
