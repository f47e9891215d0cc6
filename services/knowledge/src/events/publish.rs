//! What knowledge announces. Subject of all: the article.

use events::Word as _;
use events::knowledge::{ArticleChanged, ArticleLinked};
use events::{Envelope, Fact, Meta, Origin};
use ids::{EventId, TicketId};

use crate::actions::{By, Tools};
use crate::domain::article::Article;
use crate::error::Error;

fn envelope<F: Fact>(
    tools: &Tools,
    by: &By<'_>,
    article: &Article,
    sequence: i64,
    fact: &F,
) -> Result<Envelope, Error> {
    let meta = Meta {
        id: EventId::new(&*tools.ids),
        subject: article.id.to_string(),
        time: tools.clock.now(),
        tenant: Some(by.tenant),
        provider: by.caller.provider,
        sequence,
        origin: Origin::Live,
        traceparent: by.trace.clone(),
    };
    Ok(Envelope::of(meta, fact)?)
}

/// `article.changed.v1` of an article as it is now.
pub fn changed(tools: &Tools, by: &By<'_>, article: &Article) -> Result<Envelope, Error> {
    let fact = ArticleChanged {
        article: article.id,
        state: article.state,
        revision: article.revision,
        audience: article.audience.word().to_owned(),
        by: by.caller.person,
    };
    envelope(tools, by, article, article.sequence, &fact)
}

/// `article.linked.v1`.
pub fn linked(
    tools: &Tools,
    by: &By<'_>,
    article: &Article,
    sequence: i64,
    ticket: TicketId,
    removed: bool,
) -> Result<Envelope, Error> {
    let fact = ArticleLinked {
        article: article.id,
        ticket,
        removed,
        by: by.caller.person,
    };
    envelope(tools, by, article, sequence, &fact)
}
