//! `ventanilla dead-letters`: what a service could not do, with its reason. Nothing is thrown away unasked.

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use messaging::{Bus, park};

use crate::platform::Name;
use crate::settings::Settings;

/// Options of `dead-letters`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// One line per parked message.
    List {
        /// Only of this service.
        #[arg(long, value_enum)]
        service: Option<Name>,
        /// At most so many per service.
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// One message, whole.
    Show {
        /// Of which service.
        #[arg(long, value_enum)]
        service: Name,
        /// Its id, as `list` prints it.
        id: String,
    },
    /// Put it back into the queue it came from; its successors follow in order.
    Retry {
        /// Of which service.
        #[arg(long, value_enum)]
        service: Name,
        /// Its id; all of the service's without one.
        id: Option<String>,
    },
    /// Give it up: its effect will never take place, and its successors go on without it.
    Drop {
        /// Of which service.
        #[arg(long, value_enum)]
        service: Name,
        /// Its id.
        id: String,
    },
}

/// Does it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let bus = Bus::connect(settings.bus(), "operator")
        .await
        .context("RabbitMQ")?;
    match args.action {
        Action::List { service, most } => {
            let names = service.map_or_else(|| Name::ALL.to_vec(), |s| vec![s]);
            for name in names {
                for p in park::list(&bus, name.as_str(), most).await? {
                    println!(
                        "{:<10} {} {} {}#{} {}",
                        name.as_str(),
                        p.id,
                        p.kind,
                        p.subject,
                        p.sequence,
                        p.reason
                    );
                }
            }
        }
        Action::Show { service, id } => {
            let p = park::show(&bus, service.as_str(), &id)
                .await?
                .with_context(|| format!("nothing parked with id {id}"))?;
            println!(
                "id        {}\ntype      {}\nsource    {}\nsubject   {}\nsequence  {}\ntenant    {}\nqueue     {}\nreason    {}\n\n{}",
                p.id, p.kind, p.source, p.subject, p.sequence, p.tenant, p.queue, p.reason, p.body
            );
        }
        Action::Retry { service, id } => {
            let n = park::retry(&bus, service.as_str(), id.as_deref()).await?;
            anyhow::ensure!(n > 0 || id.is_none(), "nothing parked with that id");
            println!("{n}");
        }
        Action::Drop { service, id } => {
            let n = park::drop(&bus, service.as_str(), Some(&id)).await?;
            anyhow::ensure!(n > 0, "nothing parked with that id");
            println!("{n}");
        }
    }
    Ok(())
}
