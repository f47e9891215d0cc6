//! `ventanilla affected`: whose data was exposed, what was held of them, and how to reach them. For the notification of the
//! authority and of the people themselves, within hours; see docs/security.md.
//!
//! Everything that is known of people stands in the services' registers (`personal-data.toml`): [`register`] reads them,
//! [`ask`] makes statements of them, [`gather`] runs these in every database, [`report`] and [`write`] make the list. A column
//! of a later migration needs its line in the register and nothing here.

mod ask;
mod gather;
mod held;
mod register;
mod report;
mod sight;
mod write;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use clap::{Args as ClapArgs, ValueEnum};
use tenancy::TenantRow;
use tokio::time::Instant;

use self::ask::Window;
use self::gather::{Gathered, Look};
use self::held::{Held, Provider};
use self::report::Report;
use self::sight::{Account, Sight};
use crate::platform::Name;
use crate::settings::Settings;

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For the screen.
    Table,
    /// For a spreadsheet or a mailing; no cell is a formula.
    Csv,
    /// Everything, for programs.
    Json,
}

/// Options of `affected`. What was exposed is said by one of the first four.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// All that is held about this tenant (its slug); may be given several times.
    #[arg(long, value_name = "SLUG")]
    tenant: Vec<String>,
    /// All that is held: a server, a backup.
    #[arg(long)]
    all: bool,
    /// What a person's account sees, taken over by somebody else: `per_…`, or the address that it signs in with.
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// What an API key sees: `key_…`, or the beginning that is shown of it (`vk_` and eight characters).
    #[arg(long, value_name = "ID")]
    api_key: Option<String>,
    /// Only the databases of these services were exposed; with --tenant or --all.
    #[arg(long, value_enum)]
    service: Vec<Name>,
    /// Only what was made or changed from then on: a part of a backup, a stream. With an account this cuts nothing off.
    #[arg(long, value_name = "RFC 3339")]
    since: Option<DateTime<Utc>>,
    /// Only what was there by then.
    #[arg(long, value_name = "RFC 3339")]
    until: Option<DateTime<Utc>>,
    /// How the list is written. Totals go to standard error with csv and json.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// What was exposed, found in the databases.
struct Exposed {
    words: String,
    sights: Vec<Sight>,
    notes: Vec<String>,
}

/// Lists who is affected.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let ways = [
        !args.tenant.is_empty(),
        args.all,
        args.person.is_some(),
        args.api_key.is_some(),
    ];
    ensure!(
        ways.iter().filter(|way| **way).count() == 1,
        "diga qué quedó expuesto: --tenant, --all, --person o --api-key (uno de ellos)"
    );
    let by_account = args.person.is_some() || args.api_key.is_some();
    ensure!(
        args.service.is_empty() || !by_account,
        "--service va con --tenant o --all: una cuenta ve por todos los servicios"
    );
    let held = Held::connect(settings, &args.service).await?;
    let exposed = exposed(&held, &args).await?;
    let mut window = Window {
        since: args.since,
        until: args.until,
    };
    if by_account {
        window.since = None;
    }
    let mut gathered = Gathered::default();
    for sight in &exposed.sights {
        let look = look(&held, sight, &args, window)?;
        gathered.look(&held, &look).await?;
    }
    let (sections, totals) = report::sections(&gathered);
    let services = held.services.iter().filter(|kept| kept.exposed);
    let report = Report {
        exposed: exposed.words,
        services: services.map(|kept| kept.name.as_str()).collect(),
        since: args.since,
        until: args.until,
        sections,
        totals,
        notes: exposed.notes,
        unlisted: gathered.unlisted,
        absent: gathered.absent,
        took_ms: began.elapsed().as_millis(),
    };
    match args.format {
        Format::Table => print!("{}", write::table(&report)),
        Format::Csv => print!("{}", write::csv(&report)?),
        Format::Json => print!("{}", write::json(&report)?),
    }
    if args.format != Format::Table {
        eprint!("{}", write::summary(&report));
    }
    // The list stands above; who runs this from a script must not take it for whole.
    ensure!(
        report.unlisted.is_empty() && report.absent.is_empty(),
        "la lista puede estar incompleta: el registro de datos personales no es el de estas bases; sin registrar: {}; \
         registradas y ausentes: {}",
        or_none(&report.unlisted),
        or_none(&report.absent)
    );
    Ok(())
}

fn or_none(columns: &std::collections::BTreeSet<String>) -> String {
    if columns.is_empty() {
        return "ninguna".to_owned();
    }
    columns.iter().cloned().collect::<Vec<_>>().join(", ")
}

async fn exposed(held: &Held, args: &Args) -> anyhow::Result<Exposed> {
    let mut notes = Vec::new();
    let (what, accounts) = if let Some(wanted) = &args.person {
        let (accounts, said) = sight::of_person(held, wanted, args.since).await?;
        notes.extend(said);
        ("lo que ve la cuenta de", accounts)
    } else if let Some(wanted) = &args.api_key {
        ("lo que ve la clave", sight::of_key(held, wanted).await?)
    } else {
        let words = if args.all {
            "todo lo que guarda la instalación".to_owned()
        } else {
            format!("todo lo que se guarda de {}", args.tenant.join(", "))
        };
        return Ok(Exposed {
            words,
            sights: vec![Sight::Everything],
            notes,
        });
    };
    notes.push(
        "Se cuenta lo que sus roles dejan ver hoy; si ya se los quitaron, la lista se queda corta."
            .to_owned(),
    );
    if args.since.is_some() {
        notes.push(
            "Con una cuenta, --since no recorta: quien entra ve también lo de antes.".to_owned(),
        );
    }
    let names: Vec<&str> = accounts.iter().map(|of| of.name.as_str()).collect();
    Ok(Exposed {
        words: format!("{what} {}", names.join(", ")),
        sights: accounts
            .into_iter()
            .map(|account| Sight::Account(Box::new(account)))
            .collect(),
        notes,
    })
}

/// How far a look goes.
fn look<'a>(
    held: &'a Held,
    sight: &'a Sight,
    args: &Args,
    window: Window,
) -> anyhow::Result<Look<'a>> {
    let (tenants, providers, whole_staff): (Vec<&TenantRow>, Vec<&Provider>, bool) = match sight {
        Sight::Everything if args.all => (
            held.tenants.iter().collect(),
            held.providers.iter().collect(),
            true,
        ),
        Sight::Everything => {
            let tenants: Vec<&TenantRow> = args
                .tenant
                .iter()
                .map(|slug| {
                    let found = held.tenants.iter().find(|t| t.slug == *slug);
                    found.with_context(|| format!("ningún cliente se llama `{slug}`"))
                })
                .collect::<anyhow::Result<_>>()?;
            let serving = |p: &&Provider| tenants.iter().any(|t| t.provider == p.id);
            let providers = held.providers.iter().filter(serving).collect();
            (tenants, providers, false)
        }
        Sight::Account(account) => of_account(held, account),
    };
    Ok(Look {
        sight,
        tenants,
        providers,
        whole_staff,
        platform: args.all,
        window,
    })
}

fn of_account<'a>(
    held: &'a Held,
    account: &Account,
) -> (Vec<&'a TenantRow>, Vec<&'a Provider>, bool) {
    let caller = &account.caller;
    let granted = |t: &&TenantRow| caller.tenants.iter().any(|grant| grant.id == t.id);
    let operator = caller.kind == access::CallerKind::Operator;
    let seen = |p: &&Provider| operator || caller.provider == Some(p.id);
    (
        held.tenants.iter().filter(granted).collect(),
        held.providers.iter().filter(seen).collect(),
        account.sees_all_staff(),
    )
}
