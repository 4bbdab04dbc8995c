//! A server that is changed again and again while clients come and go.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context, Result, ensure};

use super::visitors::Visitors;
use crate::e2e::attack::{Room, Usage};
use crate::e2e::harness::{Finished, Harness, Running, free_port};

/// How much is done.
#[derive(Clone, Copy)]
pub(in crate::e2e) struct Amount {
    /// Times that everything is read anew.
    pub(in crate::e2e) reloads: usize,
    /// Times that another process takes over.
    pub(in crate::e2e) upgrades: usize,
}

/// What a process may hold in the end beside what it held in the beginning.
const ROOM: Room = Room(8 << 20);
const INSTANCE: &str = "changing";

/// One kind of change of what the server reads.
#[derive(Debug, Clone, Copy)]
enum Change {
    Certificate,
    Authorities,
    Revocation,
    ListenerAdded,
    ListenerRemoved,
    Broken,
    Mended,
}

/// In turns. What is broken is mended before anything else is changed.
const CHANGES: [Change; 7] = [
    Change::Certificate,
    Change::Authorities,
    Change::ListenerAdded,
    Change::Revocation,
    Change::Broken,
    Change::Mended,
    Change::ListenerRemoved,
];

/// Makes that many changes under load, and looks whether anybody noticed.
pub(in crate::e2e) fn under_load(harness: &Harness<'_>, amount: Amount) -> Result<()> {
    let site = Site::prepare(harness)?;
    let mut server = site.start(&[])?;
    let visitors = Visitors::begin(harness, site.ports)?;
    site.change(Change::Certificate, 0)?; // with this the first reload is done when the base is taken
    site.reload(true)?;
    let base = Usage::of(&server)?;

    let every = amount.reloads.div_ceil(amount.upgrades + 1);
    let mut upgraded = 0;
    for round in 0..amount.reloads {
        let change = CHANGES[round % CHANGES.len()];
        site.change(change, round)
            .and_then(|()| site.reload(!matches!(change, Change::Broken)))
            .with_context(|| format!("change {round}: {change:?}"))?;
        server.still_runs()?;
        visitors.are_well().with_context(|| format!("after change {round}: {change:?}"))?;
        // What is broken would not start.
        if (round + 1) / every > upgraded && !matches!(change, Change::Broken) && upgraded < amount.upgrades {
            server = site.upgrade(server).with_context(|| format!("upgrade {upgraded}"))?;
            upgraded += 1;
            visitors.are_well().with_context(|| format!("after upgrade {upgraded}"))?;
        }
    }
    let visits = visitors.leave()?;
    let after = base.returns(&server, ROOM)?;
    ensure!(upgraded == amount.upgrades, "{upgraded} upgrades were made");
    if amount.reloads > 100 {
        println!("        {visits}; before {base}; after {after}");
    }
    server.signal(rustix::process::Signal::TERM)?;
    server.finish()?.succeeds().map(|_| ())
}

/// What the server reads, in the scenario's directory.
struct Site<'h, 'b> {
    harness: &'h Harness<'b>,
    /// Of the listeners `echo`, `clients` and `http`. They are chosen here, as another process is to have the same.
    ports: [u16; 3],
    /// Of the listener that comes and goes.
    spare: u16,
}

impl<'h, 'b> Site<'h, 'b> {
    fn prepare(harness: &'h Harness<'b>) -> Result<Self> {
        let site = Self { harness, ports: [free_port()?, free_port()?, free_port()?], spare: free_port()? };
        site.certificate("leaf/localhost-p256")?;
        site.put("clients.pem", "ca/root.pem")?;
        site.put("revoked.pem", "crl/all.pem")?;
        site.configure(Listeners::Usual)?;
        Ok(site)
    }

    /// A process that serves, and takes over from another one where `more` says so.
    fn start(&self, more: &[&str]) -> Result<Running> {
        let server = self.harness.tls_server().words("--config server.toml --instance").arguments([INSTANCE]);
        let server = server.arguments(more).start()?;
        for port in self.ports {
            server.wait_for_text(&format!("127.0.0.1:{port}"))?;
        }
        Ok(server)
    }

    /// Another process takes over, and the one before it ends in order once its last connection has.
    fn upgrade(&self, old: Running) -> Result<Running> {
        let new = self.start(&["--upgrade"]).context("the new process")?;
        old.finish().and_then(Finished::succeeds).context("the old process")?;
        Ok(new)
    }

    fn reload(&self, taken: bool) -> Result<()> {
        let finished = self.harness.tls_server().words("reload --instance").arguments([INSTANCE]).run()?;
        if taken {
            finished.succeeds()?
        } else {
            finished.exits(1)?.mentions("server.toml")?
        };
        Ok(())
    }

    fn change(&self, change: Change, round: usize) -> Result<()> {
        let even = (round / CHANGES.len()).is_multiple_of(2);
        match change {
            Change::Certificate => self.certificate(if even { "leaf/localhost" } else { "leaf/localhost-p256" }),
            Change::Authorities if even => self.join("clients.pem", &["ca/root.pem", "ca/stranger.pem"]),
            Change::Authorities => self.put("clients.pem", "ca/root.pem"),
            Change::Revocation if even => self.join("revoked.pem", &["crl/root.pem", "crl/intermediate.pem"]),
            Change::Revocation => self.put("revoked.pem", "crl/all.pem"),
            Change::ListenerAdded => self.configure(Listeners::OneMore),
            Change::ListenerRemoved | Change::Mended => self.configure(Listeners::Usual),
            Change::Broken => self.configure(Listeners::Nonsense),
        }
    }

    fn certificate(&self, name: &str) -> Result<()> {
        // One file, so that chain and key change in one step.
        self.join("identity.pem", &[&format!("{name}.pem"), &format!("{name}.key")])
    }

    fn put(&self, name: &str, fixture: &str) -> Result<()> {
        self.join(name, &[fixture])
    }

    /// Writes the fixtures one behind the other into `name`, in one step.
    fn join(&self, name: &str, fixtures: &[&str]) -> Result<()> {
        let mut content = Vec::new();
        for fixture in fixtures {
            content.extend(fs::read(self.harness.fixture(fixture)).with_context(|| format!("reading {fixture}"))?);
        }
        self.replace(name, &content)
    }

    fn replace(&self, name: &str, content: &[u8]) -> Result<()> {
        let (path, beside) = (self.harness.path(name), self.harness.path(&format!("{name}.new")));
        let mode = Permissions::from_mode(0o600);
        fs::write(&beside, content)
            .and_then(|()| fs::set_permissions(&beside, mode))
            .and_then(|()| fs::rename(&beside, path))
            .with_context(|| format!("writing {name}"))
    }

    fn configure(&self, listeners: Listeners) -> Result<()> {
        let [echo, clients, http] = self.ports;
        let mut text = "[limits]\ndrain_timeout = \"60s\"\n".to_owned();
        text += &listener("echo", "echo", echo);
        text += &listener("clients", "echo", clients);
        text += "client_auth = \"required\"\nclient_ca = \"clients.pem\"\ncrl = \"revoked.pem\"\n";
        text += &listener("http", "http", http);
        match listeners {
            Listeners::Usual => {}
            Listeners::OneMore => text += &listener("spare", "echo", self.spare),
            Listeners::Nonsense => text += &listener("spare", "nonsense", self.spare),
        }
        self.replace("server.toml", text.as_bytes())
    }
}

/// What `server.toml` lists.
#[derive(Clone, Copy)]
enum Listeners {
    Usual,
    OneMore,
    Nonsense,
}

fn listener(name: &str, service: &str, port: u16) -> String {
    format!(
        "\n[[listener]]\nname = \"{name}\"\nservice = \"{service}\"\naddress = \"127.0.0.1:{port}\"\n\
         pem = \"identity.pem\"\n"
    )
}
