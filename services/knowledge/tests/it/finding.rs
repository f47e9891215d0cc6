//! Search, in Spanish and English.

use access::Role;
use serde_json::{Value, json};

use crate::world::{World, story};

const SEARCH: &str = "query($x: String!, $l: ArticleLanguage) { searchArticles(text: $x, language: $l) { edges { node { title } } } }";

fn titles(found: &Value) -> Vec<&str> {
    let edges = found["searchArticles"]["edges"].as_array().unwrap();
    edges
        .iter()
        .map(|e| e["node"]["title"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn accents_endings_titles_and_typing_mistakes() {
    story(async {
        let world = World::start("finding").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        for (language, title, body) in [
            (
                "ES",
                "Restablecer la contraseña",
                "Pida un código de un solo uso y elija otra clave.",
            ),
            (
                "ES",
                "Configuración de la impresora",
                "Instale el controlador. Si pide contraseña, use la de red.",
            ),
            (
                "ES",
                "Cambiar ajustes",
                "Se configuran en el menú de la cuenta, con calma y paso a paso.",
            ),
            (
                "ES",
                "Solicitar vacaciones",
                "En el portal del empleado, elija los días.",
            ),
            (
                "EN",
                "Resetting your password",
                "Ask for a one-time code and choose another password.",
            ),
        ] {
            let input =
                json!({"title": title, "body": body, "audience": "INTERNAL", "language": language});
            world.write(&agent, input).await;
        }
        for (text, language, expected) in [
            (
                "contrasenas",
                Value::Null,
                vec!["Restablecer la contraseña", "Configuración de la impresora"],
            ),
            // Typed without its accent, and found by what it is reduced to with it.
            (
                "configuracion",
                Value::Null,
                vec!["Configuración de la impresora", "Cambiar ajustes"],
            ),
            (
                "¿Cómo configurar impresoras?",
                json!("ES"),
                vec!["Configuración de la impresora", "Cambiar ajustes"],
            ),
            (
                "reset passwords",
                Value::Null,
                vec!["Resetting your password"],
            ),
            ("reset passwords", json!("ES"), vec![]),
            // Typing mistakes.
            (
                "impresroa",
                Value::Null,
                vec!["Configuración de la impresora"],
            ),
            ("bacaciones", Value::Null, vec!["Solicitar vacaciones"]),
            ("pasword", Value::Null, vec!["Resetting your password"]),
            // Nothing but small words, and nothing at all.
            ("de la para", Value::Null, vec![]),
            ("", Value::Null, vec![]),
            ("zzzzzz", Value::Null, vec![]),
            ("'; DROP TABLE article; --", Value::Null, vec![]),
        ] {
            let found = world
                .data(&agent, SEARCH, json!({"x": text, "l": language}))
                .await;
            assert_eq!(titles(&found), expected, "{text:?}");
        }
        let long = "x".repeat(1001);
        assert_eq!(
            world.refusal(&agent, SEARCH, json!({"x": long})).await,
            "BAD_INPUT"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_rewritten_is_found_by_its_new_words_alone() {
    story(async {
        let world = World::start("rewritten").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        let id = world.article(&agent, "Teletrabajo", "Conéctese por VPN.", "INTERNAL").await;
        let revise = "mutation($i: ReviseArticleInput!) { reviseArticle(input: $i) { problems { code } } }";
        let input = json!({"i": {"article": id, "revision": 1, "body": "Conéctese por escritorio remoto."}});
        world.data(&agent, revise, input).await;
        let found = |text: &'static str| world.data(&agent, SEARCH, json!({"x": text}));
        assert_eq!(titles(&found("VPN").await).len(), 0);
        assert_eq!(titles(&found("escritorios").await), ["Teletrabajo"]);
        world.end().await;
    })
    .await;
}
