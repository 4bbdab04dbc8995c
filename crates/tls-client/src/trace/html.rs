//! The trace as one page that needs nothing else: a sequence diagram between what an eavesdropper reads and what is
//! inside, in light and dark, without a script.

use std::fmt::Write as _;

use super::model::{Connection, Event, Learned, Shown, Trace};
use super::tap::End;
use super::text::{inside, value};
use super::words::{bytes_of, grouped, said};
use crate::report::text::milliseconds;

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub fn page(trace: &Trace) -> String {
    let mut page = Page::default();
    let target = format!("{}:{}", trace.peer.host, trace.peer.port);
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page.text(&format!("{target}, traced"));
    page.raw("</title>\n<style>\n");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<main>\n<header><h1>");
    page.text(&target);
    page.raw("</h1>");
    page.verdict(trace);
    page.raw("</header>\n");
    for (place, connection) in trace.connections.iter().enumerate() {
        let title = match (trace.connections.len(), place, connection.resumed) {
            (1, ..) => "",
            (_, 0, _) => "First connection",
            (_, _, true) => "Second connection: the session goes on",
            (_, _, false) => "Second connection",
        };
        page.connection(connection, title);
    }
    page.raw("</main>\n</body>\n</html>\n");
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                character => self.0.push(character),
            }
        }
    }

    /// An element of a class around a text.
    fn element(&mut self, name: &str, class: &str, text: &str) {
        let _ = write!(self.0, "<{name} class=\"{class}\">"); // a String takes whatever is written
        self.text(text);
        let _ = write!(self.0, "</{name}>");
    }

    fn verdict(&mut self, trace: &Trace) {
        let failed = trace.exit_code != common::terminal::Exit::Success;
        let class = match trace.verdict.trusted {
            _ if failed => "verdict bad",
            Some(true) => "verdict good",
            _ => "verdict unsure",
        };
        self.element("p", class, &trace.verdict.sentence);
        if let Some(mend) = &trace.verdict.mend {
            self.element("p", "mend", &format!("Try: {mend}"));
        }
    }

    fn connection(&mut self, connection: &Connection, title: &str) {
        self.raw("<section>\n");
        if !title.is_empty() {
            self.element("h2", "", title);
        }
        let kind = if connection.resumed { "resumed" } else { "full handshake" };
        let mut agreed: Vec<String> = [connection.version, connection.suite, connection.group]
            .into_iter()
            .flatten()
            .chain(connection.version.map(|_| kind))
            .map(str::to_owned)
            .collect();
        if let Some(handshake) = connection.handshake {
            agreed.push(format!("{} in {}", bytes_of(handshake.bytes), milliseconds(handshake.took_us)));
        }
        self.raw("<p class=\"agreed\">");
        for part in &agreed {
            self.element("span", "chip", part);
        }
        self.raw("</p>\n<div class=\"cards\">\n");
        self.card("open", "An eavesdropper has learned", &connection.learned);
        self.card("shut", "Hidden from them", &connection.hidden);
        self.raw("</div>\n");
        self.diagram(connection);
        self.totals(connection);
        self.raw("</section>\n");
    }

    fn card(&mut self, class: &str, title: &str, facts: &[Learned]) {
        let _ = write!(self.0, "<div class=\"card {class}\"><h3>");
        self.text(title);
        self.raw("</h3><dl>\n");
        for Learned { what, words } in facts {
            self.element("dt", "", what);
            self.element("dd", "", words);
            self.raw("\n");
        }
        if facts.is_empty() {
            self.element("dd", "", "nothing");
        }
        self.raw("</dl></div>\n");
    }

    fn diagram(&mut self, connection: &Connection) {
        self.raw(
            "<div class=\"diagram\">\n<div class=\"row head\"><div class=\"side\">What an eavesdropper reads</div>",
        );
        self.raw("<div class=\"ends\">");
        for (name, address) in [("client", &connection.client), ("server", &connection.server)] {
            self.raw("<div class=\"end\">");
            self.element("b", "", name);
            self.element("span", "", address);
            self.raw("</div>");
        }
        self.raw("</div><div class=\"side\">What is inside</div></div>\n");
        for event in &connection.events {
            self.event(event, connection);
        }
        self.raw("</div>\n");
    }

    fn event(&mut self, event: &Event, connection: &Connection) {
        let direction = if event.from == End::Client { "out" } else { "back" };
        let kept = if event.sealed { "shut" } else { "open" };
        let _ = write!(self.0, "<div class=\"row {direction} {kept}\"><div class=\"side\">");
        if event.sealed {
            self.text(&event.outside);
        } else {
            self.spoken(event);
        }
        self.record(event);
        self.raw("</div><div class=\"lane\"><div class=\"label\">");
        self.element("b", "", &label(event));
        let _ = write!(
            self.0,
            "<span>{}.{:02} ms · {} B</span></div><div class=\"arrow\"></div></div><div class=\"side\">",
            event.at_us / 1000,
            event.at_us % 1000 / 10,
            grouped(event.length)
        );
        if event.sealed && !event.inside.is_empty() {
            self.spoken(event);
        } else {
            self.element("span", "same", &inside(event));
        }
        self.messages(event, connection);
        self.raw("</div></div>\n");
    }

    /// Each part of a record on a line of its own.
    fn spoken(&mut self, event: &Event) {
        if event.inside.is_empty() {
            self.text(&event.outside);
        }
        for inside in &event.inside {
            self.raw("<p>");
            self.element("b", "", &inside.name);
            if !inside.words.is_empty() {
                self.text(&format!(": {}", inside.words));
            }
            self.raw("</p>");
        }
    }

    fn record(&mut self, event: &Event) {
        self.raw("<details><summary>record</summary>");
        self.table(&event.fields);
        self.raw("</details>");
    }

    fn messages(&mut self, event: &Event, connection: &Connection) {
        for inside in event.inside.iter().filter(|inside| !inside.name.ends_with("(goes on)")) {
            let message = inside.message.and_then(|place| connection.messages.get(place));
            let (length, fields) =
                message.map_or((inside.length, &inside.fields), |message| (message.length, &message.fields));
            if fields.is_empty() {
                continue;
            }
            self.raw("<details><summary>");
            self.text(&format!("{}, field by field ({})", inside.name, bytes_of(length)));
            self.raw("</summary>");
            self.table(fields);
            self.raw("</details>");
        }
    }

    fn table(&mut self, fields: &[Shown]) {
        self.raw("<table>");
        for field in fields {
            self.field(field, 0);
        }
        self.raw("</table>");
    }

    fn field(&mut self, field: &Shown, depth: usize) {
        let _ = write!(
            self.0,
            "<tr><td>{}</td><td>{}</td><td style=\"padding-left:{}em\">",
            field.offset,
            field.length,
            depth as f64 * 0.9 + 0.6
        );
        self.text(&field.name.replace('_', " "));
        self.raw("</td><td>");
        self.text(&value(field));
        self.raw("</td></tr>\n");
        for inner in &field.fields {
            self.field(inner, depth + 1);
        }
    }

    fn totals(&mut self, connection: &Connection) {
        self.raw("<p class=\"totals\">");
        let began = connection.began.strftime("%F %T UTC").to_string();
        self.text(&format!(
            "{began}. The client sent {} in {} records, the server {} in {}.",
            bytes_of(connection.sent.bytes),
            grouped(connection.sent.records),
            bytes_of(connection.received.bytes),
            grouped(connection.received.records)
        ));
        let rest = connection.sent.in_no_record + connection.received.in_no_record;
        let unopened = connection.sent.unopened + connection.received.unopened;
        if rest == 0 && unopened == 0 {
            self.text(" Every byte is accounted for.");
        } else {
            self.text(&format!(" {} are in no record, and {unopened} records could not be opened.", bytes_of(rest)));
        }
        self.raw("</p>\n");
    }
}

/// What stands above an arrow.
fn label(event: &Event) -> String {
    match (event.sealed, event.inside.as_slice()) {
        (false, []) => "no record".to_owned(),
        (true, []) => "sealed".to_owned(),
        (_, [one]) => one.name.clone(),
        (_, [first, .., last]) => said(&format!("{} … {}", first.name, last.name), ""),
    }
}
