//! Settings of sla-clock.

/// A process may be told `patience_ms` (`VENTANILLA_PATIENCE_MS`); everything else is as it stands here, but in tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long an answer waits for facts that the caller knows of, milliseconds. Longer makes "not yet" rarer and
    /// slow answers more frequent while the broker is behind; people notice from some 300 ms.
    pub patience_ms: u64,
    /// Timers.
    pub timers: Timers,
    /// Feeds of calendars.
    pub feeds: Feeds,
    /// Previews and simulations.
    pub previews: Previews,
}

/// How feeds of calendars are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feeds {
    /// How often a feed is read, seconds. A holiday is decreed weeks ahead, sometimes days: hours are soon enough, and
    /// whoever publishes the feed is not troubled.
    pub every_s: i64,
    /// How soon one that failed is tried again, seconds.
    pub retry_s: i64,
    /// How often it is looked which are due, seconds.
    pub look_s: u64,
    /// How long one may take to answer, seconds.
    pub timeout_s: u64,
    /// Let tenants name plain http and private addresses: for tests alone, whose feeds stand on this machine. Elsewhere
    /// whoever names an address could ask what only the services reach.
    pub allow_inside: bool,
}

/// How many previews of edits and simulations of agreements are computed at once, and how many feeds are fetched because a
/// caller names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previews {
    /// In one process, of all tenants. Each keeps a core busy for as long as it reads tickets: more of them make everything
    /// else slow.
    pub at_once: usize,
    /// Of one tenant in one process: one tenant's curiosity is not another's wait.
    pub of_tenant: usize,
    /// When whoever finds no room is told to ask again, seconds.
    pub retry_after_s: u32,
    /// Addresses of feeds that are read at once for previews and by `setCalendarFeed`, in one process, of all tenants. (Those that
    /// are followed already are read one after the other, and have nothing to do with it.) One that is read costs a connection and, for as long as its publisher takes, up to a feed's size of memory: more than are computed at once, and not without end.
    pub fetches_at_once: usize,
    /// Of one tenant in one process: whoever names slow addresses fills a line of their own.
    pub fetches_of_tenant: usize,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            at_once: 4,
            of_tenant: 2,
            retry_after_s: 5,
            fetches_at_once: 8,
            fetches_of_tenant: 2,
        }
    }
}

/// How timers are looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timers {
    /// What falls due within so many seconds is leased ahead, so that a thousand at one instant are at hand when it
    /// comes.
    pub ahead_s: i64,
    /// For how long a replica keeps what it leased. After a crash another one waits so long at most; it must be longer
    /// than `ahead_s`, or leases run out before they fall due.
    pub lease_s: i64,
    /// How often the table is looked at, milliseconds: the greatest lateness of a timer that was set for at once.
    pub look_ms: u64,
    /// From how many seconds after its instant a warning or breach is marked late.
    pub late_after_s: i64,
    /// Leased at once at most. More needs more memory; fewer, more looks when very many fall due together.
    pub most: i64,
    /// Fired in one transaction at most, of one tenant: keeps its locks short.
    pub batch: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            patience_ms: 300,
            timers: Timers::default(),
            feeds: Feeds::default(),
            previews: Previews::default(),
        }
    }
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            every_s: 6 * 3_600,
            retry_s: 3_600,
            look_s: 300,
            timeout_s: 20,
            allow_inside: false,
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            ahead_s: 10,
            lease_s: 15,
            look_ms: 200,
            late_after_s: 5,
            most: 20_000,
            batch: 500,
        }
    }
}
