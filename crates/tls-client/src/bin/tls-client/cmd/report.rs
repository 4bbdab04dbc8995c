//! `tls-client report`: everything about the handshake, and nothing sent after it.

use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use common::{Clock as _, SystemClock};
use tls_client::report::{Report, text};
use tls_client::{Client, Then};

use crate::args::ReportArgs;
use crate::paint::paint;
use crate::{client, error};

pub(crate) fn run(args: &ReportArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let target = client::target(&args.target, args.preamble.port(), args.client.trust.server_name.as_deref())?;
    let client = Client { preamble: args.preamble.preamble(), ..client::build(&args.client, global, ui)? };
    let seen = client.observe(&target, Then::Leave).map_err(|error| error::context(&error))?;
    let report = Report::new(&client, &seen, SystemClock.now());
    if ui.is_json() {
        ui.document(&report)?;
    } else {
        let text = text::report(&report, &|tone, text| paint(ui, tone, text));
        ui.result(&text)?;
    }
    Ok(report.exit_code)
}
