//! `ventanilla tenant create --from FILE`: many tenants, some of them side by side. A tenant is made by every service when it
//! hears of it, so the wait for one is the time in which others are made.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::{StreamExt as _, stream};
use subgraph::Service;

use crate::demo;
use crate::platform::Platform;
use crate::tenant::{self, NewTenant};

/// How often a tenant is asked whether it is ready: rarely, for the answers take time from those who make it.
const LOOK: Duration = Duration::from_millis(250);
/// No tenant takes longer, also with others before it in every queue.
const PATIENCE: Duration = Duration::from_mins(5);

/// Slugs and names: a slug per line, and behind a comma the name where it is another.
pub fn read(file: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be opened", file.display()))?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let tenants = lines.map(|line| {
        let (slug, name) = line.split_once(',').unwrap_or((line, line));
        (slug.trim().to_owned(), name.trim().to_owned())
    });
    tenants.collect()
}

/// How many tenants are made.
pub struct Many<'a> {
    /// The directory that makes them.
    pub directory: &'a Service,
    /// What it stands on.
    pub platform: &'a Platform,
    /// `prv_…` of their provider.
    pub provider: &'a str,
    /// So many are under way at once.
    pub at_once: usize,
    /// Each gets a requester and an agent.
    pub demo_people: bool,
}

impl Many<'_> {
    /// Makes them and says so, one by one; what is there already is left as it is.
    ///
    /// # Errors
    /// If one of them could not be made. The others are, unless so many fail that it cannot be the fault of one.
    pub async fn create(&self, wanted: Vec<NewTenant>) -> anyhow::Result<()> {
        let (all, began) = (wanted.len(), Instant::now());
        let at_once = self.at_once.max(1);
        let (mut made, mut failed) = (0_usize, Vec::new());
        let mut running = stream::iter(wanted)
            .map(|new| async move {
                let id = self.one(&new).await;
                (new.slug, id)
            })
            .buffer_unordered(at_once);
        while let Some((slug, done)) = running.next().await {
            match done {
                Ok(id) => {
                    made += 1;
                    println!("{slug} {id}");
                }
                Err(error) => {
                    eprintln!("{slug}: {error:#}");
                    failed.push(slug);
                }
            }
            if failed.len() > at_once {
                break;
            }
        }
        let took = began.elapsed().as_secs_f64();
        println!(
            "{made} of {all} tenants in {took:.1} s, {:.2} a second",
            made as f64 / took.max(0.001)
        );
        anyhow::ensure!(
            failed.is_empty(),
            "{} of {all} were not made ({}); run it again, what is there is left as it is",
            all - made,
            failed.join(", ")
        );
        Ok(())
    }

    async fn one(&self, new: &NewTenant) -> anyhow::Result<String> {
        let id = match tenant::look_up(self.directory, self.platform, &new.slug).await? {
            Some(id) => id,
            None => tenant::create(self.directory, self.platform, self.provider, new).await?,
        };
        let began = Instant::now();
        while !tenant::is_ready(self.directory, self.platform, &id).await? {
            anyhow::ensure!(
                began.elapsed() < PATIENCE,
                "not ready after {PATIENCE:?}: do all services run? `ventanilla doctor` tells"
            );
            tokio::time::sleep(LOOK).await;
        }
        if self.demo_people {
            demo::two_of_a_tenant(self.directory, self.provider, &id, &new.slug).await?;
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_slug_and_perhaps_a_name() {
        let expected = [("norte", "norte"), ("sur", "Sur, S.A.")];
        let expected = expected.map(|(slug, name)| (slug.to_owned(), name.to_owned()));
        assert_eq!(parse("norte\n\n sur , Sur, S.A. \n"), expected);
    }
}
