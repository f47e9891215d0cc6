//! The house rules as tests: `cargo test -p architecture` reads the repository and says where it departs from them.
//!
//! A rule is one test in `tests/it/`, in the file of its subject; it collects [`Findings`] and ends with
//! [`Findings::none`], which names each place and the reason of the rule. To add a rule: see whether a subject fits,
//! read what you need through this crate, and give the reason that a newcomer would ask for.

pub mod findings;
pub mod kubernetes;
pub mod rust;
pub mod sdl;
pub mod tree;

pub use findings::Findings;
