//! What is asked of others over the network.

pub mod feed;
mod guard;
