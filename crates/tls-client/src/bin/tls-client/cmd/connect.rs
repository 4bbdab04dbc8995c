//! `tls-client connect`: says something, shows the answer, and what the connection was like.

use common::input::Blob;
use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use common::{Clock as _, SystemClock};
use tls_client::report::{Conversation, Report, text};
use tls_client::{Client, Exchange, LOCAL_TARGET, Then};

use crate::args::ConnectArgs;
use crate::paint::paint;
use crate::plain::Plain;
use crate::{client, error};

const GREETING: &[u8] = b"Hello from client!";

pub(crate) fn run(args: &ConnectArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let text = args.target.as_deref().unwrap_or(LOCAL_TARGET);
    let target = client::target(text, args.preamble.port(), args.client.trust.server_name.as_deref())?;
    let client = Client { preamble: args.preamble.preamble(), ..client::build(&args.client, global, ui)? };
    let words = words(args)?;

    let mut screen = Screen { ui, words: words.as_deref(), answer: None, failed: None };
    let mut answer = |bytes: &[u8]| screen.answer(bytes);
    let then = match &words {
        Some(words) => Then::Say { words, answer: &mut answer },
        None => Then::Leave,
    };
    let seen = client.observe(&target, then).map_err(|error| error::context(&error))?;
    screen.finish(seen.exchange.as_ref())?;

    let report = Report::forgiving(&client, &seen, SystemClock.now());
    let exit = report.exit_code;
    if ui.is_json() {
        ui.document(&Conversation::new(seen.exchange.as_ref(), report))?;
    } else {
        let text = text::summary(&report, &|tone, text| paint(ui, tone, text));
        ui.result(&text)?;
    }
    Ok(exit)
}

/// What is sent; none where nothing is.
fn words(args: &ConnectArgs) -> Result<Option<Vec<u8>>, CliError> {
    Ok(match args.send.as_deref() {
        Some("-") => Some(Blob::read_stdin()?.bytes.expose().to_vec()),
        Some(text) => Some(text.as_bytes().to_vec()),
        None if args.target.is_none() => Some(GREETING.to_vec()),
        None => None,
    })
}

/// Shows the conversation as it goes. With `--json` it is part of the document instead.
struct Screen<'a> {
    ui: &'a mut Ui,
    words: Option<&'a [u8]>,
    /// The text of the answer, once there is one.
    answer: Option<Plain>,
    failed: Option<CliError>,
}

impl Screen<'_> {
    fn answer(&mut self, bytes: &[u8]) {
        let first = self.answer.is_none();
        let piece = self.answer.get_or_insert_default().take(bytes);
        let text = if first { format!("{}Received data from server: {piece}", self.sent()) } else { piece };
        self.show(&text);
    }

    /// Ends the line that the answer stands on, and says where there was none.
    fn finish(mut self, exchange: Option<&Exchange>) -> Result<(), CliError> {
        let Some(exchange) = exchange else { return Ok(()) };
        let text = match self.answer.take() {
            Some(answer) if exchange.received.ends_with(b"\n") => answer.finish() + "\n",
            Some(answer) => answer.finish() + "\n\n",
            None => self.sent() + "Received no data from server\n\n",
        };
        self.show(&text);
        self.failed.map_or(Ok(()), Err)
    }

    fn sent(&self) -> String {
        let mut plain = Plain::default();
        let text = plain.take(self.words.unwrap_or_default()) + &plain.finish();
        format!("Sent data to server: {}\n", text.trim_end_matches('\n'))
    }

    fn show(&mut self, text: &str) {
        if !self.ui.is_json() && self.failed.is_none() {
            self.failed = self.ui.result(text).err();
        }
    }
}
