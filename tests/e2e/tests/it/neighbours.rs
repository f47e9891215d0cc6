//! Tenants with something of everything in them, each full of one word that nobody else may read.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{Installation, PASSWORD, STAFF, email};
use serde_json::{Value, json};
use testkit::eventually;

/// Roles of the tenant's own people.
const PEOPLE: [&str; 3] = ["requester", "application_owner", "tenant_admin"];

/// One tenant, its people and its things.
#[derive(Debug)]
pub struct House {
    /// Its slug.
    pub slug: String,
    /// A word that stands in everything that it owns, in lower case.
    pub word: String,
    /// What each role shows at the door; `integrator` has an API key.
    pub tokens: BTreeMap<&'static str, String>,
    /// Ids and names, as variables of attempts call them.
    pub things: BTreeMap<&'static str, String>,
}

/// Digits of an id with other randomness in them: in the tenant's half (the first 26 of 52, or all of a tenant's own 26) if
/// that is asked for, and in the thing's.
fn turned(digits: &str, even_its_tenant: bool) -> String {
    const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";
    let turn = |at: usize, digit: char| {
        let random = (13..20).contains(&(at % 26));
        let wanted = at >= 26 || even_its_tenant;
        let place = ALPHABET.find(digit).filter(|_| random && wanted);
        place.map_or(digit, |place| {
            let next = (place + 1) % ALPHABET.len();
            char::from(ALPHABET.as_bytes()[next])
        })
    };
    let all = digits.chars().enumerate();
    all.map(|(at, digit)| turn(at, digit)).collect()
}

impl House {
    /// Creates the tenant and one of everything in it. What belongs to its provider carries the word only if the provider
    /// serves nobody else.
    pub async fn furnish(at: &Installation, provider: &str, slug: &str, word: &str) -> Self {
        let id = at
            .tenant_of(provider, slug, &format!("Casa {word}"))
            .await
            .unwrap();
        let mut house = Self {
            slug: slug.to_owned(),
            word: word.to_owned(),
            tokens: BTreeMap::new(),
            things: BTreeMap::new(),
        };
        for role in PEOPLE.into_iter().chain(STAFF) {
            house.tokens.insert(
                role,
                at.sign_in(&email(slug, role), PASSWORD).await.unwrap(),
            );
        }
        house.put("Tenant", &json!(id));
        house.put("Slug", &json!(slug));
        house.put("Word", &json!(word));
        house.put("ProviderSlug", &json!(provider));
        house.inventory(at).await;
        house.groups(at, provider).await;
        house.agreement(at).await;
        house.tickets(at).await;
        house.article(at).await;
        house.service_levels(at).await;
        house
    }

    fn put(&mut self, name: &'static str, value: &Value) {
        let text = value
            .as_str()
            .unwrap_or_else(|| panic!("{}: no {name}: {value}", self.slug));
        self.things.insert(name, text.to_owned());
    }

    /// A house that never was, its ids as well formed as these: of this house's tenant, or of a tenant that never was.
    pub fn that_never_was(&self, even_its_tenant: bool) -> Self {
        let things = self.things.iter().map(|(name, text)| {
            let never = match text.split_once('_') {
                Some((prefix, digits)) => format!("{prefix}_{}", turned(digits, even_its_tenant)),
                None if even_its_tenant => format!("{text}-nunca"),
                None => text.clone(),
            };
            (*name, never)
        });
        Self {
            slug: self.slug.clone(),
            word: self.word.clone(),
            tokens: BTreeMap::new(),
            things: things.collect(),
        }
    }

    /// One of its things.
    pub fn thing(&self, name: &str) -> &str {
        self.things
            .get(name)
            .unwrap_or_else(|| panic!("{} has no {name}", self.slug))
    }

    /// Runs a mutation as one of its people; the payload, which must hold no problems.
    pub async fn does(
        &self,
        at: &Installation,
        role: &str,
        query: &str,
        variables: Value,
    ) -> Value {
        self.tries(at, role, query, &variables)
            .await
            .unwrap_or_else(|problems| panic!("{query}: {problems}"))
    }

    async fn tries(
        &self,
        at: &Installation,
        role: &str,
        query: &str,
        variables: &Value,
    ) -> Result<Value, Value> {
        let data = at
            .data(&self.tokens[role], None, query, variables.clone())
            .await
            .unwrap_or_else(|e| panic!("{query}: {e}"));
        let payload = data.as_object().unwrap().values().next().unwrap().clone();
        if payload["problems"] == json!([]) {
            Ok(payload)
        } else {
            Err(payload["problems"].clone())
        }
    }

    async fn inventory(&mut self, at: &Installation) {
        let word = &self.word;
        let tenant = at
            .data(
                &self.tokens["tenant_admin"],
                None,
                "{ tenant { provider } }",
                json!({}),
            )
            .await
            .unwrap();
        let q = "mutation($n: String!) { createSite(input: {name: $n}) { site { id } problems { code message } } }";
        let site = json!({"n": format!("Sede {word}")});
        let site = self.does(at, "tenant_admin", q, site).await;
        let q = "mutation($n: String!) { createVendor(input: {name: $n}) { vendor { id } problems { code message } } }";
        let vendor = json!({"n": format!("Proveedor {word}")});
        let vendor = self.does(at, "tenant_admin", q, vendor).await;
        let q = "mutation($n: String!, $e: String!) { registerPerson(input: {name: $n, email: $e, roles: [REQUESTER]}) \
                 { person { id } problems { code message } } }";
        let variables =
            json!({"n": format!("Persona {word}"), "e": format!("{word}@{}.example", self.slug)});
        let person = self.does(at, "tenant_admin", q, variables).await;
        let q = "mutation($c: String!, $n: String!, $o: ID) { registerApplication(input: {code: $c, name: $n, owner: $o}) \
                 { application { id } problems { code message } } }";
        let variables = json!({"c": word.to_uppercase(), "n": format!("Sistema {word}"), "o": person["person"]["id"]});
        let application = self.does(at, "tenant_admin", q, variables).await;
        let q = "mutation($n: String!) { createApiKey(input: {name: $n}) { apiKey { id } secret problems { code message } } }";
        let key = self
            .does(
                at,
                "tenant_admin",
                q,
                json!({"n": format!("Máquina {word}")}),
            )
            .await;
        let q = "mutation($n: String!) { createCategory(input: {name: $n}) { category { id } problems { code message } } }";
        let category = self
            .does(
                at,
                "tenant_admin",
                q,
                json!({"n": format!("Categoría {word}")}),
            )
            .await;
        let staff = at
            .data(
                &self.tokens["service_manager"],
                None,
                "{ staff(first: 100) { nodes { id email assignments { person { id } } } } }",
                json!({}),
            )
            .await
            .unwrap();
        let agent = staff["staff"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["email"] == email(&self.slug, "agent"));
        let agent = agent.unwrap().clone();
        self.put("Provider", &tenant["tenant"]["provider"]);
        self.put("Person", &person["person"]["id"]);
        self.put("Site", &site["site"]["id"]);
        self.put("Vendor", &vendor["vendor"]["id"]);
        self.put("Application", &application["application"]["id"]);
        self.put("ApiKey", &key["apiKey"]["id"]);
        self.put("Category", &category["category"]["id"]);
        self.put("Staff", &agent["id"]);
        self.put("StaffPerson", &agent["assignments"][0]["person"]["id"]);
        self.tokens
            .insert("integrator", key["secret"].as_str().unwrap().to_owned());
    }

    async fn groups(&mut self, at: &Installation, provider: &str) {
        // A group is the provider's: with several tenants it is no secret among them.
        let shared = if provider == "soporte" {
            &self.slug
        } else {
            &self.word
        };
        let q = "mutation($n: String!) { createGroup(input: {name: $n, line: 1, speciality: SERVICE_DESK}) \
                 { group { id } problems { code message } } }";
        let group = self
            .does(
                at,
                "service_manager",
                q,
                json!({"n": format!("Mesa {shared}")}),
            )
            .await;
        self.put("Group", &group["group"]["id"]);
        let q = "mutation($g: ID!, $a: ID) { setRoutingRules(input: {rules: [{application: $a, group: $g}]}) \
                 { routingRules { rules { id } } problems { code message } } }";
        let variables = json!({"g": self.thing("Group"), "a": self.thing("Application")});
        self.does(at, "service_manager", q, variables).await;
    }

    async fn agreement(&mut self, at: &Installation) {
        let word = &self.word;
        let q = "mutation($n: String!) { createCalendar(input: {name: $n, hours: {timeZone: \"UTC\", alwaysOpen: true}}) \
                 { calendar { id } problems { code message } } }";
        let calendar = self
            .does(
                at,
                "quality_manager",
                q,
                json!({"n": format!("Calendario {word}")}),
            )
            .await;
        let q = "mutation($n: String!, $c: ID!, $a: ID!) { createAgreement(input: {name: $n, calendar: $c, terms: {targets: \
                 [{target: RESOLUTION, seconds: 864000, applications: [$a]}, {target: FIRST_RESPONSE, seconds: 14400}]}}) \
                 { agreement { id } problems { code message } } }";
        let variables = json!({"n": format!("Acuerdo {word}"), "c": calendar["calendar"]["id"], "a": self.thing("Application")});
        let agreement = self.does(at, "quality_manager", q, variables).await;
        self.put("Calendar", &calendar["calendar"]["id"]);
        self.put("Agreement", &agreement["agreement"]["id"]);
        let q = "mutation($c: ID!) { setStandbyScheme(input: {calendar: $c, eligible: {field: PRIORITY, isOneOf: [\"CRITICAL\"]}}) \
                 { standbyScheme { calendar } problems { code message } } }";
        let variables = json!({"c": self.thing("Calendar")});
        self.does(at, "quality_manager", q, variables.clone()).await;
        let q = "mutation($c: ID!) { setNotificationHours(input: {calendar: $c}) \
                 { notificationHours { calendar } problems { code message } } }";
        self.does(at, "quality_manager", q, variables).await;
    }

    async fn tickets(&mut self, at: &Installation) {
        let word = self.word.clone();
        let q = "mutation($s: String!, $d: String!, $a: ID, $c: ID, $p: ID) { openTicket(input: {subject: $s, description: $d, \
                 application: $a, category: $c, requester: $p, attributes: [{name: \"sede\", value: $s}]}) \
                 { ticket { id number version } position problems { code field message } } }";
        let mut opened = Vec::new();
        for n in 1..=2 {
            let variables = json!({
                "s": format!("Falla {word} {n}"), "d": format!("En {word} nada anda."), "a": self.thing("Application"),
                "c": self.thing("Category"), "p": self.thing("Person"),
            });
            // Intake hears of people and applications a little later than directory has them.
            opened.push(
                eventually(Duration::from_secs(20), || {
                    self.tries(at, "agent", q, &variables)
                })
                .await,
            );
        }
        self.put("Ticket", &opened[0]["ticket"]["id"]);
        self.put("Other", &opened[1]["ticket"]["id"]);
        self.put("Number", &opened[0]["ticket"]["number"]);
        self.put("Position", &opened[0]["position"]);
        let (ticket, other) = (
            self.thing("Ticket").to_owned(),
            self.thing("Other").to_owned(),
        );
        let q = "mutation($t: ID!, $b: String!) { replyToTicket(input: {ticket: $t, body: $b}) { ticket { id } problems { code message } } }";
        self.does(
            at,
            "agent",
            q,
            json!({"t": ticket, "b": format!("Ya miramos {word}.")}),
        )
        .await;
        let q = "mutation($t: ID!, $b: String!) { addNote(input: {ticket: $t, body: $b}) { ticket { id } problems { code message } } }";
        self.does(
            at,
            "agent",
            q,
            json!({"t": ticket, "b": format!("Clave de {word}: secreta.")}),
        )
        .await;
        let q = "mutation($t: ID!, $o: ID!) { linkTickets(input: {ticket: $t, other: $o, kind: RELATED}) \
                 { ticket { links { id } } problems { code message } } }";
        let linked = self
            .does(at, "agent", q, json!({"t": ticket, "o": other}))
            .await;
        self.put("Link", &linked["ticket"]["links"][0]["id"]);
        let q = "mutation($t: ID!, $p: ID!) { recordContact(input: {ticket: $t, person: $p, channel: PHONE, direction: INBOUND, \
                 outcome: ANSWERED}) { contact { id } problems { code message } } }";
        let contact = self
            .does(
                at,
                "agent",
                q,
                json!({"t": ticket, "p": self.thing("Person")}),
            )
            .await;
        self.put("Contact", &contact["contact"]["id"]);
        let q = "mutation($t: ID!) { takeTicket(input: {ticket: $t}) { assignment { version } problems { code message } } }";
        // Routing hears of the ticket a little later than intake has it.
        let variables = json!({"t": ticket});
        eventually(Duration::from_secs(20), || async {
            let answer = at
                .ask(&self.tokens["agent"], None, q, variables.clone())
                .await
                .unwrap();
            if answer["data"]["takeTicket"]["problems"] == json!([]) {
                Ok(())
            } else {
                Err(answer.to_string())
            }
        })
        .await;
    }

    /// What the contract pays by: agreed, measured, one exclusion proposed by the provider, and a month closed.
    async fn service_levels(&mut self, at: &Installation) {
        let word = &self.word;
        let q = "mutation($n: String!) { setServiceLevels(input: {effectiveFrom: \"2026-01\", levels: [ \
                 {code: \"CUMPLE\", nameEs: $n, nameEn: $n, formula: ATTAINMENT, clockTarget: RESOLUTION, targetHundredths: 9500, \
                 minimumHundredths: 9000, weight: 60}, \
                 {code: \"CSAT\", nameEs: $n, nameEn: $n, formula: SATISFACTION, targetHundredths: 9000, minimumHundredths: 8000, \
                 weight: 40}]}) { set { version } problems { code message } } }";
        let variables = json!({"n": format!("Nivel {word}")});
        self.does(at, "quality_manager", q, variables).await;
        let q = "mutation($s: String!) { recordMeasure(input: {month: \"2026-01\", level: \"CSAT\", numerator: 9, denominator: 10, \
                 source: $s}) { measure { revision } problems { code message } } }";
        let variables = json!({"s": format!("Encuesta {word}")});
        self.does(at, "quality_manager", q, variables).await;
        let q = "mutation($t: ID, $e: String!) { proposeExclusion(input: {month: \"2026-01\", ticket: $t, reason: CLIENT_DEPENDENCY, \
                 evidence: $e}) { exclusion { id } problems { code message } } }";
        let variables = json!({"t": self.thing("Ticket"), "e": format!("Acta de {word}")});
        // Reporting hears of the ticket a little later than intake has it.
        let exclusion = eventually(Duration::from_secs(20), || {
            self.tries(at, "quality_manager", q, &variables)
        })
        .await;
        let q = "mutation($r: String!) { freezeServiceLevels(input: {month: \"2026-01\", reason: $r}) { frozen { digest } \
                 problems { code message } } }";
        let variables = json!({"r": format!("Cierre de {word}")});
        self.does(at, "quality_manager", q, variables).await;
        self.put("Exclusion", &exclusion["exclusion"]["id"]);
    }

    async fn article(&mut self, at: &Installation) {
        let word = &self.word;
        let q = "mutation($t: String!, $b: String!) { writeArticle(input: {title: $t, body: $b, audience: TENANT, language: ES}) \
                 { article { id revision } problems { code message } } }";
        let variables = json!({"t": format!("Remedio para {word}"), "b": format!("Se reinicia {word} y se espera.")});
        let article = self.does(at, "agent", q, variables).await;
        self.put("Article", &article["article"]["id"]);
        let q = "mutation($a: ID!, $r: Int!) { changeArticleState(input: {article: $a, revision: $r, state: VALIDATED}) \
                 { article { id } problems { code message } } }";
        let variables = json!({"a": article["article"]["id"], "r": article["article"]["revision"]});
        self.does(at, "service_manager", q, variables).await;
        let q = "mutation($a: ID!, $t: ID!) { linkArticle(input: {article: $a, ticket: $t}) { article { id } problems { code message } } }";
        let variables = json!({"a": self.thing("Article"), "t": self.thing("Ticket")});
        eventually(Duration::from_secs(20), || async {
            let answer = at
                .ask(&self.tokens["agent"], None, q, variables.clone())
                .await
                .unwrap();
            if answer["data"]["linkArticle"]["problems"] == json!([]) {
                Ok(())
            } else {
                Err(answer.to_string())
            }
        })
        .await;
    }
}
