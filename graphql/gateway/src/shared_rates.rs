//! Rate limits shared between gateways, through Redis, beside the requests and never in their way.
//!
//! Several times a second what was spent here is taken off the same token buckets in Redis, and what they have left
//! lowers ours. With n gateways a caller can overshoot by what n gateways let through in [`EVERY`]; while Redis is
//! away, by a factor of n.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hive_router::async_trait;
use hive_router::background_tasks::{BackgroundTask, CancellationToken};
use hive_router::tracing::{info, warn};
use redis::aio::MultiplexedConnection;

use crate::rates::{Rates, Spent};

/// How often buckets are shared.
const EVERY: Duration = Duration::from_millis(100);
/// What a round trip may take before Redis counts as away.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long it is left alone then.
const PAUSE: Duration = Duration::from_secs(1);
/// Commands in one pipeline.
const BATCH: usize = 256;

/// Takes `ARGV[3]` requests off a bucket and returns its level. Debt is bounded by one burst, so that a caller who
/// was let through by several gateways at once is not locked out for long. One key per script: any cluster slot.
const SPEND: &str = r"
local rate, burst, spent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = tonumber(held[1] or burst)
local at = tonumber(held[2] or now)
level = math.max(-burst, math.min(burst, level + math.max(0, now - at) * rate) - spent)
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(2000 * burst / rate) + 1000)
return tostring(level)
";

/// The task that shares the buckets.
pub struct Sharing {
    rates: Arc<Rates>,
    client: redis::Client,
}

impl Sharing {
    /// `url` is checked; whether anyone answers there is not.
    pub fn new(rates: Arc<Rates>, url: &str) -> Result<Self, redis::RedisError> {
        Ok(Self {
            rates,
            client: redis::Client::open(url)?,
        })
    }

    async fn connect(&self) -> Option<MultiplexedConnection> {
        let connecting = self.client.get_multiplexed_async_connection();
        tokio::time::timeout(PATIENCE, connecting).await.ok()?.ok()
    }

    async fn share(&self, connection: &mut MultiplexedConnection, spent: &[Spent]) -> bool {
        for batch in spent.chunks(BATCH) {
            let mut pipe = redis::pipe();
            for bucket in batch {
                pipe.cmd("EVAL")
                    .arg(SPEND)
                    .arg(1)
                    .arg(&*bucket.key)
                    .arg(bucket.rule.per_second)
                    .arg(bucket.rule.burst)
                    .arg(bucket.requests);
            }
            let answer = pipe.query_async::<Vec<String>>(connection);
            let Ok(Ok(levels)) = tokio::time::timeout(PATIENCE, answer).await else {
                return false;
            };
            let now = Instant::now();
            for (bucket, level) in batch.iter().zip(levels) {
                if let Ok(level) = level.parse() {
                    self.rates.lower(&bucket.key, level, now);
                }
            }
        }
        true
    }
}

#[async_trait]
impl BackgroundTask for Sharing {
    fn id(&self) -> &'static str {
        "shared_rates"
    }

    async fn run(&self, token: CancellationToken) {
        let mut connection = None;
        let mut away = false;
        while !token.is_cancelled() {
            tokio::time::sleep(EVERY).await;
            let spent = self.rates.collect();
            if spent.is_empty() {
                continue;
            }
            if connection.is_none() {
                connection = self.connect().await;
            }
            let shared = match connection.as_mut() {
                Some(connection) => self.share(connection, &spent).await,
                None => false,
            };
            if shared {
                if away {
                    info!("redis is back: rate limits are shared again");
                }
                away = false;
            } else {
                if !away {
                    warn!(
                        "redis does not answer: rate limits are this gateway's own until it does"
                    );
                }
                away = true;
                connection = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
