//! What knowledge and reporting keep, held against the record: articles, their links, and how many cases there are.

use std::collections::{BTreeMap, BTreeSet};

use e2e::audit;
use ids::{ArticleId, GlobalId, TicketId};
use serde_json::json;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::desk::{Desk, number};
use crate::ground::Ground;
use crate::notes::Notes;
use crate::verdict::Verdict;

const CASES: &str = "{ indicators(timeZone: \"UTC\") { cases } }";

/// Every article that was acknowledged is there, once, with its words; so is every link. Every ticket counts as a case.
pub async fn articles(
    ground: &Ground,
    desk: &Desk,
    notes: &Notes,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let suite = &ground.at.suite;
    let slug = &desk.house.slug;
    let schema = audit::schema(suite, slug).await?;
    let mut knowledge = audit::open(suite, "knowledge").await?;
    verdict.unanswered += notes.unwritten.len();
    let kept = kept(&mut knowledge, &schema, desk).await?;
    for (title, found) in &kept {
        if found.len() > 1 {
            let twice = format!("{slug}: {title}, {} articles", found.len());
            verdict.doubled.push(twice);
        }
        let asked =
            notes.unwritten.contains(title) || notes.articles.iter().any(|one| one.title == *title);
        if !asked {
            let nobody = format!("{slug}: nobody asked for {title}");
            verdict.doubled.push(nobody);
        }
    }
    for article in &notes.articles {
        let id: GlobalId<ArticleId> = article.id.parse()?;
        if id.tenant.to_string() != desk.house.id {
            let given = format!("{slug} was given {}", article.id);
            verdict.foreign.push(given);
        }
        let found = kept.get(&article.title).into_iter().flatten();
        let own = found.into_iter().find(|(uuid, _)| *uuid == id.id.uuid());
        match own {
            None => verdict.lost.push(format!("{slug}: {}", article.title)),
            Some((_, body)) if *body != article.body => {
                let other = format!("{slug}: {} says {body:?}", article.title);
                verdict.lost.push(other);
            }
            Some(_) => {}
        }
    }
    let linked = linked(&mut knowledge, &schema).await?;
    for (ticket, article) in &notes.links {
        let (ticket_id, article_id): (GlobalId<TicketId>, GlobalId<ArticleId>) =
            (ticket.parse()?, article.parse()?);
        if !linked.contains(&(ticket_id.id.uuid(), article_id.id.uuid())) {
            let gone = format!("{slug}: {article} is not linked to {ticket}");
            verdict.lost.push(gone);
        }
    }
    let figures = desk.ask(&desk.manager, CASES, &json!({})).await;
    let own = (notes.tickets.len() as i64, desk.before + notes.asked);
    match figures.map(|figures| number(&figures["cases"])) {
        Ok(cases) if cases > own.1 => {
            let seen = format!("{slug} counts {cases} cases and has {}", own.1);
            verdict.foreign.push(seen);
        }
        Ok(cases) if cases < desk.before + own.0 => {
            let few = format!("{slug} counts {cases} cases of {}", desk.before + own.0);
            verdict.stuck.push(few);
        }
        Ok(_) => {}
        Err(reason) => verdict.stuck.push(format!("{slug}, figures: {reason}")),
    }
    Ok(())
}

/// Articles of this run, by title: ids and words.
async fn kept(
    knowledge: &mut PgConnection,
    schema: &str,
    desk: &Desk,
) -> anyhow::Result<BTreeMap<String, Vec<(Uuid, String)>>> {
    let q = format!("SELECT title, id, body FROM {schema}.article WHERE title LIKE $1 ORDER BY id");
    let like = format!("{} artículo {} %", desk.house.word, desk.run);
    let rows: Vec<(String, Uuid, String)> = sqlx::query_as(AssertSqlSafe(q))
        .bind(like)
        .fetch_all(knowledge)
        .await?;
    let mut kept: BTreeMap<String, Vec<(Uuid, String)>> = BTreeMap::new();
    for (title, id, body) in rows {
        kept.entry(title).or_default().push((id, body));
    }
    Ok(kept)
}

/// Every ticket with every article that was linked to it.
async fn linked(
    knowledge: &mut PgConnection,
    schema: &str,
) -> anyhow::Result<BTreeSet<(Uuid, Uuid)>> {
    let q = format!("SELECT ticket, article FROM {schema}.article_link");
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(AssertSqlSafe(q))
        .fetch_all(knowledge)
        .await?;
    Ok(rows.into_iter().collect())
}
