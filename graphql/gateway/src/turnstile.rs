//! What stands before the router: requests go in one by one, as [`crate::line`] says.
//!
//! A [`Place`] is held from the moment a request is let in until the head of its answer is there. It is given back by
//! being dropped: whoever breaks off, in line or inside, and however, leaves no place behind that is held by nobody. A
//! stream goes on without one: it waits more than it works, and `limits.streams` counts it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hive_router::opentelemetry::metrics::{Counter, Histogram};
use hive_router::opentelemetry::{KeyValue, global};
use hive_router::tracing::{info, warn};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::config::OverloadRules;
use crate::line::{Begun, Line, News, Refused, Whose};

/// What somebody in line is told.
type Answer = Result<Place, Refused>;
/// Where they are told it.
type Waiting = oneshot::Sender<Answer>;
/// A figure of the line.
type Figure = fn(&Line<Waiting>) -> usize;

/// Of the line, what can be watched.
const FIGURES: [(&str, &str, Figure); 3] = [
    (
        "ventanilla.overload.running",
        "Requests under way in the router",
        Line::running,
    ),
    (
        "ventanilla.overload.waiting",
        "Requests that wait to be let in",
        Line::waiting,
    ),
    (
        "ventanilla.overload.limit",
        "Requests that may be under way at once",
        Line::limit,
    ),
];

/// The line, with people in it.
pub struct Turnstile {
    line: Mutex<Line<Waiting>>,
    patience: Duration,
    refused: Counter<u64>,
    waited: Histogram<f64>,
}

/// The right to be under way, until it is dropped.
#[must_use = "whoever drops it is out again"]
pub struct Place {
    turnstile: Arc<Turnstile>,
    begun: Begun,
}

/// How somebody who asks to be let in is answered at once.
enum Asked {
    Begins(Begun),
    Waits {
        number: u64,
        receiver: oneshot::Receiver<Answer>,
        /// Who has to leave the line for them.
        out: Option<(Waiting, Refused)>,
    },
}

impl Turnstile {
    /// With nobody inside.
    pub fn new(rules: &OverloadRules) -> Arc<Self> {
        let meter = global::meter("ventanilla");
        let turnstile = Arc::new(Self {
            line: Mutex::new(Line::new(rules)),
            patience: Duration::from_millis(rules.wait_ms),
            refused: meter
                .u64_counter("ventanilla.overload.refused")
                .with_description("Requests refused because more is asked than can be answered")
                .build(),
            waited: meter
                .f64_histogram("ventanilla.overload.wait")
                .with_unit("s")
                .with_description("How long requests waited that were let in after waiting")
                .build(),
        });
        for (name, description, figure) in FIGURES {
            let watched = Arc::downgrade(&turnstile);
            meter
                .u64_observable_gauge(name)
                .with_description(description)
                .with_callback(move |gauge| {
                    if let Some(turnstile) = watched.upgrade() {
                        let figure = figure(&turnstile.line());
                        gauge.observe(figure as u64, &[]);
                    }
                })
                .build();
        }
        turnstile
    }

    /// Lets in, if need be after a wait; or says no.
    pub async fn enter(self: &Arc<Self>, whose: &Whose) -> Answer {
        let asked = self.turn(|line, now| {
            if let Some(begun) = line.begin(whose, now) {
                return Asked::Begins(begun);
            }
            let (sender, receiver) = oneshot::channel();
            let (number, out) = line.wait(whose, sender, now);
            Asked::Waits {
                number,
                receiver,
                out,
            }
        });
        let answer = match asked {
            Asked::Begins(begun) => return Ok(self.place(begun)),
            Asked::Waits {
                number,
                receiver,
                out,
            } => {
                if let Some((waiting, refused)) = out {
                    // Who is not there any more does not need to be told.
                    drop(waiting.send(Err(refused)));
                }
                self.stand(whose, number, receiver).await
            }
        };
        if let Err(refused) = &answer {
            let used_up = if refused.own { "own" } else { "whole" };
            self.refused.add(1, &[KeyValue::new("used_up", used_up)]);
        }
        answer
    }

    /// Stands in line until told something, or until it has been too long.
    async fn stand(
        self: &Arc<Self>,
        whose: &Whose,
        number: u64,
        mut receiver: oneshot::Receiver<Answer>,
    ) -> Answer {
        let since = Instant::now();
        // Dropped before the receiver: nobody is called who has gone. Who was called just now has a place in the
        // receiver, and gives it back with it.
        let _in_line = InLine {
            turnstile: self,
            whose,
            number,
        };
        let told = match timeout(self.patience, &mut receiver).await {
            Ok(told) => told,
            Err(_) => match self.turn(|line, now| line.late(whose, number, now)) {
                Some(refused) => return Err(refused),
                // At the very last moment: it is being said.
                None => receiver.await,
            },
        };
        // The line forgets nobody; if it did, coming back is the best that they can do.
        let forgotten = Refused {
            own: false,
            seconds: 1,
        };
        let answer = told.unwrap_or(Err(forgotten));
        if answer.is_ok() {
            self.waited.record(since.elapsed().as_secs_f64(), &[]);
        }
        answer
    }

    /// Does something with the line. Whose turn it is then is called, outside of the lock: a place that nobody takes
    /// comes back through here.
    fn turn<R>(self: &Arc<Self>, act: impl FnOnce(&mut Line<Waiting>, Instant) -> R) -> R {
        let now = Instant::now();
        let mut line = self.line();
        let result = act(&mut line, now);
        let ready = line.ready(now);
        let news = line.news();
        let limit = line.limit();
        drop(line);
        for (waiting, begun) in ready {
            drop(waiting.send(Ok(self.place(begun))));
        }
        match news {
            Some(News::Begins) => warn!(
                limit,
                "more is asked than can be answered: the rest is refused, from whoever asks for most"
            ),
            Some(News::Ends { refused }) => info!(
                refused,
                limit, "no more is asked than can be answered: nobody is refused any more"
            ),
            None => {}
        }
        result
    }

    fn line(&self) -> MutexGuard<'_, Line<Waiting>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(self: &Arc<Self>, begun: Begun) -> Place {
        Place {
            turnstile: Arc::clone(self),
            begun,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turnstile.turn(|line, now| line.end(&self.begun, now));
    }
}

/// Somebody in line, who may go away.
struct InLine<'a> {
    turnstile: &'a Turnstile,
    whose: &'a Whose,
    number: u64,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.turnstile.line().leave(self.whose, self.number);
    }
}
