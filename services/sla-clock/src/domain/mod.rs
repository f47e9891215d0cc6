//! The rules, pure: what an agreement says, and what a clock shows given what happened.

pub mod agreement;
pub mod attribution;
pub mod calendar;
pub mod clock;
pub mod condition;
pub mod course;
pub mod explain;
pub mod fault;
pub mod happened;
pub mod held_by;
pub mod hours;
pub mod hours_of;
pub mod kept;
pub mod preview;
pub mod problem;
pub mod rule;
pub mod rulebook;
pub mod satisfiable;
pub mod simulation;
pub mod stretch;
pub mod what_if;
pub mod words;
