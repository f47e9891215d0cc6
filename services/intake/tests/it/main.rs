//! intake's stories, on a real Postgres and (one of them) a real RabbitMQ.

mod classifying;
mod configuring;
mod contacting;
mod converting;
mod hearing;
mod house;
mod importing;
mod linking;
mod manual;
mod opening;
mod reopening;
mod repeating;
mod restoring;
mod running;
mod schema;
mod searching;
mod seeing;
mod settling;
mod vendor_answers;
mod vendors;
