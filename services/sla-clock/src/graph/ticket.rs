//! A ticket's clocks.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{TenantId, TicketId};
use subgraph::global;

use super::allowance::ClockAllowance;
use super::corrections::{ClockCorrection, ProposedClockCorrection};
use super::enums::{AgreementKind, ClockState, ClockTarget};
use super::explanation::{ClockExplanation, ClockShare, window};
use super::loaders::{Clocks, Corrections};
use super::trouble::ClockProblem;
use super::what_if::{ClockChangeInput, ClockComparisons};
use crate::actions::explain_clock::{attribute_clock, explain_clock};
use crate::actions::read_clocks::Known;
use crate::actions::suppose_clocks::suppose_clocks;
use crate::domain::agreement::Kind;
use crate::domain::kept::Kept;

/// A ticket. Intake owns it; here it gets its clocks.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct Ticket {
    /// Global id.
    pub id: ID,
    /// How often it changed, as its owner counts.
    #[graphql(external)]
    pub version: i32,
}

impl Ticket {
    async fn known(&self, ctx: &Context<'_>) -> Result<Option<(TenantId, Known)>> {
        let ticket = subgraph::gid::<TicketId>(&self.id)?;
        let wanted = ((ticket.tenant, ticket.id), i64::from(self.version));
        let known = ctx.data::<DataLoader<Clocks>>()?.load_one(wanted).await?;
        Ok(known.map(|k| (ticket.tenant, k)))
    }
}

#[ComplexObject]
impl Ticket {
    /// Its clocks, by target and cycle (to the client those of its own agreements); none if no agreement is for it. Waits up to 300 ms for the version of the ticket
    /// that is being shown; if that is not heard of by then, `asOf` (and `clocksAsOf`) says how old the answer is.
    #[graphql(requires = "version")]
    async fn clocks(&self, ctx: &Context<'_>) -> Result<Vec<TicketClock>> {
        let Some((tenant, known)) = self.known(ctx).await? else {
            return Ok(Vec::new());
        };
        let known = Arc::new(known);
        let one = |kept: &Kept| TicketClock {
            tenant,
            kept: kept.clone(),
            known: known.clone(),
        };
        Ok(known.clocks.iter().map(one).collect())
    }

    /// Its clocks as they would read if something were otherwise, beside how they are. Computes, and writes nothing.
    #[graphql(requires = "version")]
    async fn clocks_what_if(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is otherwise; all of it at once. At most 20.")] changes: Vec<
            ClockChangeInput,
        >,
        #[graphql(
            desc = "At this instant; now if absent. A later instant than now: if nothing more happened until then."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<ClockComparisons> {
        match self.known(ctx).await? {
            Some((tenant, known)) => compare(ctx, tenant, &known, None, changes, as_of).await,
            None => Ok(ClockComparisons::default()),
        }
    }

    /// The targets whose clocks cannot be computed now, and why; the others go on. What was told of their clocks stands as it was
    /// told.
    #[graphql(requires = "version")]
    async fn clock_problems(&self, ctx: &Context<'_>) -> Result<Vec<ClockProblem>> {
        let known = self.known(ctx).await?;
        let failures = known.iter().flat_map(|(_, known)| known.failures());
        Ok(failures.map(Into::into).collect())
    }

    /// Set if the clocks are older than the ticket beside them (also if there are none yet): what was known at this
    /// instant, which is never later than now.
    #[graphql(requires = "version")]
    async fn clocks_as_of(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(self.known(ctx).await?.and_then(|(_, known)| known.as_of))
    }
}

/// How long something of a ticket takes, against what was agreed. All spans in whole seconds of the agreement's calendar.
#[derive(Debug, Clone)]
pub struct TicketClock {
    tenant: TenantId,
    kept: Kept,
    known: Arc<Known>,
}

/// How long something of a ticket takes, against what was agreed. All spans in whole seconds of the agreement's calendar.
#[Object]
impl TicketClock {
    /// Global id.
    async fn id(&self) -> ID {
        global(self.tenant, self.kept.id)
    }

    /// What it measures.
    async fn target(&self) -> ClockTarget {
        self.kept.target.into()
    }

    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    async fn code(&self) -> Option<String> {
        let code = &self.kept.code;
        (!code.is_empty()).then(|| code.clone())
    }

    /// The same: its name.
    async fn name(&self) -> Option<String> {
        let agreement = self.known.book.agreement(&self.kept)?;
        let mut rules = agreement.terms.rules.iter();
        let rule = rules.find(|r| r.which() == self.kept.which())?;
        (!rule.name.is_empty()).then(|| rule.name.clone())
    }

    /// Where it stands.
    async fn state(&self) -> ClockState {
        self.kept.state.into()
    }

    /// 1 for the first; a reopening may begin another.
    async fn cycle(&self) -> i32 {
        self.kept.cycle
    }

    /// By which agreement, in which version.
    async fn agreement(&self) -> ClockAgreement {
        ClockAgreement {
            id: global(self.tenant, self.kept.agreement),
            name: self
                .known
                .book
                .agreement(&self.kept)
                .map(|a| a.name.to_string())
                .unwrap_or_default(),
            version: self.kept.agreement_version,
        }
    }

    /// How long it is allowed, as it was agreed; `targetSeconds` is what that came to where the clock began.
    async fn allowance(&self) -> ClockAllowance {
        let allowed = self.known.allowed(&self.kept);
        ClockAllowance::of(allowed, self.kept.target_seconds)
    }

    /// Allowed working seconds; of an allowance in calendar days or months, seconds of real time.
    async fn target_seconds(&self) -> i32 {
        self.kept.target_seconds as i32
    }

    /// When it began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.kept.started_at
    }

    /// When it falls due; absent while it is paused before its deadline.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.kept.due_at
    }

    /// When it stopped.
    async fn stopped_at(&self) -> Option<DateTime<Utc>> {
        self.kept.stopped_at
    }

    /// Since when a pausing state holds it.
    async fn paused_since(&self) -> Option<DateTime<Utc>> {
        self.kept.paused_since
    }

    /// Working seconds counted, pauses taken out.
    async fn elapsed_seconds(
        &self,
        #[graphql(
            desc = "Until this instant; now if absent. A later instant than now: if nothing more happened until then."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> i32 {
        self.known.elapsed(&self.kept, as_of) as i32
    }

    /// Working seconds left until the deadline; negative once it has passed.
    async fn remaining_seconds(
        &self,
        #[graphql(
            desc = "At this instant; now if absent. A later instant than now: if nothing more happened until then."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> i32 {
        (self.kept.target_seconds - self.known.elapsed(&self.kept, as_of)) as i32
    }

    /// The deadline, if it was missed by now.
    async fn breached_at(&self) -> Option<DateTime<Utc>> {
        self.known.breached(&self.kept, None)
    }

    /// Why it cannot be computed now; absent if it can. It stands as it was told last.
    async fn problem(&self) -> Option<ClockProblem> {
        let mut failures = self.known.failures().iter();
        let mine = failures.find(|f| f.which() == self.kept.which());
        mine.filter(|_| self.kept.stopped_at.is_none())
            .map(Into::into)
    }

    /// Of a result that was told: what it would read by all that was heard of the ticket since it was closed; absent if the same.
    /// It stands as it was told until `correctClock`.
    async fn correction(&self) -> Option<ProposedClockCorrection> {
        let proposal = self.known.proposal(&self.kept)?;
        Some(ProposedClockCorrection::of(self.tenant, proposal))
    }

    /// The corrections of its result, the first one first.
    async fn corrections(&self, ctx: &Context<'_>) -> Result<Vec<ClockCorrection>> {
        let loader = ctx.data::<DataLoader<Corrections>>()?;
        let all = loader.load_one((self.tenant, self.kept.id)).await?;
        let all = all.unwrap_or_default();
        Ok(all
            .iter()
            .map(|c| ClockCorrection::of(self.tenant, c))
            .collect())
    }

    /// Why it reads what it reads: its life in segments, each with its cause. Absent if it had not begun by then, or cannot be
    /// computed (`problem` says why).
    async fn explain(
        &self,
        #[graphql(
            desc = "Up to this instant, or to where it stopped; now if absent. A later instant than now counts as now."
        )]
        as_of: Option<DateTime<Utc>>,
        #[graphql(desc = "Segments that end after this instant.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Segments that begin before this instant.")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "So many segments, 0 to 500.", default = 100)] first: i32,
        #[graphql(desc = "Behind this `endCursor`.")] after: Option<String>,
    ) -> Result<Option<ClockExplanation>> {
        let window = window(from, to, first, after.as_deref())?;
        let explained =
            explain_clock(&self.known, &self.kept, as_of, window).map_err(subgraph::fault)?;
        let version = self.kept.agreement_version;
        Ok(explained.map(|e| ClockExplanation::of(self.tenant, version, &e)))
    }

    /// Between whom it was agreed.
    async fn kind(&self) -> AgreementKind {
        self.kept.kind.into()
    }

    /// Of an agreement with the client: the clocks between groups and with vendors that ran within it. Shown to the
    /// provider's staff alone; to others there are none.
    async fn nested(&self) -> Vec<TicketClock> {
        if self.kept.kind != Kind::Sla {
            return Vec::new();
        }
        let until = |k: &Kept| k.stopped_at.unwrap_or(DateTime::<Utc>::MAX_UTC);
        let within = |k: &&Kept| {
            k.kind != Kind::Sla
                && k.started_at < until(&self.kept)
                && self.kept.started_at < until(k)
        };
        let nested = self.known.clocks.iter().filter(within);
        nested
            .map(|kept| TicketClock {
                tenant: self.tenant,
                kept: kept.clone(),
                known: self.known.clone(),
            })
            .collect()
    }

    /// Whose its time was, the largest counted part first: every working second belongs to whom was waited for, else to the
    /// group that held the ticket. The counted seconds sum to `elapsedSeconds`. Empty if it cannot be computed (`problem` says
    /// why).
    async fn attribution(
        &self,
        #[graphql(
            desc = "Up to this instant, or to where it stopped; now if absent. A later instant than now counts as now."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<ClockShare>> {
        let shares = attribute_clock(&self.known, &self.kept, as_of).map_err(subgraph::fault)?;
        Ok(shares
            .iter()
            .map(|s| ClockShare::of(self.tenant, s))
            .collect())
    }

    /// What it would read if something were otherwise, beside how it is; `clocks` is empty if there would be no such clock
    /// to compare with. Computes, and writes nothing.
    async fn what_if(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is otherwise; all of it at once. At most 20.")] changes: Vec<
            ClockChangeInput,
        >,
        #[graphql(
            desc = "At this instant; now if absent. A later instant than now: if nothing more happened until then."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<ClockComparisons> {
        let only = Some(&self.kept);
        compare(ctx, self.tenant, &self.known, only, changes, as_of).await
    }

    /// Set if this is older than the ticket beside it: what was known at this instant, which is never later than now.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.known.as_of
    }
}

async fn compare(
    ctx: &Context<'_>,
    tenant: TenantId,
    known: &Known,
    only: Option<&Kept>,
    changes: Vec<ClockChangeInput>,
    as_of: Option<DateTime<Utc>>,
) -> Result<ClockComparisons> {
    let mut supposed = Vec::new();
    for change in changes {
        supposed.extend(change.read(tenant)?);
    }
    let by = subgraph::caller(ctx)?;
    let found = suppose_clocks(ctx.data()?, by, tenant, known, supposed, as_of)
        .await
        .map_err(subgraph::fault)?;
    Ok(ClockComparisons::of(tenant, known, only, as_of, found))
}

/// What a clock is judged by.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockAgreement {
    /// Global id.
    pub id: ID,
    /// Its name.
    pub name: String,
    /// In which version.
    pub version: i32,
}
