//! Settings of intake: there are none. What nobody sets is a constant beside what it is for.

/// Nothing can be set.
#[derive(Debug, Clone, Copy)]
pub struct Config;
