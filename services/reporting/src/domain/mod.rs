//! Pure rules: what the figures mean. The store computes the same in SQL, set by set; a test compares the two.

pub mod clock;
pub mod figures;
pub mod history;
pub mod names;
pub mod projection;
pub mod working_days;
