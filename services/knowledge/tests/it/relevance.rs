//! How well real questions find their real answer, against the baselines that come with the data. The figures are
//! printed (`cargo test -p knowledge relevance -- --nocapture`).

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Instant;

use access::Role;
use ids::{ArticleId, GlobalId, PersonId};
use knowledge::domain::article::{Article, Audience, Draft, Hand, Language};
use knowledge::store::{articles, terms};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::{World, story};

#[derive(Deserialize)]
struct Text {
    id: String,
    title: String,
    body: String,
}

#[derive(Deserialize)]
struct Question {
    query: String,
    relevant: Vec<String>,
    kind: String,
}

/// So far below the baseline is still within reach: the sample is small, and the baseline had other questions too.
const SLACK: f64 = 0.06;

fn lines<T: serde::de::DeserializeOwned>(path: PathBuf) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

#[tokio::test]
async fn real_questions_find_their_articles_as_the_baseline_does() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.join("knowledge/articles.jsonl").exists() {
        println!("SKIPPED: the articles and questions are not at ../shared/data/knowledge");
        return;
    }
    story(async {
        let texts: Vec<Text> = lines(data.join("knowledge/articles.jsonl"));
        let questions: Vec<Question> = lines(data.join("knowledge/queries.jsonl"));
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(data.join("expected.json")).unwrap()).unwrap();
        let world = World::start("relevance").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);

        let begun = Instant::now();
        let hand = Hand {
            person: PersonId::new(&*world.ids),
            validates: true,
            at: world.clock.now(),
        };
        let mut named: HashMap<String, String> = HashMap::new();
        let mut tx = world.db.begin(acme).await.unwrap();
        for text in texts {
            let id = ArticleId::new(&*world.ids);
            named.insert(GlobalId::new(acme, id).to_string(), text.id);
            let draft = Draft {
                title: text.title,
                body: text.body,
                audience: Audience::Tenant,
                language: Language::Es,
            };
            let article = Article::new(id, draft, hand);
            articles::insert(&mut tx, &article).await.unwrap();
            terms::index(&mut tx, &article).await.unwrap();
        }
        tx.commit().await.unwrap();
        println!("{} articles written and indexed in {:.1?}", named.len(), begun.elapsed());

        // All 208 summaries and some 100 index terms, evenly over the file.
        let mut sample: BTreeMap<&str, Vec<&Question>> = BTreeMap::new();
        for question in &questions {
            let kind = question.kind.split(' ').next().unwrap();
            sample.entry(kind).or_default().push(question);
        }
        let search = "query($x: String!) { searchArticles(text: $x, language: ES, first: 10) { edges { node { id } } } }";
        let mut took = Vec::new();
        for (kind, wanted) in [("gnome-desc", 208), ("libreoffice-index", 100)] {
            let of_kind = &sample[kind];
            let step = (of_kind.len() / wanted).max(1);
            let chosen: Vec<_> = of_kind.iter().step_by(step).collect();
            let (mut hits, mut reciprocal) = (0, 0.0);
            for question in &chosen {
                let begun = Instant::now();
                let found = world.data(&agent, search, json!({"x": question.query})).await;
                took.push(begun.elapsed());
                let edges = found["searchArticles"]["edges"].as_array().unwrap();
                let place = edges.iter().position(|e| {
                    let id = e["node"]["id"].as_str().unwrap();
                    question.relevant.contains(&named[id])
                });
                if let Some(place) = place {
                    hits += 1;
                    reciprocal += 1.0 / (place + 1) as f64;
                }
            }
            let (hit, mrr) = (f64::from(hits) / chosen.len() as f64, reciprocal / chosen.len() as f64);
            let base = &expected["kb_search_baseline"][format!("{kind} / fold+stem")];
            let (base_hit, base_mrr) = (base["hit_at_10"].as_f64().unwrap(), base["mrr_at_10"].as_f64().unwrap());
            println!(
                "{kind}: {} questions, hit@10 {hit:.4} (baseline {base_hit}), mrr@10 {mrr:.4} (baseline {base_mrr})",
                chosen.len()
            );
            assert!(hit >= base_hit - SLACK, "{kind}: hit@10 {hit} is out of reach of {base_hit}");
            assert!(mrr >= base_mrr - SLACK, "{kind}: mrr@10 {mrr} is out of reach of {base_mrr}");
        }
        took.sort_unstable();
        println!("a search takes {:.1?} (median), {:.1?} (p95)", took[took.len() / 2], took[took.len() * 95 / 100]);
        world.end().await;
    })
    .await;
}
