//! A tenant with a contract: its people, its tickets with clocks, and what both sides do about service levels.

use std::cell::Cell;
use std::sync::Arc;

use access::{Caller, Role};
use chrono::TimeDelta;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockChanged, ClockSnapshot, ClockState, Target};
use events::{Envelope, Lane, Origin};
use ids::{GlobalId, TenantId, TicketId};
use serde_json::{Value, json};

use crate::world::{Told, World, at, resolution_clock};

pub const SET: &str = "mutation($i: SetServiceLevelsInput!) { setServiceLevels(input: $i) { set { version effectiveFrom contractStart \
     writtenBy { id } writtenAt levels { code weight direction formulaVersion } } problems { field code message } } }";
pub const MEASURE: &str = "mutation($i: RecordMeasureInput!) { recordMeasure(input: $i) { measure { level revision numerator \
     denominator source enteredBy { id } enteredAt } problems { field code } } }";
pub const PROPOSE: &str = "mutation($i: ProposeExclusionInput!) { proposeExclusion(input: $i) { exclusion { id month level state \
     reason evidence proposedBySide ticket { id } interval { from to units } decision { accepted } } problems { field code } } }";
pub const DECIDE: &str = "mutation($i: DecideExclusionInput!) { decideExclusion(input: $i) { exclusion { id state decision { accepted \
     note decidedAt } } problems { field code } } }";
pub const WITHDRAW: &str = "mutation($i: WithdrawExclusionInput!) { withdrawExclusion(input: $i) { exclusion { id state withdrawal { \
     withdrawnBy { id } withdrawnAt } } problems { field code } } }";
pub const FREEZE: &str = "mutation($i: FreezeServiceLevelsInput!) { freezeServiceLevels(input: $i) { frozen { month revision reason \
     digest recomputes } problems { field code } } }";
pub const MONTH: &str = "query($m: String!) { serviceLevels(month: $m) { month timeZone from to asOf set { version } \
     figures { levels { ...L } total { valueHundredths earnedHundredths possibleHundredths } totalWithoutExclusions { valueHundredths } } \
     frozen { revision digest recomputes figures { levels { ...L } total { valueHundredths } } exclusions { state } } \
     differences { code frozen { ...L } today { ...L } } } } \
     fragment L on ServiceLevelResult { level { code } targetHundredths figure { ...F } withoutExclusions { ...F } excused \
     measure { revision } } \
     fragment F on ServiceLevelFigure { numerator denominator valueHundredths verdict earnedHundredths }";

/// Attainment of the resolution: target 90 %, minimum 50 %.
pub fn attainment(code: &str, weight: i32) -> Value {
    json!({
        "code": code, "nameEs": format!("Nivel {code}"), "nameEn": format!("Level {code}"), "formula": "ATTAINMENT",
        "targetHundredths": 9000, "minimumHundredths": 5000, "weight": weight, "clockTarget": "RESOLUTION",
    })
}

/// A level without a clock: target 90 %, minimum 50 %.
pub fn plain(code: &str, formula: &str, weight: i32) -> Value {
    let mut level = attainment(code, weight);
    level["formula"] = json!(formula);
    level.as_object_mut().unwrap().remove("clockTarget");
    level
}

pub struct Contract<'w> {
    pub world: &'w World,
    pub tenant: TenantId,
    /// Of the provider.
    pub quality: Arc<Caller>,
    /// Of the client.
    pub admin: Arc<Caller>,
    kept: Cell<i64>,
}

impl<'w> Contract<'w> {
    /// A tenant in Lima without anything agreed.
    pub async fn sign(world: &'w World, slug: &str) -> Self {
        let tenant = world.tenant(slug).await;
        Self {
            world,
            tenant,
            quality: world.caller(Role::QualityManager, &[tenant]),
            admin: world.caller(Role::TenantAdmin, &[tenant]),
            kept: Cell::new(1),
        }
    }

    pub async fn hear(&self, facts: &[Envelope]) {
        self.world.hear(Lane::Live, facts).await;
        self.kept.set(self.kept.get() + facts.len() as i64);
        self.world.kept(self.tenant, self.kept.get()).await;
    }

    pub async fn clock(&self, clock: ClockSnapshot) {
        let subject = clock.clock.to_string();
        let time = clock.started_at;
        let data = ClockChanged { clock };
        let fact = self
            .world
            .fact(self.tenant, &subject, time, Origin::Live, &data);
        self.hear(&[fact]).await;
    }

    /// A ticket with a clock of 8 hours that stopped after so many, or never.
    pub async fn ticket(&self, opened: &str, stopped_after_h: Option<i64>) -> TicketId {
        self.ticket_with(opened, stopped_after_h, |_, _| {}).await
    }

    pub async fn ticket_with(
        &self,
        opened: &str,
        stopped_after_h: Option<i64>,
        change: impl FnOnce(&mut Priority, &mut ClockSnapshot),
    ) -> TicketId {
        let mut told = Told::new(self.world, self.tenant);
        let mut clock = resolution_clock(self.world, told.ticket, opened, 8);
        if let Some(hours) = stopped_after_h {
            clock.state = ClockState::Stopped;
            clock.stopped_at = Some(clock.started_at + TimeDelta::hours(hours));
            clock.breached_at = clock.due_at.filter(|due| clock.stopped_at > Some(*due));
        }
        change(&mut told.snapshot.priority, &mut clock);
        let told = told.opened(opened);
        self.hear(&told.facts).await;
        self.clock(clock).await;
        told.ticket
    }

    /// A ticket that line 1 resolves after an hour, and nobody touches again.
    pub async fn resolved_at_first_contact(&self, opened: &str) -> TicketId {
        let time = |minutes| (at(opened) + TimeDelta::minutes(minutes)).to_rfc3339();
        let told = Told::new(self.world, self.tenant)
            .opened(opened)
            .held(&time(1), "Mesa", 1, None)
            .state(&time(60), TicketState::Resolved);
        self.hear(&told.facts).await;
        told.ticket
    }

    /// Runs a mutation; its payload.
    pub async fn does(&self, caller: &Arc<Caller>, mutation: &str, input: Value) -> Value {
        let variables = json!({"i": input});
        let (data, errors) = self
            .world
            .ask_with(caller.clone(), mutation, variables)
            .await;
        assert_eq!(errors, [], "{mutation}");
        data.as_object().unwrap().values().next().unwrap().clone()
    }

    /// Runs a mutation that must be done.
    pub async fn done(&self, caller: &Arc<Caller>, mutation: &str, input: Value) -> Value {
        let payload = self.does(caller, mutation, input).await;
        assert_eq!(payload["problems"], json!([]));
        payload
    }

    /// Runs a mutation that must not be done; `CODE field` of what stands in the way.
    pub async fn problems(
        &self,
        caller: &Arc<Caller>,
        mutation: &str,
        input: Value,
    ) -> Vec<String> {
        let payload = self.does(caller, mutation, input).await;
        let nothing = payload
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, value)| name == "problems" || value.is_null());
        assert!(nothing, "{payload}");
        let all = payload["problems"].as_array().unwrap().iter();
        all.map(|p| {
            let word = |name: &str| p[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", word("code"), word("field"))
        })
        .collect()
    }

    /// The code of the error that a mutation ends in.
    pub async fn refusal(&self, caller: &Arc<Caller>, mutation: &str, input: Value) -> String {
        let variables = json!({"i": input});
        let (_, errors) = self
            .world
            .ask_with(caller.clone(), mutation, variables)
            .await;
        code(&errors)
    }

    /// Agrees on levels from October on; the quality manager writes.
    pub async fn agrees(&self, levels: Value) -> Value {
        let input = json!({"effectiveFrom": "2026-10", "levels": levels});
        self.done(&self.quality, SET, input).await
    }

    /// The same, and on windows.
    pub async fn agrees_with(&self, levels: Value, windows: Value) -> Value {
        let input = json!({"effectiveFrom": "2026-10", "levels": levels, "windows": windows});
        self.done(&self.quality, SET, input).await
    }

    /// What is to be seen of a month.
    pub async fn month(&self, month: &str) -> Value {
        let variables = json!({"m": month});
        let (data, errors) = self
            .world
            .ask_with(self.admin.clone(), MONTH, variables)
            .await;
        assert_eq!(errors, []);
        data["serviceLevels"].clone()
    }

    /// `numerator/denominator verdict` of each level of a month, as it is today.
    pub async fn figures(&self, month: &str) -> Vec<String> {
        let found = self.month(month).await;
        shown(&found["figures"], "figure")
    }

    pub fn ticket_id(&self, ticket: TicketId) -> String {
        GlobalId::new(self.tenant, ticket).to_string()
    }

    /// A ticket is proposed by one side.
    pub async fn proposes(&self, caller: &Arc<Caller>, month: &str, ticket: TicketId) -> String {
        let input = json!({"month": month, "ticket": self.ticket_id(ticket), "reason": "CLIENT_DEPENDENCY", "evidence": "acta 12"});
        let done = self.done(caller, PROPOSE, input).await;
        assert_eq!(done["exclusion"]["state"], "PROPOSED");
        done["exclusion"]["id"].as_str().unwrap().to_owned()
    }

    pub async fn decides(&self, caller: &Arc<Caller>, exclusion: &str, accept: bool) {
        self.done(
            caller,
            DECIDE,
            json!({"exclusion": exclusion, "accept": accept}),
        )
        .await;
    }
}

/// `numerator/denominator verdict` of each level.
pub fn shown(figures: &Value, which: &str) -> Vec<String> {
    let levels = figures["levels"].as_array().unwrap().iter();
    levels
        .map(|l| {
            let f = &l[which];
            let verdict = f["verdict"].as_str().unwrap();
            format!("{}/{} {verdict}", f["numerator"], f["denominator"])
        })
        .collect()
}

pub fn code(errors: &[async_graphql::ServerError]) -> String {
    assert_eq!(errors.len(), 1, "{errors:?}");
    let extensions = serde_json::to_value(errors[0].extensions.as_ref().unwrap()).unwrap();
    extensions["code"].as_str().unwrap().to_owned()
}

/// Every node of a list, page by page; `query` takes `$a`, the cursor.
pub async fn all_pages(world: &World, caller: &Arc<Caller>, query: &str) -> Vec<Value> {
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let asked = world.ask_with(caller.clone(), query, json!({"a": after}));
        let (data, errors) = asked.await;
        assert_eq!(errors, [], "{query}");
        let page = data.as_object().unwrap().values().next().unwrap().clone();
        nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return nodes;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The clock's target becomes one of the tenant's own.
pub fn custom(clock: &mut ClockSnapshot, code: &str) {
    clock.target = Target::Custom;
    clock.target_code = Some(code.to_owned());
}
