//! One file per verb: may I, load, decide, save and announce, commit.

pub mod change_article_state;
pub mod follow_tickets;
pub mod link_article;
pub mod read_articles;
pub mod read_of_tickets;
pub mod revise_article;
pub mod search_articles;
pub mod unlink_article;
pub mod write_article;

use std::time::Duration;

use access::{Caller, Permission, Refusal};
use clock::SharedClock;
use events::Word as _;
use events::knowledge::ArticleState;
use ids::{SharedIds, TenantId};
use messaging::Outbox;
use tenancy::ServiceDb;

use crate::domain::article::{Article, Audience, Hand};
use crate::store::articles::Sight;

/// What actions work with.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: ServiceDb,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
    /// How long an answer may wait for facts that the caller knows of.
    pub patience: Duration,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

/// Who acts, for which tenant, and in which trace.
#[derive(Debug, Clone)]
pub struct By<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// For whom.
    pub tenant: TenantId,
    /// W3C trace context of the request.
    pub trace: Option<String>,
}

impl By<'_> {
    fn hand(&self, tools: &Tools) -> Hand {
        Hand {
            person: self.caller.person,
            validates: self.caller.may(self.tenant, Permission::ValidateArticles),
            at: tools.clock.now(),
        }
    }
}

/// An article after a change.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The article.
    pub article: Article,
    /// Knowledge's position, for reads that must see it; none if nothing changed.
    pub position: Option<i64>,
}

/// What the caller may see of the tenant's articles: the staff everything that is alive (and `archived` where asked),
/// the client's people what is meant for them and confirmed.
pub fn sight(caller: &Caller, tenant: TenantId, archived: bool) -> Result<Sight, Refusal> {
    caller.require(tenant, Permission::ReadArticles)?;
    if caller.may(tenant, Permission::ReadInternalArticles) {
        Ok(Sight {
            states: ArticleState::ALL
                .iter()
                .copied()
                .filter(|s| archived || *s != ArticleState::Archived)
                .collect(),
            audiences: Audience::ALL.to_vec(),
        })
    } else {
        Ok(Sight {
            states: vec![ArticleState::Validated],
            audiences: vec![Audience::Tenant],
        })
    }
}
