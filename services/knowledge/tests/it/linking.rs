//! Articles and the tickets that they answer.

use access::Role;
use ids::TicketId;
use serde_json::{Value, json};

use crate::world::{World, gid, story};

const LINK: &str = "mutation($i: ArticleLinkInput!) { linkArticle(input: $i) { article { id } problems { code } position } }";
const UNLINK: &str = "mutation($i: ArticleLinkInput!) { unlinkArticle(input: $i) { article { id } problems { code } position } }";
const TICKETS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { \
    linkedArticles { title } suggestedArticles { title } } } }";

fn of(ticket: &str, subject: &str) -> Value {
    json!({"__typename": "Ticket", "id": ticket, "subject": subject})
}

#[tokio::test]
async fn linked_once_told_once_and_seen_by_whom_it_concerns() {
    story(async {
        let world = World::start("linking").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let agent = world.caller(Role::Agent, &[acme, beta]);
        let coach = world.caller(Role::Coordinator, &[acme]);
        let (ana, luis) = (
            world.caller(Role::Requester, &[acme]),
            world.caller(Role::Requester, &[acme]),
        );
        let mut chosen = agent.clone();
        chosen.chosen = Some(acme);
        let inside = world.article(&chosen, "Interno", "vpn", "INTERNAL").await;
        let outside = world.article(&chosen, "Para todos", "vpn", "TENANT").await;
        world.state(&coach, &outside, 1, "VALIDATED").await;
        let ticket = world.ticket(acme, Some(ana.person)).await;

        for article in [&inside, &outside] {
            let input = json!({"i": {"article": article, "ticket": ticket}});
            let linked = world.data(&agent, LINK, input.clone()).await;
            assert!(linked["linkArticle"]["position"].is_string(), "{linked}");
            let again = world.data(&agent, LINK, input).await;
            assert!(
                again["linkArticle"]["position"].is_null()
                    && again["linkArticle"]["problems"] == json!([])
            );
        }
        let seen = |who: access::Caller| {
            let representations = json!({"r": [of(&ticket, "")]});
            let world = &world;
            async move {
                world.data(&who, TICKETS, representations).await["_entities"][0]["linkedArticles"]
                    .take()
            }
        };
        assert_eq!(
            seen(agent.clone()).await,
            json!([{"title": "Interno"}, {"title": "Para todos"}])
        );
        assert_eq!(seen(ana).await, json!([{"title": "Para todos"}]));
        assert_eq!(seen(luis).await, json!([]), "another requester's ticket");
        assert_eq!(seen(world.caller(Role::Agent, &[beta])).await, json!([]));

        let input = json!({"i": {"article": inside, "ticket": ticket}});
        let gone = world.data(&agent, UNLINK, input.clone()).await;
        assert!(gone["unlinkArticle"]["position"].is_string());
        assert!(world.data(&agent, UNLINK, input).await["unlinkArticle"]["position"].is_null());
        assert_eq!(seen(agent.clone()).await, json!([{"title": "Para todos"}]));
        let told: Vec<(i64, bool)> = world
            .announced()
            .await
            .into_iter()
            .filter(|(kind, subject, ..)| {
                kind == "article.linked.v1" && inside_subject(&inside, subject)
            })
            .map(|(_, _, n, d)| (n, d["removed"].as_bool().unwrap()))
            .collect();
        assert_eq!(
            told,
            [(2, false), (3, true)],
            "without a gap behind article.changed"
        );

        // Across tenants there is no link, to what does not exist neither, and to the archived no new one.
        let foreign = world.ticket(beta, None).await;
        let input = json!({"i": {"article": outside, "ticket": foreign}});
        assert_eq!(world.refusal(&agent, LINK, input).await, "NOT_FOUND");
        let nothing = gid(acme, TicketId::new(&*world.ids));
        let input = json!({"i": {"article": outside, "ticket": nothing}});
        assert_eq!(world.refusal(&agent, LINK, input).await, "NOT_FOUND");
        world.state(&coach, &inside, 1, "ARCHIVED").await;
        let input = json!({"i": {"article": inside, "ticket": ticket}});
        let refused = world.data(&agent, LINK, input).await;
        assert_eq!(
            refused["linkArticle"]["problems"][0]["code"],
            "ARTICLE_ARCHIVED"
        );
        world.end().await;
    })
    .await;
}

fn inside_subject(article: &str, subject: &str) -> bool {
    let id: ids::GlobalId<ids::ArticleId> = article.parse().unwrap();
    id.id.to_string() == subject
}

#[tokio::test]
async fn many_tickets_of_several_tenants_get_their_suggestions() {
    story(async {
        let world = World::start("suggesting").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let agent = world.caller(Role::Agent, &[acme, beta]);
        for (tenant, title) in [(acme, "VPN caída"), (acme, "Impresora atascada"), (beta, "VPN lenta")] {
            let input = json!({"tenant": tenant.to_string(), "title": title, "body": "Pasos.", "audience": "INTERNAL", "language": "ES"});
            world.write(&agent, input).await;
        }
        let tickets = [
            (world.ticket(acme, None).await, "No funciona la VPN", json!([{"title": "VPN caída"}])),
            (world.ticket(acme, None).await, "las impresoras no imprimen", json!([{"title": "Impresora atascada"}])),
            (world.ticket(beta, None).await, "vpn", json!([{"title": "VPN lenta"}])),
            (world.ticket(beta, None).await, "impresora", json!([])),
        ];
        let representations: Vec<Value> = tickets.iter().map(|(id, subject, _)| of(id, subject)).collect();
        let found = world.data(&agent, TICKETS, json!({"r": representations})).await;
        for (n, (_, subject, expected)) in tickets.iter().enumerate() {
            assert_eq!(&found["_entities"][n]["suggestedArticles"], expected, "{subject}");
        }
        world.end().await;
    })
    .await;
}
