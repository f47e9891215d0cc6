//! Rules: one file per thing; no await, no database, no clock of its own.

pub mod api_key;
pub mod application;
pub mod email;
pub mod lockout;
pub mod password;
pub mod person;
pub mod problem;
pub mod roles;
pub mod site;
pub mod staff;
pub mod tenant;
pub mod vendor;
pub mod words;
