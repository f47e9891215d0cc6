//! Service levels: what the contract pays by. Each is a monthly indicator with formula version, target, minimum, weight and
//! minimum sample; what was nobody's fault of the provider is excused by exclusions that both sides agreed to. Time is
//! handed in, values are pairs of whole numbers, and comparisons are exact.
//!
//! - [`level`] and [`formula`]: what is agreed, and [`faults`] what cannot be agreed
//! - [`cases`]: the facts that a formula counts; [`calls`]: those of the telephone; [`measure`]: what a person enters
//! - [`exclusion`]: who proposes, who decides; [`fact`]: what is known of it, by [`windows`] and [`volume`]
//! - [`evaluation`]: the figures of a month, with and without exclusions; [`verdict`] judges one value
//! - [`frozen`]: what is kept of a month that was closed, and how it differs from today

pub mod calls;
pub mod cases;
pub mod evaluation;
pub mod exclusion;
pub mod fact;
pub mod faults;
pub mod formula;
pub mod frozen;
pub mod level;
pub mod measure;
pub mod verdict;
pub mod volume;
pub mod windows;
