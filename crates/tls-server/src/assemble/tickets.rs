//! The keys of session tickets, and what tickets are bound to.

use std::sync::Arc;

use common::context::Resumption;
use common::context::tickets::{Binding, TicketKeys, Ticketer};
use common::terminal::{CliError, ui};
use pki::clients::Admission;

use super::{Assembler, Gathered};
use crate::config::{self, Checked, Tickets};

/// The keys that there are.
#[derive(Default)]
pub(super) struct Keys {
    /// This process's own, which change with time.
    pub(super) own: Option<Arc<TicketKeys>>,
    /// Of a listener's file, by its name.
    pub(super) of_files: Vec<(String, Arc<TicketKeys>)>,
}

impl Keys {
    /// The keys of a listener; none where sessions are not resumed.
    pub(super) fn of(&self, listener: &config::Listener) -> Option<&Arc<TicketKeys>> {
        match listener.tickets {
            Tickets::Off => None,
            Tickets::Own => self.own.as_ref(),
            Tickets::File(_) => {
                let mut of_files = self.of_files.iter();
                of_files.find(|(name, _)| *name == listener.name.value).map(|(_, keys)| keys)
            }
        }
    }

    /// How a listener resumes sessions. Its tickets are bound to the listener's name and to everything that decides
    /// who is let in: after a change of any of it no earlier ticket opens.
    pub(super) fn resumption(&self, listener: &config::Listener, admission: Option<&Admission>) -> Resumption {
        let Some(keys) = self.of(listener) else { return Resumption::Off };
        let binding = Binding::new().listener(&listener.name.value).purpose("server");
        let binding = match admission {
            Some(admission) => binding.anchor(&admission.digest()),
            None => binding,
        };
        let lifetime = if admission.is_some() { Ticketer::WITH_CLIENTS } else { Ticketer::LIFETIME };
        Resumption::Tickets(Ticketer::new(Arc::clone(keys), binding.digest(), lifetime))
    }
}

impl Assembler {
    /// The keys that `checked` asks for: those of files are read anew, this process's own stay.
    pub(super) fn ticket_keys(&self, checked: &Checked, gathered: &mut Gathered) -> Keys {
        let mut keys = Keys { own: self.kept.ticket_keys.clone(), of_files: Vec::new() };
        for listener in &checked.listeners {
            let made = match &listener.tickets {
                Tickets::Off => continue,
                Tickets::Own if keys.own.is_some() => continue,
                Tickets::Own => TicketKeys::random(Arc::clone(&self.tools.clock)),
                Tickets::File(path) => {
                    gathered.paths.push(path.value.clone());
                    TicketKeys::from_file(&path.value, Arc::clone(&self.tools.clock))
                }
            };
            match (made, &listener.tickets) {
                (Ok(made), Tickets::File(_)) => keys.of_files.push((listener.name.value.clone(), Arc::new(made))),
                (Ok(made), _) => keys.own = Some(Arc::new(made)),
                (Err(error), _) => {
                    let fault = CliError::usage(ui::chain(&error));
                    gathered.faults.push(match error.mend() {
                        Some(mend) => fault.advise(mend),
                        None => fault,
                    });
                }
            }
        }
        keys
    }
}
