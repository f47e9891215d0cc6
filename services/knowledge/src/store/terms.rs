//! The search index of an article.

use events::Word as _;
use ids::ArticleId;
use tenancy::Tx;

use crate::domain::article::{Article, Language};
use crate::error::Error;

/// The text search configuration of a language.
pub const fn configuration(language: Language) -> &'static str {
    match language {
        Language::Es => "pg_catalog.spanish",
        Language::En => "pg_catalog.english",
    }
}

/// The dictionary that reduces a language's words to their stems.
const fn dictionary(language: Language) -> &'static str {
    match language {
        Language::Es => "pg_catalog.spanish_stem",
        Language::En => "pg_catalog.english_stem",
    }
}

/// Puts the article's words into the index in the place of those that were there.
pub async fn index(tx: &mut Tx, a: &Article) -> Result<(), Error> {
    forget(tx, a.id).await?;
    // Stems first, accents after: without its accents the stemmer does not know a word's ending.
    sqlx::query(
        "WITH term AS ( \
           SELECT shared.unaccented(t.lexeme) AS lexeme, \
             sum((SELECT count(*) FROM unnest(t.weights) w WHERE w = 'A'))::int AS in_title, \
             sum((SELECT count(*) FROM unnest(t.weights) w WHERE w <> 'A'))::int AS in_body \
           FROM unnest(setweight(to_tsvector($3::text::regconfig, $4), 'A') \
                    || setweight(to_tsvector($3::text::regconfig, $5), 'D')) AS t GROUP BY 1), \
         kept AS ( \
           INSERT INTO article_term (language, lexeme, article, in_title, in_body) \
           SELECT $2, lexeme, $1, in_title, in_body FROM term RETURNING in_title + in_body AS words), \
         learnt AS ( \
           INSERT INTO lexicon (language, lexeme) SELECT $2, lexeme FROM term ORDER BY lexeme ON CONFLICT DO NOTHING) \
         UPDATE article SET length = (SELECT coalesce(sum(words), 0) FROM kept) WHERE id = $1",
    )
    .bind(a.id.uuid())
    .bind(a.language.word())
    .bind(configuration(a.language))
    .bind(&a.title)
    .bind(&a.body)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "WITH accented AS ( \
           SELECT DISTINCT lower(p.token) AS token FROM ts_parse('default', $3 || ' ' || $4) AS p \
           WHERE p.token <> shared.unaccented(p.token)), \
         reduced AS ( \
           SELECT (ts_lexize($2::text::regdictionary, shared.unaccented(token)))[1] AS plain, \
             shared.unaccented((ts_lexize($2::text::regdictionary, token))[1]) AS lexeme FROM accented) \
         INSERT INTO spelling (language, plain, lexeme) \
         SELECT DISTINCT $1, plain, lexeme FROM reduced WHERE plain <> lexeme ORDER BY plain, lexeme \
         ON CONFLICT DO NOTHING",
    )
    .bind(a.language.word())
    .bind(dictionary(a.language))
    .bind(&a.title)
    .bind(&a.body)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn forget(tx: &mut Tx, article: ArticleId) -> Result<(), Error> {
    sqlx::query("DELETE FROM article_term WHERE article = $1")
        .bind(article.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}
