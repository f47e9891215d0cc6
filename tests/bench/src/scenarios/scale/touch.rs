//! What the first in a tenant waits for: no connection knows its tables or has its statements yet.

use std::time::Instant;

use anyhow::ensure;
use e2e::Installation;

use super::Series;
use super::asked::OPERATIONS;
use super::clients::Client;
use super::offer::quantiles;
use crate::report::{Better, Row};

/// So many tenants are touched.
const SOME: usize = 40;

/// Every operation once in some tenants, one after the other, and then once more. To be called when everything has just been
/// started: the platform looks at every tenant by and by, the oldest first, and so the newest are touched first here.
pub async fn first(
    at: &Installation,
    clients: &[Client],
    series: &mut Series<'_>,
) -> anyhow::Result<()> {
    ensure!(!clients.is_empty(), "no tenants");
    let step = clients.len().div_ceil(SOME);
    let mut touches = [Vec::new(), Vec::new()];
    for client in clients.iter().rev().step_by(step) {
        for touch in &mut touches {
            touch.push(all_operations(at, client).await?);
        }
    }
    for (name, touch) in ["first touch of a tenant", "second touch"]
        .into_iter()
        .zip(touches)
    {
        let sums = touch.iter().map(|each| each.iter().sum::<f64>());
        let (p50, p99) = quantiles(sums.collect());
        let each = OPERATIONS.iter().enumerate().map(|(n, operation)| {
            let of_one = touch.iter().filter_map(|each| each.get(n).copied());
            format!("{} {:.1}", operation.name, quantiles(of_one.collect()).0)
        });
        let each: Vec<String> = each.collect();
        let row = Row {
            p50_ms: Some(p50),
            p99_ms: Some(p99),
            ..Row::new("", p50, "ms", Better::Lower)
        };
        let note = format!("medians of {}: {}", touch.len(), each.join(", "));
        series.add(&format!("{name}, all operations"), row.note(note));
    }
    Ok(())
}

/// Milliseconds that each of them takes.
async fn all_operations(at: &Installation, client: &Client) -> anyhow::Result<Vec<f64>> {
    let mut took = Vec::with_capacity(OPERATIONS.len());
    for operation in &OPERATIONS {
        let (token, variables) = (operation.token(client), operation.variables(client));
        let began = Instant::now();
        at.data(token, Some(&client.slug), operation.query, variables)
            .await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(took)
}
