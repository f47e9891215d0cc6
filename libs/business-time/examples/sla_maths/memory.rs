//! What a calendar holds in memory: the growth of the process over many of them, so that what the allocator adds counts as well.

use business_time::Calendar;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{Outcome, desk};

/// Prints bytes per calendar: cold, with one year compiled, and with every year from 1970 to 2099.
pub fn report() -> Outcome {
    println!("memory of a calendar with two spans a day:");
    for (name, bytes) in measure()? {
        match bytes {
            Some(bytes) => println!("  {name}: {bytes} bytes"),
            None => println!("  {name}: not measured, /proc/self/statm is not there"),
        }
    }
    Ok(())
}

/// The same as lines of JSON; without what could not be measured.
pub fn lines() -> Outcome {
    for (name, bytes) in measure()? {
        if let Some(bytes) = bytes {
            println!(r#"{{"calendar": "{name}", "bytes": {bytes}}}"#);
        }
    }
    Ok(())
}

type Measured = [(&'static str, Option<usize>); 3];

fn measure() -> Result<Measured, Box<dyn std::error::Error>> {
    let now: DateTime<Utc> = "2026-03-10T10:17:42Z".parse()?;
    let (first, last) = (
        "1970-01-02T00:00:00Z".parse()?,
        "2099-12-30T00:00:00Z".parse()?,
    );
    // All are kept to the end: what is given back would be used again, and not count.
    let mut kept = Vec::with_capacity(20_000);
    let mut each = |count, asked| bytes_each(count, asked, &mut kept);
    Ok([
        ("cold", each(5_000, None)?),
        (
            "one year",
            each(5_000, Some((now, now + TimeDelta::hours(1))))?,
        ),
        ("whole index", each(100, Some((first, last)))?),
    ])
}

fn bytes_each(
    count: usize,
    asked: Option<(DateTime<Utc>, DateTime<Utc>)>,
    kept: &mut Vec<Calendar>,
) -> Result<Option<usize>, Box<dyn std::error::Error>> {
    let Some(before) = resident() else {
        return Ok(None);
    };
    for _ in 0..count {
        let desk = desk()?;
        if let Some((from, to)) = asked {
            desk.elapsed(from, to, &[])?;
        }
        kept.push(desk);
    }
    Ok(resident().map(|after| after.saturating_sub(before) / count))
}

/// Resident pages of this process, in bytes.
fn resident() -> Option<usize> {
    const PAGE: usize = 4_096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}
