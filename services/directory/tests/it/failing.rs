//! What a sign-in that fails costs, whoever it was for. How long its answer takes tells nothing, as none comes before the delay
//! is over; so what was computed until then is looked at: the processor time of the threads that hash.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Role;
use directory::actions::log_in::log_in;
use directory::error::Error;
use directory::{Directory, app};
use tokio::runtime::{Builder, Runtime};

use crate::world::{World, story};

/// Attempts of each kind, one for each address: after five failures an address waits.
const ATTEMPTS: usize = 5;

/// The threads of a runtime on which what blocks is done; hashing is all of it here.
#[derive(Clone, Default)]
struct Threads(Arc<Mutex<Vec<PathBuf>>>);

impl Threads {
    /// A runtime whose futures are run by the thread that waits for them, so that no other work is counted.
    fn runtime(&self) -> Runtime {
        let begun = self.clone();
        Builder::new_current_thread()
            .enable_all()
            .on_thread_start(move || {
                let task = std::fs::read_link("/proc/thread-self").unwrap();
                begun.0.lock().unwrap().push(task);
            })
            // One that ended would take along what it has computed.
            .thread_keep_alive(Duration::from_mins(5))
            .build()
            .unwrap()
    }

    /// Processor time of all of them so far.
    fn computed(&self) -> Duration {
        let tasks = self.0.lock().unwrap();
        tasks.iter().map(|task| on_processor(task)).sum()
    }
}

/// See `Documentation/scheduler/sched-stats.rst` of Linux: the first figure is nanoseconds on the processor.
fn on_processor(task: &Path) -> Duration {
    let path = Path::new("/proc").join(task).join("schedstat");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let figure = text.split(' ').next().unwrap_or_default();
    Duration::from_nanos(figure.parse().unwrap())
}

/// Fails to sign in, and says what was computed.
async fn failing(directory: &Directory, threads: &Threads, email: &str) -> Duration {
    let before = threads.computed();
    let refused = log_in(directory, email, "otra clave larga", None).await;
    assert!(matches!(refused, Err(Error::WrongPassword)), "{email}");
    threads.computed().saturating_sub(before)
}

#[test]
fn as_much_is_computed_for_an_unknown_address_as_for_a_known_one() {
    let threads = Threads::default();
    threads.runtime().block_on(story(async {
        let world = World::start("login-cost").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        for n in 0..ATTEMPTS {
            let name = format!("Ana {n}");
            world.person(&name, &tenant, Role::Requester).await;
        }
        let directory = app::join(&world.deps, world.config.clone()).await.unwrap();
        // Of each kind the cheapest counts: a neighbour on the machine makes things dearer, never cheaper.
        let mut least = [Duration::MAX; 3];
        for n in 0..ATTEMPTS {
            let addresses = [
                format!("ana.{n}@ejemplo.pe"),
                format!("nadie.{n}@ejemplo.pe"),
                format!("{n} no es correo"),
            ];
            for (least, email) in least.iter_mut().zip(&addresses) {
                *least = (*least).min(failing(&directory, &threads, email).await);
            }
        }
        let [known, unknown, none] = least.map(|cost| cost.as_secs_f64());
        assert!(known > 0.001, "a hash in {known} s: it was not seen");
        for (kind, cost) in [("unknown", unknown), ("no address", none)] {
            assert!(
                (0.7..1.4).contains(&(known / cost)),
                "known {known} s, {kind} {cost} s"
            );
        }
        world.suite.finish().await;
    }));
}
