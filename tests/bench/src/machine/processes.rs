//! Who takes part in a measurement: this process and all that came of it (the installation, the load, `pgbench`), and the
//! servers that the suite talks to with all that came of them. Whoever else is busy is noise, whatever its name.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// The first process of each server, where it is on this machine and can be seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Roots {
    pub postgres: Option<u32>,
    pub rabbitmq: Option<u32>,
    pub redis: Option<u32>,
}

/// The servers stay the same for a run.
static ROOTS: OnceLock<Roots> = OnceLock::new();

/// These are the servers' from now on; who was remembered first stays.
pub fn remember(roots: Roots) {
    ROOTS.get_or_init(|| roots);
}

/// CPU seconds that were taken in some time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// By everybody on this machine.
    pub busy: f64,
    /// By all who take part.
    pub part: f64,
    /// By the gateway.
    pub gateway: f64,
    /// By Postgres.
    pub postgres: f64,
    /// By RabbitMQ.
    pub rabbitmq: f64,
}

/// CPU seconds so far.
#[derive(Debug, Clone, Default)]
pub struct Cpu {
    /// Of everybody on this machine.
    busy: f64,
    /// Of each process that takes part, with of whom it came.
    part: HashMap<u32, (u32, Process)>,
}

impl Cpu {
    /// Up to now. One look at `/proc`.
    pub fn now() -> Self {
        let roots = ROOTS.get().copied().unwrap_or_default();
        let (busy, all) = (busy(), all());
        let part = all.iter().filter_map(|(pid, process)| {
            let root = root_of(*pid, &all, roots)?;
            Some((*pid, (root, process.clone())))
        });
        Self {
            busy,
            part: part.collect(),
        }
    }

    /// What was taken since then.
    pub fn since(&self, before: &Self) -> Taken {
        let roots = ROOTS.get().copied().unwrap_or_default();
        let mut taken = Taken {
            busy: self.busy - before.busy,
            ..Taken::default()
        };
        let mut add = |(root, process): &(u32, Process), sign: f64| {
            let seconds = sign * process.seconds;
            taken.part += seconds;
            if Some(*root) == roots.postgres {
                taken.postgres += seconds;
            } else if Some(*root) == roots.rabbitmq {
                taken.rabbitmq += seconds;
            } else if process.name == "gateway" {
                taken.gateway += seconds;
            }
        };
        for one in self.part.values() {
            add(one, 1.0);
        }
        for (pid, one) in &before.part {
            // What has ended since is in its parent's sum, unless that was killed before it: nobody here has its time then.
            if self.part.contains_key(pid) || self.part.contains_key(&one.1.parent) {
                add(one, -1.0);
            }
        }
        taken
    }
}

/// Of whom a process came, of those who take part.
fn root_of(pid: u32, all: &HashMap<u32, Process>, roots: Roots) -> Option<u32> {
    let us = Some(std::process::id());
    let first = [us, roots.postgres, roots.rabbitmq, roots.redis];
    let mut at = pid;
    // A process whose number was given anew between two reads could close a circle.
    for _ in 0..64 {
        if first.contains(&Some(at)) {
            return Some(at);
        }
        at = all.get(&at)?.parent;
    }
    None
}

/// What `/proc` tells of a process.
#[derive(Debug, Clone)]
pub struct Process {
    /// The program's name.
    pub name: String,
    /// Whose child it is.
    pub parent: u32,
    /// CPU seconds, with those of its children that have ended: backends of Postgres, commands, generators.
    seconds: f64,
}

impl Process {
    fn of(stat: &str) -> Option<Self> {
        let (head, tail) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        // Behind the closing parenthesis: the parent is field 1; utime 11, stime 12, and of its children that have ended
        // cutime 13 and cstime 14; 100 ticks a second on Linux.
        let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok());
        Some(Self {
            name: head.split_once('(')?.1.to_owned(),
            parent: fields.get(1)?.parse().ok()?,
            seconds: (ticks(11)? + ticks(12)? + ticks(13)? + ticks(14)?) / 100.0,
        })
    }
}

/// A process; none if there is no such number here.
pub fn one(pid: u32) -> Option<Process> {
    Process::of(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The numbers of all processes.
fn pids() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn all() -> HashMap<u32, Process> {
    pids().filter_map(|pid| Some((pid, one(pid)?))).collect()
}

/// CPU seconds that this machine was busy, also for others that share it (steal).
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .map(|f| f.parse().unwrap_or_default())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; 100 ticks a second on Linux.
    let busy: f64 = [0, 1, 2, 5, 6, 7]
        .into_iter()
        .filter_map(|i| fields.get(i))
        .sum();
    busy / 100.0
}

/// The process that listens on a port of this machine; none if nobody does, or if we may not see who.
pub fn listener(port: u16) -> Option<u32> {
    let sockets: HashSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|table| listening(&table, port))
        .collect();
    pids().find(|pid| {
        let open = std::fs::read_dir(format!("/proc/{pid}/fd"));
        let open = open.into_iter().flatten().flatten();
        open.filter_map(|file| std::fs::read_link(file.path()).ok())
            .any(|file| file.to_str().is_some_and(|name| sockets.contains(name)))
    })
}

/// The listening sockets of a port, as links to them are called.
fn listening(table: &str, port: u16) -> Vec<String> {
    let end = format!(":{port:04X}");
    let sockets = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // sl, local address, remote address, state (0A: listens), …, inode.
        let ours = fields.get(1)?.ends_with(&end) && *fields.get(3)? == "0A";
        ours.then_some(format!("socket:[{}]", fields.get(9)?))
    });
    sockets.collect()
}

#[cfg(test)]
mod tests {
    use super::{Cpu, Process, listening};

    fn process(name: &str, parent: u32, seconds: f64) -> Process {
        Process {
            name: name.to_owned(),
            parent,
            seconds,
        }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = "7 (a (b) c) S 3 7 7 0 -1 0 0 0 0 0 100 50 25 25 20 0 1 0";
        let process = Process::of(stat).unwrap();
        assert_eq!((process.name.as_str(), process.parent), ("a (b) c", 3));
        assert!((process.seconds - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_listening_socket_is_told_from_a_connection() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1628 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 4711 1\n\
             1: 0100007F:1628 0100007F:9999 01 00000000:00000000 00:00000000 00000000   106        0 4712 1\n";
        assert_eq!(listening(table, 5672), ["socket:[4711]"]);
        assert!(listening(table, 5673).is_empty());
    }

    #[test]
    fn this_process_takes_part() {
        let cpu = Cpu::now();
        assert!(cpu.busy > 0.0 && cpu.part.contains_key(&std::process::id()));
    }

    #[test]
    fn who_ended_is_in_its_parents_sum_or_in_nobodys() {
        let cpu = |part: &[(u32, Process)]| Cpu {
            busy: 0.0,
            part: part
                .iter()
                .map(|(pid, process)| (*pid, (1_000, process.clone())))
                .collect(),
        };
        let before = cpu(&[
            (1_000, process("bench", 1, 1.0)),
            (1_001, process("wrk", 1_000, 3.0)),
            (1_002, process("ventanilla", 1_000, 5.0)),
            (1_003, process("gateway", 1_002, 60.0)),
        ]);
        // The load and the services have ended, and their parent has waited for them; the gateway was left alone.
        let now = cpu(&[(1_000, process("bench", 1, 1.5 + 3.5 + 5.0))]);
        assert!((now.since(&before).part - 1.0).abs() < 1e-9);
    }
}
