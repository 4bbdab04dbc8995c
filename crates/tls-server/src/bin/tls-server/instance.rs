//! The server among those of this machine: where it can be asked and told, and which one it relieves.

use std::net::SocketAddr;

use common::terminal::{CliError, ui};
use tls_server::access::{Level, Log};
use tls_server::config::{Checked, Place};
use tls_server::control::socket::{ControlSocket, Instance, SocketError};
use tls_server::control::upgrade::TakeOver;

use crate::{error, listen};

/// The server that is to be relieved.
pub(crate) fn take_over(checked: &Checked) -> Result<TakeOver, CliError> {
    let instance = match (&checked.instance, first_address(checked)) {
        (Some(name), _) => Instance::named(&name.value).map_err(|error| error::socket(&error))?,
        (None, Some(address)) if address.port() != 0 => Instance::listening_on(address),
        _ => {
            return Err(CliError::usage("--upgrade needs the name of the server that it takes over from")
                .advise("start both with the same --instance NAME"));
        }
    };
    TakeOver::ask(&instance).map_err(|error| {
        CliError::environment(ui::chain(&error))
            .advise("without a server of that name, start this one without --upgrade")
    })
}

fn first_address(checked: &Checked) -> Option<SocketAddr> {
    match &checked.listeners.first()?.addresses.first()?.value {
        Place::Address(address) => Some(*address),
        place @ Place::Host(..) => listen::first(place).ok(),
    }
}

/// Where the server can be asked and told. Without a name of its own it goes on without, where that is taken.
pub(crate) fn control_socket(
    checked: &Checked,
    listening: &[SocketAddr],
    mut log: Log,
) -> Result<Option<ControlSocket>, CliError> {
    let named = checked.instance.as_ref();
    let instance = match (named, listening.first()) {
        (Some(name), _) => Instance::named(&name.value).map_err(|error| error::socket(&error))?,
        (None, Some(address)) => Instance::listening_on(*address),
        (None, None) => return Ok(None),
    };
    match ControlSocket::bind(&instance) {
        Ok(socket) => Ok(Some(socket)),
        Err(error @ SocketError::Live { .. }) if named.is_some() => Err(error::socket(&error)),
        Err(error) => {
            let message = format!("`tls-server reload` and --upgrade do not reach this server: {}", ui::chain(&error));
            log.notice(Level::Warn, "control", message);
            Ok(None)
        }
    }
}
