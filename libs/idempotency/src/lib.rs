//! Idempotency: a mutation that comes again under the caller's key is answered with what the first one did.
//!
//! The rule: `idempotencyKey` is an input field, scoped (tenant, person, operation), kept [`KEPT_FOR`]; a repeat returns
//! the stored result ids, re-read; another body is refused. The scope's first part is the transaction's: the row stands
//! in the table `idempotency` that `tenancy` puts into every tenant's and every provider's schema, so what belongs to a
//! provider (its staff, its groups) is remembered there, per provider.
//!
//! # Adding an operation
//! 1. The input gets `idempotencyKey: String`. The value that is hashed is the input without it (`#[serde(skip)]`), and
//!    without secrets: a hash of a weak password tells it.
//! 2. The action makes the [`Key`], begins, and before it writes anything else says which ids the answer will have:
//! ```no_run
//! # use chrono::{DateTime, Utc};
//! # use ids::{GroupId, PersonId, SharedIds, TenantId};
//! # use tenancy::ServiceDb;
//! # #[derive(serde::Serialize)]
//! # struct Input { name: String, #[serde(skip)] idempotency_key: Option<String> }
//! use idempotency::{Error, Key};
//!
//! # async fn create_group(db: &ServiceDb, ids: &SharedIds, now: DateTime<Utc>, tenant: TenantId, person: PersonId,
//! #     input: &Input) -> Result<GroupId, Error> {
//! let key = Key::of(person, "createGroup", input.idempotency_key.as_deref(), input)?;
//! let id = GroupId::new(&**ids);
//! let mut tx = db.begin(tenant).await?;
//! if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
//!     tx.commit().await?;
//!     return Ok(before); // re-read: it may have been changed since
//! }
//! // ... decide, save and announce; whatever is refused rolls back, and the key with it ...
//! tx.commit().await?;
//! # Ok(id)
//! # }
//! ```
//! 3. The service's error has a variant for [`Error`] (code, outside voice and field are its own).
//! 4. A story in `tests/it`: the same key and input give the same thing, another input is refused.
//!
//! A service's first such operation also takes [`job`] into `src/jobs/`: what is remembered must be forgotten.
//!
//! # Where every round trip counts
//! [`remember`] costs one. A service whose action is one writing statement (intake's `openTicket`) writes the row in it:
//! it looks with [`find`] (or reads `body_hash` and `result` beside its other look-ups and asks [`Key::answer`]), inserts
//! the row of [`Key`]'s columns, and where [`raced`] says that another request was faster, does it once more from the
//! start: then the answer is there.

mod error;
mod forget;
mod kept;
mod key;

pub use error::Error;
pub use forget::{KEPT_FOR, PURGED_EVERY, job, purge};
pub use kept::{find, raced, remember};
pub use key::Key;
