//! What there is before the server: the log, what others see, and what the assembly needs of the program.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use common::terminal::{CliError, GlobalArgs, ask_passphrase, ui};
use common::{Clock as _, Secret, SystemClock};
use engine::{Opened, Out, PerWorker, Server, Service, Services, Settings};
use tls_server::access::Level;
use tls_server::admin::{self, Admin, AdminAddress, AdminError, Pages};
use tls_server::assemble::{Assembly, Tools};
use tls_server::config::{self, Checked, Target};
use tls_server::control::reload::InForce;
use tls_server::control::socket::ControlSocket;
use tls_server::control::{Control, Serve as _, Setup, State, Told};
use tls_server::memory::Keeper;
use tls_server::running::{Running, View};
use tls_server::status::About;
use tls_server::{builder, capacity};

use crate::identity::Prepared;
use crate::output::Output;
use crate::reread::Reread;
use crate::{error, listen};

/// What there is before the server.
pub(crate) struct Start {
    pub(crate) output: Output,
    pub(crate) view: Arc<View>,
    pub(crate) state: Arc<State>,
    workers: usize,
    /// What answers on the admin listener where it speaks TLS; set before the server runs.
    admin: Arc<OnceLock<PerWorker<dyn Services>>>,
}

/// Closes what it is given.
struct Closed;

impl Services for Closed {
    fn open(&mut self, _opened: &Opened<'_>) -> Box<dyn Service> {
        Box::new(Self)
    }
}

impl Service for Closed {
    fn on_open(&mut self, out: &mut Out<'_>) {
        out.close();
    }

    fn on_data(&mut self, _data: &[u8], _out: &mut Out<'_>) {}
}

impl Start {
    pub(crate) fn new(checked: &Checked, global: &GlobalArgs) -> Result<Self, CliError> {
        let workers = checked.workers.as_ref().map_or_else(builder::cores, |workers| workers.value.get());
        let state = Arc::new(State::new(SystemClock.now()));
        let about = About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            instance: checked.instance.as_ref().map(|name| name.value.clone()),
            started: SystemClock.now(),
            workers,
        };
        let view = Arc::new(View::new(about, Arc::clone(&state)));
        let output = Output::start(checked, global.json, Arc::clone(&view) as _)?;
        view.log_to(output.log.queue());
        Ok(Self { output, view, state, workers, admin: Arc::default() })
    }

    pub(crate) fn tools(&self, checked: &Checked, prepared: &Prepared) -> Tools {
        let (report_log, tell_log) = (Mutex::new(self.output.log.clone()), Mutex::new(self.output.log.clone()));
        let printer = self.output.printer.clone();
        let asked: Mutex<HashMap<String, Secret>> = Mutex::default();
        let listeners = checked.listeners.iter().map(|listener| listener.addresses.len()).sum();
        let possible = capacity::connections(capacity::raise_descriptor_limit(), self.workers, listeners);
        let each =
            if checked.listeners.iter().any(|it| matches!(it.service, config::Service::Forward(_))) { 2 } else { 1 };
        Tools {
            clock: Arc::new(SystemClock),
            sink: Arc::new(move || printer.clone().into_sink()),
            report: Arc::new(move |problem| {
                let mut log = report_log.lock().unwrap_or_else(PoisonError::into_inner);
                log.notice(Level::Error, "identity", problem);
            }),
            tell: Arc::new(move |notice| {
                let mut log = tell_log.lock().unwrap_or_else(PoisonError::into_inner);
                log.notice(Level::Warn, "backend", notice);
            }),
            ask: Arc::new(move |name| ask_once(&asked, name)),
            stdin: prepared.stdin.clone(),
            possible: possible / each,
            admin: {
                let pages = Arc::clone(&self.admin);
                Arc::new(move |worker| match pages.get() {
                    Some(services) => services(worker),
                    None => Box::new(Closed), // nobody is served before the pages are there
                })
            },
        }
    }

    pub(crate) fn bind(&self, assembly: &Assembly, inherited: Vec<TcpListener>) -> Result<Server, CliError> {
        let settings = Settings {
            workers: self.workers,
            plan: assembly.plan.clone(),
            observers: self.output.log.observers(),
            inherited,
        };
        Server::bind(settings).map_err(|error| error::bind(&error))
    }

    pub(crate) fn pages(&self, running: &Running) -> Result<Arc<Pages>, CliError> {
        let failed = |error: std::io::Error| error::system("starting the admin pages", &error);
        let pages = Arc::new(Pages::new(Arc::new(running.clone()), Arc::new(SystemClock)).map_err(failed)?);
        let services = admin::services(Arc::clone(&pages)).map_err(failed)?;
        self.admin.get_or_init(|| services);
        Ok(pages)
    }

    /// The admin pages, where they are served in plain.
    pub(crate) fn serve_admin(
        &self,
        checked: &Checked,
        pages: Option<Arc<Pages>>,
        running: &Running,
    ) -> Result<(), CliError> {
        let Some(admin) = checked.admin.as_ref().filter(|admin| admin.client_ca.is_none()) else { return Ok(()) };
        let Some(pages) = pages else { return Ok(()) };
        let address = match &admin.address.value {
            Target::Unix(path) => AdminAddress::Unix(path.clone()),
            Target::Tcp(place) => AdminAddress::Tcp(listen::first(place)?),
        };
        let failed = |error: AdminError| CliError::environment(ui::chain(&error));
        let admin = Admin::bind(&address).map_err(failed)?;
        let curl = admin.address().for_curl();
        self.output.log.clone().notice(Level::Info, "admin", format_args!("the admin pages are there: curl {curl}"));
        running.keep_admin(admin.start(pages).map_err(failed)?);
        Ok(())
    }

    /// The thread that reloads and ends the server, and what it tells, in the log.
    pub(crate) fn control(
        &self,
        running: &Running,
        reread: Reread,
        in_force: InForce,
        read: SystemTime,
        socket: Option<ControlSocket>,
    ) -> Result<Control, CliError> {
        let mut log = self.output.log.clone();
        let reopen = self.output.reopen.clone();
        let setup = Setup {
            server: running.clone(),
            load: reread,
            in_force,
            read,
            state: Arc::clone(&self.state),
            socket,
            clock: Arc::new(SystemClock),
        };
        let told = move |told: &Told| {
            if let (true, Some(reopen)) = (told.is_of_a_signal(), &reopen) {
                reopen.ask();
            }
            log.notice(told.level(), told.event(), told);
        };
        Control::start(setup, told).map_err(|error| error::system("starting the control thread", &error))
    }

    /// The thread that gives memory back.
    pub(crate) fn keep_memory(&self, running: &Running) -> Result<Keeper, CliError> {
        let counted = running.clone();
        let keeper = Keeper::start(move || counted.connections());
        keeper.map_err(|error| error::system("starting the thread that gives memory back", &error))
    }
}

/// A passphrase that a person has given once is not asked for again at a reload.
fn ask_once(asked: &Mutex<HashMap<String, Secret>>, name: &str) -> Result<Option<Secret>, CliError> {
    let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = asked.get(name) {
        return Ok(Some(known.clone()));
    }
    let given = ask_passphrase(&format!("passphrase for {name}"))?;
    if let Some(given) = &given {
        asked.insert(name.to_owned(), given.clone());
    }
    Ok(given)
}
