//! Search: BM25 over the stems of title and body, a word of the title counting for five; words that no article knows are
//! taken for typing mistakes of similar ones.

use events::Word as _;
use ids::ArticleId;
use tenancy::Tx;
use uuid::Uuid;

use super::articles::Sight;
use super::terms::configuration;
use super::words;
use crate::domain::article::Language;
use crate::error::Error;

/// No search is read further than this.
pub const DEEPEST: i64 = 500;

/// How much a word in the title counts against one in the body. On real articles 5 does better than 1 to 3.
const TITLE: f64 = 5.0;
/// BM25's saturation and length parameters. Robertson and Zaragoza (2009) propose 1.2 and 0.75; the lower `B` finds one
/// more of a hundred index terms on the same articles, and loses nothing elsewhere.
const K1: f64 = 1.2;
const B: f64 = 0.5;
/// A guessed word counts less than a known one, by its likeness and this.
const GUESS: f64 = 0.7;
/// Likeness (of trigrams, 0 to 1) from which a word may be a typing mistake of another.
const ALIKE: f64 = 0.4;

/// One hit: for which of the texts, which article, and how many hits the text has in all.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// Index of the text.
    pub text: usize,
    /// The article.
    pub article: ArticleId,
    /// How many articles the text hits.
    pub of: i64,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// The texts; each gets its own hits.
    pub texts: &'a [String],
    /// In these languages.
    pub languages: Vec<Language>,
    /// Among these articles.
    pub sight: &'a Sight,
    /// Leave out so many of the best.
    pub skip: i64,
    /// Then so many.
    pub take: i64,
}

/// The best hits of each text, best first, in one statement. Materialised where the planner must not try likeness, which
/// is dear, on words that are known, nor count the articles once per hit; `language || ''` keeps it from finding likeness
/// by any index but the one of trigrams.
pub async fn best(tx: &mut Tx, look: &Look<'_>) -> Result<Vec<Hit>, Error> {
    let configurations: Vec<&str> = look.languages.iter().copied().map(configuration).collect();
    let rows: Vec<(i64, Uuid, i64)> = sqlx::query_as(
        "WITH word AS ( \
           SELECT q.n, l.language, shared.unaccented(t.lexeme) AS lexeme, t.positions[1] AS position \
           FROM unnest($1::text[]) WITH ORDINALITY AS q(text, n) \
           CROSS JOIN unnest($2::text[], $3::text[]::regconfig[]) AS l(language, configuration) \
           CROSS JOIN LATERAL unnest(to_tsvector(l.configuration, q.text)) AS t), \
         told AS ( \
           SELECT w.n, w.language, w.position, x.lexeme FROM word w CROSS JOIN LATERAL ( \
             SELECT l.lexeme FROM lexicon l WHERE l.language = w.language AND l.lexeme = w.lexeme LIMIT 1) x), \
         known AS ( \
           SELECT n, language, position, lexeme FROM told \
           UNION \
           SELECT w.n, w.language, w.position, x.lexeme FROM word w CROSS JOIN LATERAL ( \
             SELECT s.lexeme FROM spelling s WHERE s.language = w.language AND s.plain = w.lexeme LIMIT 8) x \
           WHERE NOT EXISTS (SELECT 1 FROM told t WHERE t.n = w.n AND t.position = w.position)), \
         strange AS MATERIALIZED ( \
           SELECT w.n, w.language, w.position, w.lexeme FROM word w WHERE NOT EXISTS ( \
             SELECT 1 FROM known k WHERE k.n = w.n AND k.position = w.position)), \
         term AS MATERIALIZED ( \
           SELECT n, language, position, lexeme, 1.0::float8 AS weight FROM known \
           UNION ALL \
           SELECT w.n, w.language, w.position, g.lexeme, $6 * g.likeness FROM strange w \
           CROSS JOIN LATERAL ( \
             SELECT x.lexeme, similarity(x.lexeme, w.lexeme)::float8 AS likeness FROM lexicon x \
             WHERE x.language || '' = w.language AND x.lexeme % w.lexeme ORDER BY 2 DESC, 1 LIMIT 3) g \
           WHERE g.likeness >= $7), \
         whole AS MATERIALIZED ( \
           SELECT language, count(*)::float8 AS articles, greatest(avg(length), 1)::float8 AS mean \
           FROM article WHERE state = ANY($4) AND audience = ANY($5) GROUP BY language), \
         hit AS ( \
           SELECT t.n, t.language, t.weight, p.article, a.length, $8 * p.in_title + p.in_body AS frequency, \
             count(*) OVER (PARTITION BY t.n, t.language, t.position, t.lexeme)::float8 AS spread \
           FROM term t JOIN article_term p ON p.language = t.language AND p.lexeme = t.lexeme \
           JOIN article a ON a.id = p.article AND a.state = ANY($4) AND a.audience = ANY($5)), \
         scored AS ( \
           SELECT h.n, h.article, sum(h.weight * ln(1 + (w.articles - h.spread + 0.5) / (h.spread + 0.5)) \
             * h.frequency * ($9 + 1) / (h.frequency + $9 * (1 - $10 + $10 * h.length / w.mean))) AS score \
           FROM hit h JOIN whole w ON w.language = h.language GROUP BY h.n, h.article), \
         placed AS ( \
           SELECT n, article, row_number() OVER (PARTITION BY n ORDER BY score DESC, article) AS place, \
             count(*) OVER (PARTITION BY n) AS hits FROM scored) \
         SELECT n, article, hits FROM placed WHERE place > $11 AND place <= $11 + $12 ORDER BY n, place",
    )
    .bind(look.texts)
    .bind(words(&look.languages))
    .bind(configurations)
    .bind(words(&look.sight.states))
    .bind(words(&look.sight.audiences))
    .bind(GUESS)
    .bind(ALIKE)
    .bind(TITLE)
    .bind(K1)
    .bind(B)
    .bind(look.skip)
    .bind(look.take)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(n, article, of)| Hit {
            text: (n - 1) as usize,
            article: ArticleId::from_uuid(article),
            of,
        })
        .collect())
}

/// Both languages, or the one named.
pub fn languages(named: Option<Language>) -> Vec<Language> {
    named.map_or_else(|| Language::ALL.to_vec(), |l| vec![l])
}
