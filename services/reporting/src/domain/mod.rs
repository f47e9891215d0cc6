//! Pure rules: what the figures mean. The store computes the indicators in SQL, set by set, and a test compares the two;
//! service levels are judged here alone, from the facts that the store hands over.

pub mod clock;
pub mod figures;
pub mod history;
pub mod month;
pub mod problem;
pub mod projection;
pub mod service_levels;
pub mod working_days;
