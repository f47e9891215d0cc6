//! What is taken between two looks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use e2e::Installation;

use super::counted::{Counts, Idle};
use super::processes::{Cpu, Taken};

/// What was taken between two looks.
#[derive(Debug, Clone)]
pub struct Used {
    /// CPU seconds of our processes.
    pub cpu_s: f64,
    /// Of it the gateway's.
    pub gateway_s: f64,
    /// CPU seconds of Postgres, and of RabbitMQ.
    pub servers_s: (f64, f64),
    /// Statements, where Postgres counts them (`pg_stat_statements`), without what an idle installation does.
    pub statements: Option<f64>,
    /// Of them, those that do more than begin and end a transaction.
    pub sql: Option<f64>,
    /// The statements by service.
    pub statements_by: BTreeMap<String, f64>,
    /// Transactions, without what an idle installation does.
    pub transactions: Option<f64>,
    /// Resident memory of our processes at the second look, MiB.
    pub resident_mib: f64,
    /// Share of the cores that others used, 0 to 1.
    pub noise: f64,
}

/// Between two looks.
#[derive(Debug)]
pub struct Meter<'a> {
    at: &'a Installation,
    counts: Option<Counts>,
    counted: Instant,
    ours: f64,
    watch: Watch,
}

impl<'a> Meter<'a> {
    /// From now on. What the counting itself takes is not in it.
    pub async fn start(at: &'a Installation) -> Self {
        Self {
            at,
            counts: Counts::so_far(at).await,
            counted: Instant::now(),
            ours: at.cpu_seconds(),
            watch: Watch::start(),
        }
    }

    /// Until now.
    pub async fn stop(self) -> Used {
        let (cpu, noise) = self.watch.so_far();
        // Processes that were started anew on the way begin at nothing.
        let cpu_s = (self.at.cpu_seconds() - self.ours).max(0.0);
        let resident_mib = crate::scenarios::mib(self.at.resident_bytes());
        let seconds = self.counted.elapsed().as_secs_f64();
        let counts = self.counts.zip(Counts::so_far(self.at).await);
        let idle = Idle::of(self.at);
        let counts = counts.map(|(before, now)| now.since(&before, idle, seconds));
        Used {
            cpu_s,
            gateway_s: cpu.gateway,
            servers_s: (cpu.postgres, cpu.rabbitmq),
            statements: counts.as_ref().and_then(Counts::all_statements),
            sql: counts.as_ref().and_then(|counts| counts.sql),
            transactions: counts.as_ref().map(|counts| counts.transactions),
            statements_by: counts.and_then(|c| c.statements).unwrap_or_default(),
            resident_mib,
            noise,
        }
    }
}

/// Looks at who is busy.
#[derive(Debug, Clone)]
pub struct Watch {
    since: Instant,
    cpu: Cpu,
    noise: f64,
}

/// In less time the 100 ticks of a second say nothing.
const MOMENT: Duration = Duration::from_millis(500);

impl Watch {
    /// From now on.
    pub fn start() -> Self {
        Self {
            since: Instant::now(),
            cpu: Cpu::now(),
            noise: 0.0,
        }
    }

    /// CPU seconds since then, and the share of the cores that others used, 0 to 1.
    fn so_far(&self) -> (Taken, f64) {
        let wall_s = self.since.elapsed().as_secs_f64();
        let taken = Cpu::now().since(&self.cpu);
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let noise = (taken.busy - taken.part) / (cores * wall_s.max(1e-3));
        (taken, noise.clamp(0.0, 1.0))
    }

    /// The share of the cores that others used since it was asked for last; right after that, the same again.
    pub fn noise(&mut self) -> f64 {
        if self.since.elapsed() >= MOMENT {
            let (_, noise) = self.so_far();
            *self = Self {
                noise,
                ..Self::start()
            };
        }
        self.noise
    }
}
