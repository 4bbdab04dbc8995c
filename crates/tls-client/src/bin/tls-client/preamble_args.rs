//! What has to be said in the clear before TLS begins.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use tls_client::DEFAULT_PORT;
use tls_client::preamble::{Preamble, Proxy, StartTls};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct PreambleArgs {
    /// Ask for TLS in the server's own protocol first; the port is the protocol's unless given
    #[arg(long, value_name = "PROTOCOL", value_parser = starttls())]
    starttls: Option<StartTls>,
    /// Have a proxy make the connection: http://HOST:PORT (CONNECT) or socks5://HOST:PORT; it resolves the name
    #[arg(long, value_name = "URL", value_parser = str::parse::<Proxy>)]
    proxy: Option<Proxy>,
}

impl PreambleArgs {
    pub(crate) fn preamble(&self) -> Preamble {
        Preamble { proxy: self.proxy.clone(), starttls: self.starttls }
    }

    /// The port of a target that names none.
    pub(crate) fn port(&self) -> u16 {
        self.starttls.map_or(DEFAULT_PORT, StartTls::port)
    }
}

fn starttls() -> impl clap::builder::TypedValueParser<Value = StartTls> {
    PossibleValuesParser::new(StartTls::ALL.map(StartTls::name)).try_map(|name| name.parse::<StartTls>())
}
