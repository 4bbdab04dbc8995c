//! `pki cert renew` and `pki cert rekey`

use common::terminal::{CliError, Exit, Ui};
use jiff::Timestamp;
use pki::key::Algorithm;
use pki::renew::{self, Kept, NotRenewed, Standing, Terms};
use pki::stored::StoredError;
use serde::Serialize;
use store::{Identity, Store};

use crate::options::algorithm;
use crate::output::shell;
use crate::session::Session;
use crate::table::table;

/// How often another process may get there first before something is amiss.
const ATTEMPTS: usize = 3;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A certificate is due when two thirds of its life are over, and up to a twentieth later, so that what was issued at once
is not renewed at once. What is issued lives as long as what it replaces, and says the same. Servers on the store take
the new one without a restart. No name is issued for again within an hour.

Exit codes: 0 done; 1 some are due (--dry-run), or it is left alone for now; 2 one cannot be renewed.

Examples:
  pki cert new web.example
  pki cert renew --why web.example
  pki cert renew web.example --force
  pki cert renew --due")]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
As `pki cert renew`, with a new key: for a key that may be known to others, or that is too old or too weak.

Examples:
  pki cert new web.example
  pki cert rekey web.example --alg p384 --force
  pki cert rekey --due")]
pub(crate) struct RekeyArgs {
    #[command(flatten)]
    which: Which,

    /// The kind of the new key [default: that of the old one]
    #[arg(long, value_parser = algorithm(), value_name = "ALGORITHM")]
    alg: Option<Algorithm>,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The identities of the store whose certificates are issued again
    #[arg(value_name = "NAME", required_unless_present_any = ["due", "why"], conflicts_with_all = ["due", "why"])]
    names: Vec<String>,

    /// All that are due
    #[arg(long, conflicts_with = "why")]
    due: bool,

    /// Say what would be done, and do nothing
    #[arg(long, conflicts_with = "why")]
    dry_run: bool,

    /// Say how the certificate of NAME stands, and why it is due or not; do nothing
    #[arg(long, value_name = "NAME")]
    why: Option<String>,

    /// For how many days from now [default: as long as before]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,

    /// Also within an hour of the last time
    #[arg(long)]
    force: bool,
}

/// The `latchkey.renewal/1` document.
#[derive(Serialize)]
struct Renewal {
    schema: &'static str,
    certificates: Vec<Line>,
    exit_code: Exit,
}

#[derive(Serialize)]
struct Line {
    name: String,
    did: Did,
    #[serde(flatten)]
    standing: Standing,
    /// Until when the certificate holds, or held that was replaced.
    not_after: Timestamp,
    /// Until when the new one holds.
    new_not_after: Option<Timestamp>,
    /// The new one's serial number.
    new_serial: Option<String>,
    why: String,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Did {
    Renewed,
    Rekeyed,
    WouldRenew,
    Left,
    Failed,
}

impl Did {
    const fn word(self) -> &'static str {
        match self {
            Self::Renewed => "renewed",
            Self::Rekeyed => "rekeyed",
            Self::WouldRenew => "would renew",
            Self::Left => "left",
            Self::Failed => "failed",
        }
    }
}

pub(crate) fn renew(args: &RenewArgs, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    Job { verb: "renew", done: Did::Renewed, kept: Kept::Key, which: &args.which }.run(session, ui)
}

pub(crate) fn rekey(args: &RekeyArgs, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    Job { verb: "rekey", done: Did::Rekeyed, kept: Kept::Nothing(args.alg), which: &args.which }.run(session, ui)
}

struct Job<'a> {
    verb: &'static str,
    done: Did,
    kept: Kept,
    which: &'a Which,
}

impl Job<'_> {
    fn run(&self, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
        let store = session.require_store()?;
        let now = Timestamp::from_second(session.now().as_second()).unwrap_or_else(|_| session.now());
        let asked = match &self.which.why {
            Some(name) => std::slice::from_ref(name),
            None => self.which.names.as_slice(),
        };
        // Every name is looked for before anything is done.
        let identities = if self.which.due { all(&*store)? } else { named(&*store, asked)? };
        let line = |identity| match self.which.why.is_some() {
            true => look(&identity, now),
            false => self.treat(&*store, identity, now),
        };
        let certificates: Vec<Line> = identities.into_iter().map(line).collect();
        let exit_code = certificates.iter().map(|line| line.exit).find(|exit| *exit != Exit::Success);
        let exit_code = exit_code.unwrap_or(Exit::Success);
        tell(Renewal { schema: "latchkey.renewal/1", certificates, exit_code }, self.verb, ui)?;
        Ok(exit_code)
    }

    /// Renews it if it was asked for by name or is due.
    fn treat(&self, store: &dyn Store, mut identity: Identity, now: Timestamp) -> Line {
        let (due, force) = (self.which.due, self.which.force);
        for _ in 0..ATTEMPTS {
            let standing = renew::standing(&identity, now);
            let line = Line::of(&identity, standing);
            if due && !standing.is_due() {
                return line;
            }
            if let (Some(until), true) = (renew::held_until(identity.created, now), due && !force) {
                let why = format!("{standing}; it was issued within the hour, and is left alone until {until}");
                return Line { why, ..line };
            }
            if identity.authority.is_none() && due {
                return Line { why: format!("{standing}, and was not issued by a CA of this store"), ..line };
            }
            if self.which.dry_run {
                return Line { did: Did::WouldRenew, exit: Exit::No, ..line };
            }
            let name = identity.name.clone();
            let terms = Terms { kept: self.kept, days: self.which.days, force };
            let reason = format!("pki cert {} {name}", self.verb);
            match renew::renew(store, identity, terms, &reason, now) {
                Ok(renewed) => {
                    let new = renewed.new;
                    let why = format!("until {}, was until {}", day(new.not_after), day(line.not_after));
                    let (until, serial) = (Some(new.not_after), Some(renewed.serial.to_string()));
                    return Line { did: self.done, new_not_after: until, new_serial: serial, why, ..line };
                }
                Err(error) if error.is_raced() => match store.identity(&name) {
                    Ok(Some(changed)) => identity = changed,
                    _ => return line.failed(&error),
                },
                Err(error) => return line.failed(&error),
            }
        }
        let contended = StoredError::Contended { name: identity.name.clone() };
        Line::of(&identity, renew::standing(&identity, now)).failed(&NotRenewed::from(contended))
    }
}

/// How it stands, and what would be done.
fn look(identity: &Identity, now: Timestamp) -> Line {
    let standing = renew::standing(identity, now);
    let mut facts = vec![format!("holds from {} to {}", day(identity.not_before), day(identity.not_after))];
    facts.push(match &identity.authority {
        Some(authority) => format!("was issued by the CA `{authority}` of this store"),
        None => "was not issued by a CA of this store, so that it has to be renewed where it came from".to_owned(),
    });
    facts.push(standing.to_string());
    facts.extend(
        renew::held_until(identity.created, now)
            .map(|until| format!("was issued within the hour, and is left alone until {}", minute(until))),
    );
    Line { why: facts.join("; "), ..Line::of(identity, standing) }
}

impl Line {
    fn of(identity: &Identity, standing: Standing) -> Self {
        Self {
            name: identity.name.clone(),
            did: Did::Left,
            standing,
            not_after: identity.not_after,
            new_not_after: None,
            new_serial: None,
            why: standing.to_string(),
            exit: Exit::Success,
        }
    }

    fn failed(self, error: &NotRenewed) -> Self {
        let exit = match error {
            NotRenewed::Held { .. } => Exit::No,
            NotRenewed::Stored(StoredError::Store(error)) if !error.is_input() => Exit::Environment,
            NotRenewed::Stored(StoredError::Contended { .. }) => Exit::Environment,
            _ => Exit::Usage,
        };
        let did = if exit == Exit::No { Did::Left } else { Did::Failed };
        Self { did, why: common::terminal::ui::chain(error), exit, ..self }
    }
}

fn all(store: &dyn Store) -> Result<Vec<Identity>, CliError> {
    Ok(store.identities().map_err(StoredError::from)?)
}

fn named(store: &dyn Store, names: &[String]) -> Result<Vec<Identity>, CliError> {
    let find = |name: &String| {
        let found = store.identity(name).map_err(StoredError::from)?;
        found.ok_or_else(|| StoredError::NoIdentity { name: name.clone() })
    };
    Ok(names.iter().map(find).collect::<Result<_, _>>()?)
}

fn tell(renewal: Renewal, verb: &str, ui: &mut Ui) -> Result<(), CliError> {
    if ui.is_json() {
        return ui.document(&renewal);
    }
    if renewal.certificates.is_empty() {
        ui.note("the store has no certificates yet");
        return Ok(());
    }
    let rows =
        renewal.certificates.iter().map(|line| [line.name.clone(), line.did.word().to_owned(), line.why.clone()]);
    ui.result(&table(&["identity", "", "why"], rows))?;
    let held = renewal.certificates.iter().find(|line| line.exit == Exit::No && line.did == Did::Left);
    if let Some(line) = held {
        ui.note(format_args!("  try: pki cert {verb} {} --force, if it has to be now", shell(&line.name)));
    }
    Ok(())
}

fn day(time: Timestamp) -> String {
    time.strftime("%F").to_string()
}

fn minute(time: Timestamp) -> String {
    time.strftime("%F %H:%M UTC").to_string()
}
