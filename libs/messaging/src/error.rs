//! What can go wrong between us and the broker.

/// Any error that a handler or a lower layer brings.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Trouble with the broker.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be read.
    #[error("not a broker address: {0}")]
    Address(String),
    /// The file of the broker's authorities cannot be used.
    #[error("{file}: {reason}")]
    Authorities {
        /// Which file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// The broker does not answer, or did not confirm in time. Trying again later may help.
    #[error("the broker does not answer: {0}")]
    Unavailable(String),
    /// The broker answered with an error.
    #[error("the broker refused: {0}")]
    Broker(#[from] lapin::Error),
    /// An exchange or queue stands there with other arguments.
    #[error(
        "cannot declare {what}: {reason}. It was declared with other arguments before: empty it, delete it, and start again"
    )]
    Declare {
        /// Which exchange, queue or binding.
        what: String,
        /// What the broker says.
        reason: String,
    },
    /// Another process holds the lock under which the topology is declared. Trying again later may help.
    #[error(
        "another process has been declaring exchanges and queues for {waited_s} s: it holds the queue {lock}, which goes with \
         its connection"
    )]
    Declaring {
        /// The queue that is the lock.
        lock: &'static str,
        /// How long it was waited for, seconds.
        waited_s: u64,
    },
    /// Other processes of the installation have more partitions than this one.
    #[error(
        "{setting} is {ours}, yet the broker has the queue {queue}: others are set to more. Every process of an \
         installation needs the same number; how there come to be fewer says k8s/README.md, \"Partitions\""
    )]
    MorePartitions {
        /// What is to be set.
        setting: &'static str,
        /// To what it is set here.
        ours: u16,
        /// The queue that should not be there.
        queue: String,
    },
    /// Other processes of the installation have fewer partitions than this one.
    #[error(
        "{setting} is {ours}, yet the broker has no queue {queue}: others are set to fewer. Every process of an \
         installation needs the same number; to have more, run `ventanilla migrate` with it, and start all of them again"
    )]
    FewerPartitions {
        /// What is to be set.
        setting: &'static str,
        /// To what it is set here.
        ours: u16,
        /// The queue that is not there.
        queue: String,
    },
    /// No queue takes a message of this routing key.
    #[error("nobody takes messages for `{key}` of exchange `{exchange}`")]
    Unroutable {
        /// The exchange, empty for a queue's name as key.
        exchange: String,
        /// The routing key.
        key: String,
    },
    /// The broker did not take the message (its queue refuses, a disk is full).
    #[error("the broker did not take the message for `{key}`")]
    Refused {
        /// The routing key.
        key: String,
    },
    /// A message cannot be written or read as JSON.
    #[error("not a message of ours: {0}")]
    Message(#[from] serde_json::Error),
    /// A service that the topology does not list.
    #[error("`{0}` is not in the topology")]
    UnknownService(String),
    /// A service that takes no work from others.
    #[error("`{0}` takes no commands")]
    NoCommands(String),
}

impl BusError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Broker(_) | Self::Declaring { .. } | Self::Refused { .. }
        )
    }
}
