//! Servers and clients of others, started the way people start them.

use anyhow::Result;

use super::Harness;
use super::running::Running;

/// A server that listens.
pub(in crate::e2e) struct Listening {
    /// The program.
    pub(in crate::e2e) program: Running,
    /// Its port on 127.0.0.1.
    pub(in crate::e2e) port: u16,
}

/// What `openssl s_server` sends: of a chain in one file it takes the leaf alone.
#[derive(Clone, Copy)]
pub(in crate::e2e) enum Sends {
    /// The certificate alone.
    LeafAlone,
    /// The certificate and fixtures/ca/intermediate.pem.
    WithIntermediate,
}

impl Listening {
    /// `localhost:PORT`.
    pub(in crate::e2e) fn target(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

impl Harness<'_> {
    /// Our server with these arguments, on a port of its own.
    pub(in crate::e2e) fn serve<'s>(&self, arguments: impl IntoIterator<Item = &'s str>) -> Result<Listening> {
        let program = self.tls_server().arguments(arguments).words("--listen 127.0.0.1:0").start()?;
        let port = program.wait_for_port()?;
        Ok(Listening { program, port })
    }

    /// Our server with this service and the good identity of fixtures/.
    pub(in crate::e2e) fn serve_fixture(&self, service: &str) -> Result<Listening> {
        self.serve([service, "--pem", &self.fixture("leaf/combined.pem")])
    }

    /// `openssl s_server` with a certificate of fixtures/ whose key is leaf/localhost.key, and further arguments. Its
    /// input stays open, as it ends with its input.
    pub(in crate::e2e) fn openssl_server(&self, certificate: &str, sends: Sends, more: &str) -> Result<Listening> {
        let certificate = self.fixture(certificate);
        let key = self.fixture("leaf/localhost.key");
        let mut program = self.peer("openssl")?.words("s_server -accept 127.0.0.1:0");
        program = program.arguments(["-cert", &certificate, "-key", &key]).words(more).open_input();
        if let Sends::WithIntermediate = sends {
            program = program.arguments(["-cert_chain", &self.fixture("ca/intermediate.pem")]);
        }
        let program = program.start()?;
        let port = program.wait_for_port()?;
        Ok(Listening { program, port })
    }

    /// A program of fixtures/peers for node that listens.
    pub(in crate::e2e) fn node(&self, script: &str) -> Result<Listening> {
        let program = self.peer("node")?.arguments([self.fixture(&format!("peers/{script}"))]).start()?;
        let port = program.wait_for_port()?;
        Ok(Listening { program, port })
    }

    /// A Python server of fixtures/peers, with files of this scenario's directory or absolute paths.
    pub(in crate::e2e) fn python_server(&self, certificate: &str, key: &str) -> Result<Listening> {
        let program = self.python("server.py")?.arguments([certificate, key]).start()?;
        let port = program.wait_for_port()?;
        Ok(Listening { program, port })
    }
}
