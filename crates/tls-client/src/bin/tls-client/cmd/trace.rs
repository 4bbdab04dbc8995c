//! `tls-client trace`: each record and handshake message, as an eavesdropper sees it and as it is inside.

use common::input::fsio::{self, Access, Existing, Output};
use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use common::{Clock as _, SystemClock};
use tls_client::Client;
use tls_client::report::Report;
use tls_client::trace::text::{self, Detail, WIDTHS};
use tls_client::trace::{Repeat, Trace, Traced, html, pcapng};

use crate::args::TraceArgs;
use crate::paint::paint;
use crate::{client, error};

pub(crate) fn run(args: &TraceArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let target = client::target(&args.target, args.preamble.port(), args.client.trust.server_name.as_deref())?;
    let client = Client { preamble: args.preamble.preamble(), ..client::build(&args.client, global, ui)? };
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    for path in args.html.iter().chain(&args.pcapng) {
        fsio::check_writable(path, existing)?;
    }
    if let Some(path) = &args.pcapng {
        ui.warn(format_args!("--pcapng: whoever has {} can read this session", path.display()));
    }
    let repeat = if args.resume { Repeat::Resumed } else { Repeat::Once };
    let words = args.send.as_deref().map(str::as_bytes);
    let traced = client.trace(&target, words, repeat).map_err(|error| error::context(&error))?;
    let Some(last) = traced.last() else { return Ok(Exit::Success) };
    let trace = Trace::new(Report::forgiving(&client, &last.observation, SystemClock.now()), &traced);
    write(args, &traced, &trace, existing)?;
    show(&trace, global, ui)?;
    for (path, what) in [(&args.html, "drawn into"), (&args.pcapng, "captured, with the secrets, in")] {
        if let Some(path) = path {
            ui.note(format_args!("{what} {}", path.display()));
        }
    }
    Ok(trace.exit_code)
}

/// Both files or neither.
fn write(args: &TraceArgs, traced: &[Traced], trace: &Trace, existing: Existing) -> Result<(), CliError> {
    let drawn = args.html.as_deref().map(|path| (path, html::page(trace)));
    let captured = args.pcapng.as_deref().map(|path| (path, pcapng::capture(traced)));
    let mut outputs = Vec::new();
    if let Some((path, page)) = &drawn {
        outputs.push(Output { path, bytes: page.as_bytes(), access: Access::Public });
    }
    if let Some((path, capture)) = &captured {
        outputs.push(Output { path, bytes: capture, access: Access::Private });
    }
    if outputs.is_empty() {
        return Ok(());
    }
    Ok(fsio::write_all(&outputs, existing)?)
}

fn show(trace: &Trace, global: &GlobalArgs, ui: &mut Ui) -> Result<(), CliError> {
    if ui.is_json() {
        return ui.document(trace);
    }
    let detail = if global.verbose > 0 { Detail::Fields } else { Detail::Short };
    let text = text::trace(trace, width(), detail, &|tone, text| paint(ui, tone, text));
    ui.result(&text)
}

/// The terminal's; else what `COLUMNS` says, as a person sets it for a pipe.
fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let asked = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.or_else(asked).unwrap_or(*WIDTHS.start())
}
