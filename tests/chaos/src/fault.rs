//! What breaks, and how it is mended.

use std::time::Duration;

use anyhow::Context as _;
use e2e::faults::{UNDER_LOAD, empty_redis};
use tokio::time::sleep;

use crate::disk::SmallDisk;
use crate::ground::{Ground, Sort, old_binary};
use crate::{network, poison, replacing};

/// Long enough for others to run into an absence.
const SHORT: Duration = Duration::from_millis(500);
/// What stands still, is away or is wrong for a while, is so for this long.
const LONG: Duration = Duration::from_secs(10);
/// Three times as long as the broker's heartbeat: whoever is connected has noticed.
const LOST: Duration = Duration::from_secs(30);

/// Something that breaks, and is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL to a process, which is started again.
    Kill(&'static str),
    /// SIGSTOP to a process, and SIGCONT.
    StandStill(&'static str),
    /// Stop and start of a server.
    Restart(&'static str),
    /// SIGKILL to a server, which is started again.
    Crash(&'static str),
    /// SIGKILL to a server, which is started again much later.
    Away(&'static str),
    /// Redis forgets everything.
    Forget,
    /// Messages that nobody can work with.
    Poison,
    /// No room for intake's outbox.
    DiskFull,
    /// Every connection to the broker is cut, and no new one comes about.
    BrokerLost,
    /// Every byte comes later.
    SlowNetwork,
    /// A service whose clock is ahead, by so many milliseconds.
    Skew(&'static str, i64),
    /// Every service is replaced.
    Roll,
}

/// Every fault by its name.
const FAULTS: [(&str, Fault); UNDER_LOAD.len()] = [
    ("directory-is-killed", Fault::Kill("directory")),
    ("intake-is-killed", Fault::Kill("intake")),
    ("routing-is-killed", Fault::Kill("routing")),
    ("sla-clock-is-killed", Fault::Kill("sla-clock")),
    ("knowledge-is-killed", Fault::Kill("knowledge")),
    ("reporting-is-killed", Fault::Kill("reporting")),
    ("gateway-is-killed", Fault::Kill("gateway")),
    ("directory-stands-still", Fault::StandStill("directory")),
    ("intake-stands-still", Fault::StandStill("intake")),
    ("routing-stands-still", Fault::StandStill("routing")),
    ("sla-clock-stands-still", Fault::StandStill("sla-clock")),
    ("knowledge-stands-still", Fault::StandStill("knowledge")),
    ("reporting-stands-still", Fault::StandStill("reporting")),
    ("postgres-is-restarted", Fault::Restart("postgres")),
    ("postgres-crashes", Fault::Crash("postgres")),
    ("rabbitmq-is-restarted", Fault::Restart("rabbitmq")),
    ("rabbitmq-crashes", Fault::Crash("rabbitmq")),
    ("redis-forgets", Fault::Forget),
    ("redis-is-away", Fault::Away("redis")),
    ("poison-arrives", Fault::Poison),
    ("outbox-disk-is-full", Fault::DiskFull),
    ("broker-is-lost", Fault::BrokerLost),
    ("network-is-slow", Fault::SlowNetwork),
    // A caller's signature is good for 60 s and is renewed after 30 at most: so much ahead nobody notices.
    ("intake-clock-is-ahead", Fault::Skew("intake", 10_000)),
    // It may be issued 5 s in the future, as a service sees it.
    ("routing-clock-is-behind", Fault::Skew("routing", -4_000)),
    // Nobody is let in any more; facts are taken in all the same.
    (
        "sla-clock-is-an-hour-ahead",
        Fault::Skew("sla-clock", 3_600_000),
    ),
    ("rolling-upgrade", Fault::Roll),
];

impl Fault {
    /// The names of all, in order.
    pub fn names() -> [&'static str; UNDER_LOAD.len()] {
        FAULTS.map(|(name, _)| name)
    }

    /// The one of this name.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let found = FAULTS.into_iter().find(|(known, _)| *known == name);
        found
            .map(|(_, fault)| fault)
            .with_context(|| format!("no fault is called {name}"))
    }

    /// What it stands on.
    pub fn ground(self) -> Sort {
        match self {
            Self::Roll if old_binary().is_some() => Sort::Old,
            // Within a network of its own the kernel does it.
            Self::SlowNetwork if network::within() => Sort::Plain,
            Self::BrokerLost | Self::SlowNetwork | Self::Skew(..) | Self::Roll => Sort::Proxied,
            _ => Sort::Plain,
        }
    }

    /// Breaks and mends; back at the moment when it is mended, with what is to be known of it.
    pub(crate) async fn strike(
        self,
        ground: &mut Ground,
        disk: Option<&SmallDisk>,
    ) -> anyhow::Result<Option<String>> {
        match self {
            Self::Kill(name) => {
                let process = ground.at.process(name)?;
                process.kill()?;
                sleep(SHORT).await;
                process.again()?;
            }
            Self::StandStill(name) => {
                let process = ground.at.process(name)?;
                process.signal("STOP")?;
                sleep(LONG).await;
                process.signal("CONT")?;
            }
            Self::Restart(server) => ground.breakable()?.restart(server).await?,
            Self::Crash(server) => away(ground, server, SHORT).await?,
            Self::Away(server) => away(ground, server, LONG).await?,
            Self::Forget => {
                ground.breakable()?;
                empty_redis(&ground.at.suite).await?;
            }
            Self::Poison => poison::arrive(ground).await?,
            Self::DiskFull => {
                let disk = disk.context("no small disk was laid")?;
                disk.be_full(&ground.at.suite, LONG).await?;
            }
            Self::BrokerLost => {
                let lines = ground.at.lines.as_ref().context("no lines")?;
                lines.broker.sever();
                sleep(LOST).await;
                lines.broker.mend();
            }
            Self::SlowNetwork => return Ok(Some(slow(ground).await?)),
            Self::Skew(service, ms) => {
                replacing::with_wrong_clock(&mut ground.at, service, ms, LONG).await?;
            }
            Self::Roll => return Ok(Some(replacing::roll(&mut ground.at).await?)),
        }
        Ok(None)
    }
}

async fn away(ground: &Ground, server: &str, long: Duration) -> anyhow::Result<()> {
    let servers = ground.breakable()?;
    servers.kill(server).await?;
    sleep(long).await;
    servers.restart(server).await
}

async fn slow(ground: &Ground) -> anyhow::Result<String> {
    let by = network::DELAY;
    if network::within() {
        network::slow_down()?;
        sleep(LONG).await;
        network::speed_up()?;
        return Ok(format!(
            "{by:?} ± 5ms each way by tc netem, in a network namespace of its own"
        ));
    }
    let lines = ground.at.lines.as_ref().context("no lines")?;
    lines.delay(by);
    sleep(LONG).await;
    lines.delay(Duration::ZERO);
    Ok(format!("{by:?} each way by testkit::Proxy on every line"))
}
