//! What breaks, and how it is mended.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::faults::{UNDER_LOAD, empty_redis, redis_answers};
use tokio::time::sleep;

use crate::disk::SmallDisk;
use crate::ground::{Ground, Sort, old_binary};
use crate::{bite, network, poison, replacing};

/// Long enough for others to run into an absence.
const SHORT: Duration = Duration::from_millis(500);
/// What stands still, is away or is wrong for a while, is so for this long.
const LONG: Duration = Duration::from_secs(10);
/// Three times as long as the broker's heartbeat: whoever is connected has noticed.
const LOST: Duration = Duration::from_secs(30);

/// A clock that is wrong by so much has its callers refused: a signature is good for 60 s.
const REFUSED_MS: i64 = 60_000;
/// So many facts at least an outbox has gathered while nobody took any.
const HELD: i64 = 20;
/// What is said of a fault of which nothing was seen.
pub(crate) const NO_BITE: &str = "the fault did not bite";

/// What is known of a fault that is over.
#[derive(Debug)]
pub(crate) struct Struck {
    /// Its end: from then on everything may come back.
    pub ended: Instant,
    /// What is to be known of it.
    pub remarks: Vec<String>,
    /// It was seen to bite, whatever the people noticed.
    pub shown: Option<String>,
}

impl Struck {
    fn at(ended: Instant) -> Self {
        Self {
            ended,
            remarks: Vec::new(),
            shown: None,
        }
    }

    fn now() -> Self {
        Self::at(Instant::now())
    }

    fn with(mut self, shown: String) -> Self {
        self.shown = Some(shown);
        self
    }

    fn noting(mut self, remark: String) -> Self {
        self.remarks.push(remark);
        self
    }
}

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
    ("gateway-stands-still", Fault::StandStill("gateway")),
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

    /// Whether anybody may go without an answer while it lasts. Where not, nothing may be felt of it for longer than after it.
    pub(crate) fn takes_away(self) -> bool {
        match self {
            Self::Kill(_)
            | Self::StandStill(_)
            | Self::Restart(_)
            | Self::Crash(_)
            | Self::DiskFull
            | Self::BrokerLost => true,
            // So much ahead nobody is let in.
            Self::Skew(_, ms) => ms.abs() >= REFUSED_MS,
            Self::Away(_) | Self::Forget | Self::Poison | Self::SlowNetwork | Self::Roll => false,
        }
    }

    /// Breaks and mends; back when everything that it took is started again.
    pub(crate) async fn strike(
        self,
        ground: &mut Ground,
        disk: Option<&SmallDisk>,
    ) -> anyhow::Result<Struck> {
        match self {
            Self::Kill(name) => {
                let process = ground.at.process(name)?;
                process.kill()?;
                sleep(SHORT).await;
                let struck = Struck::now();
                process.again()?;
                Ok(struck)
            }
            Self::StandStill(name) => {
                let process = ground.at.process(name)?;
                process.signal("STOP")?;
                sleep(LONG).await;
                let struck = Struck::now();
                process.signal("CONT")?;
                Ok(struck)
            }
            Self::Restart(server) => restarted(ground, server).await,
            Self::Crash(server) => away(ground, server, SHORT).await,
            Self::Away(server) => away(ground, server, LONG).await,
            Self::Forget => {
                ground.breakable()?;
                let keys = empty_redis(&ground.at.suite).await?;
                ensure!(keys > 0, "{NO_BITE}: Redis had nothing to forget");
                Ok(Struck::now().with(format!("Redis forgot {keys} keys")))
            }
            Self::Poison => {
                poison::arrive(ground).await?;
                let said = "two messages were parked with their reasons, retried and dropped";
                Ok(Struck::now().with(said.to_owned()))
            }
            Self::DiskFull => {
                let disk = disk.context("no small disk was laid")?;
                disk.be_full(&ground.at.suite, LONG).await?;
                Ok(Struck::now())
            }
            Self::BrokerLost => {
                let lines = ground.at.lines.as_ref().context("no lines")?;
                lines.broker.sever();
                sleep(LOST).await;
                let held = bite::unpublished(&ground.at.suite).await?;
                let struck = Struck::now();
                lines.broker.mend();
                ensure!(
                    held >= HELD,
                    "{NO_BITE}: intake holds back no more than {held} facts"
                );
                Ok(struck.with(format!("intake held back {held} facts")))
            }
            Self::SlowNetwork => slow(ground).await,
            Self::Skew(service, ms) => {
                let ended = replacing::with_wrong_clock(&mut ground.at, service, ms, LONG).await?;
                Ok(Struck::at(ended))
            }
            Self::Roll => {
                let (ended, said) = replacing::roll(&mut ground.at).await?;
                Ok(Struck::at(ended).with(said))
            }
        }
    }
}

/// A server is stopped and started in one go. Until it answers again it is the fault that lasts: how long RabbitMQ takes to start is
/// none of our doing.
async fn restarted(ground: &Ground, server: &str) -> anyhow::Result<Struck> {
    ground.breakable()?.restart(server).await?;
    Ok(Struck::now())
}

async fn away(ground: &mut Ground, server: &str, long: Duration) -> anyhow::Result<Struck> {
    let complaints = complaints(ground)?;
    let servers = ground.breakable()?;
    servers.kill(server).await?;
    sleep(long).await;
    let answers = server == "redis" && redis_answers(&ground.at.suite).await;
    ground.breakable()?.restart(server).await?;
    let struck = Struck::now();
    if server != "redis" {
        return Ok(struck);
    }
    ensure!(!answers, "{NO_BITE}: Redis answers");
    let more = self::complaints(ground)?.saturating_sub(complaints);
    ensure!(more > 0, "{NO_BITE}: the gateway did not miss Redis");
    Ok(struck.with("the gateway missed Redis, and said so".to_owned()))
}

/// How often the gateway has said that Redis does not answer.
fn complaints(ground: &mut Ground) -> anyhow::Result<usize> {
    let log = ground.at.process("gateway")?.log();
    Ok(log.matches("redis does not answer").count())
}

async fn slow(ground: &Ground) -> anyhow::Result<Struck> {
    let by = network::DELAY;
    if network::within() {
        network::slow_down()?;
        sleep(LONG).await;
        let struck = Struck::now();
        network::speed_up()?;
        return Ok(struck.noting(format!(
            "{by:?} ± 5ms each way by tc netem, in a network namespace of its own"
        )));
    }
    let lines = ground.at.lines.as_ref().context("no lines")?;
    lines.delay(by);
    sleep(LONG).await;
    let struck = Struck::now();
    lines.delay(Duration::ZERO);
    Ok(struck.noting(format!(
        "{by:?} each way by testkit::Proxy on every line, as tc netem is not to be had"
    )))
}
