//! What is done with connections: a service for each listener, used on as long as it is asked for in the same way.

use std::sync::Arc;

use common::terminal::{CliError, ui};
use engine::{PerWorker, Services};

use super::{Assembler, Gathered, Tools};
use crate::config::{self, Clients};
use crate::services::forward::Settings;
use crate::services::{ClientCertificates, Echo, Forward, Hello, Http, HttpOptions};

/// A service that is in force, with what it was asked for by.
#[derive(Clone)]
pub(super) enum Kept {
    Hello,
    Echo,
    Http(Http, config::Service, ClientCertificates),
    Forward(Forward),
}

impl Kept {
    pub(super) fn forward(&self) -> Option<&Forward> {
        match self {
            Self::Forward(forward) => Some(forward),
            _ => None,
        }
    }

    /// Whether it shows a visitor its fingerprint.
    pub(super) fn wants_fingerprint(&self) -> bool {
        matches!(self, Self::Http(..))
    }

    /// Makes each worker's services.
    pub(super) fn services(&self, tools: &Tools) -> PerWorker<dyn Services> {
        match self.clone() {
            Self::Echo => Arc::new(|_worker| Box::new(Echo)),
            Self::Hello => {
                let sink = Arc::clone(&tools.sink);
                Arc::new(move |_worker| Box::new(Hello::new(sink())))
            }
            Self::Http(http, ..) => Arc::new(move |_worker| Box::new(http.clone())),
            Self::Forward(forward) => forward.services(),
        }
    }
}

impl Assembler {
    /// The service of a listener: the one that is in force, where nothing else is asked for. What is wrong is gathered.
    pub(super) fn service(&self, listener: &config::Listener, gathered: &mut Gathered) -> Option<Kept> {
        let before = self.kept.services.get(&listener.name.value);
        let made = match &listener.service {
            config::Service::Hello => Ok(Kept::Hello),
            config::Service::Echo => Ok(Kept::Echo),
            config::Service::Http { root } => {
                let asked = match listener.clients {
                    Clients::Anyone => ClientCertificates::NotAsked,
                    _ => ClientCertificates::Asked,
                };
                match before {
                    Some(kept @ Kept::Http(_, service, clients))
                        if *service == listener.service && *clients == asked =>
                    {
                        Ok(kept.clone())
                    }
                    _ => http(root.as_ref().map(|root| root.value.clone()), asked)
                        .map(|http| Kept::Http(http, listener.service.clone(), asked)),
                }
            }
            config::Service::Forward(forward) => self.forward(forward, before).map(Kept::Forward),
        };
        made.map_err(|fault| gathered.faults.push(fault)).ok()
    }

    fn forward(&self, forward: &config::Forward, before: Option<&Kept>) -> Result<Forward, CliError> {
        let settings = Settings::from(forward);
        match before {
            Some(Kept::Forward(forward)) if *forward.settings() == settings => Ok(forward.clone()),
            _ => Forward::start(settings, Arc::clone(&self.tools.tell))
                .map_err(|error| CliError::new(error.exit(), ui::chain(&error)).advise(error.advice())),
        }
    }
}

fn http(root: Option<std::path::PathBuf>, client_certificates: ClientCertificates) -> Result<Http, CliError> {
    Http::new(HttpOptions { root, client_certificates }).map_err(|error| CliError::usage(ui::chain(&error)))
}
