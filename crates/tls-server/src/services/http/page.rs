//! The pages: one file each, without scripts, and with nothing that is fetched from elsewhere.

use std::sync::LazyLock;

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use super::status::Refusal;
use super::visit::Visit;
use super::words::{self, Line};

const STYLE: &str = include_str!("page.css");

/// A keyhole, for the tab and for the head of the page.
pub(super) const ICON: &str = include_str!("icon.svg");

/// What a browser may do with our pages (CSP): take their own style and the icon, and nothing else.
pub(super) fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        format!(
            "default-src 'none'; style-src 'sha256-{}'; img-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'",
            BASE64.encode(&Sha256::digest(STYLE))
        )
    });
    &POLICY
}

/// The page that shows a visitor their own connection.
pub(super) fn visit(visit: &Visit<'_>) -> String {
    let mut page = Page::begin("Your connection");
    page.header(visit);
    page.section("What keeps it secret", &words::protection(visit));
    page.section("How it began", &words::beginning(visit));
    page.section("What the server sees of you", &words::visitor(visit));
    page.certificate(visit);
    page.raw("<footer>The same <a href=\"/json\">as JSON</a>. Served by Latchkey.</footer>");
    page.end()
}

/// The page of an answer that is none.
pub(super) fn refusal(refusal: &Refusal) -> String {
    let mut page = Page::begin(refusal.status.phrase);
    page.raw("<header><div><h1>");
    page.text(refusal.status.phrase);
    page.raw("</h1><p>");
    page.text(refusal.why);
    page.raw(".</p></div></header>");
    page.end()
}

/// HTML that is being written. What is not ours goes through [`text`](Self::text).
struct Page(String);

impl Page {
    fn begin(title: &str) -> Self {
        let mut page = Self(String::with_capacity(12 * 1024));
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        page.text(title);
        page.raw("</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        page.raw("<link rel=\"icon\" href=\"/favicon.ico\" type=\"image/svg+xml\"><style>");
        page.raw(STYLE);
        page.raw("</style></head><body><main>\n");
        page
    }

    fn end(mut self) -> String {
        self.raw("\n</main></body></html>\n");
        self.0
    }

    fn raw(&mut self, html: &'static str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                letter => self.0.push(letter),
            }
        }
    }

    fn header(&mut self, visit: &Visit<'_>) {
        self.raw("<header>");
        self.raw(ICON);
        self.raw("<div><h1>Your connection is encrypted</h1><p>");
        self.raw("It goes from <b>");
        self.text(&visit.address.to_string());
        self.raw("</b> to <b>");
        self.text(visit.server_name.unwrap_or("this server"));
        self.raw("</b>");
        if let Some(version) = &visit.version {
            self.raw(" over <b>");
            self.text(version);
            self.raw("</b>");
        }
        self.raw(". This is what both sides agreed on, and what it means.</p><ul>");
        for word in words::summary(visit) {
            self.raw("<li>");
            self.raw(word);
            self.raw("</li>");
        }
        self.raw("</ul></div></header>\n");
    }

    fn section(&mut self, title: &'static str, lines: &[Line]) {
        self.raw("<section><h2>");
        self.raw(title);
        self.raw("</h2><dl>");
        for line in lines {
            self.raw("<div><dt>");
            self.raw(line.name);
            self.raw("</dt><dd><code>");
            self.text(&line.value);
            self.raw("</code><span>");
            self.raw(line.meaning);
            self.raw("</span></dd></div>");
        }
        self.raw("</dl></section>\n");
    }

    fn certificate(&mut self, visit: &Visit<'_>) {
        self.raw("<section><h2>Your certificate</h2><p>");
        if visit.client_certificate.is_none() {
            self.raw(words::no_certificate(visit));
            self.raw("</p></section>\n");
            return;
        }
        self.raw("You proved that you hold its private key, so the server knows you by what it says.</p><dl>");
        for (name, value) in words::certificate(visit) {
            self.raw("<div><dt>");
            self.raw(name);
            self.raw("</dt><dd><code>");
            self.text(&value);
            self.raw("</code></dd></div>");
        }
        self.raw("</dl></section>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimens;
    use super::super::status::Status;
    use super::*;

    #[test]
    fn what_a_client_says_is_text_and_nothing_else() {
        let (peer, mut facts) = specimens::visitor();
        facts.server_name = Some("<script>'\"&".into());
        facts.alpn = Some(b"</code><b>\xff".to_vec());
        let page = visit(&specimens::visit(&peer, &facts));
        assert!(page.contains("&lt;script&gt;&#39;&quot;&amp;") && page.contains("&lt;/code&gt;&lt;b&gt;"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn the_policy_names_the_style_of_the_page() {
        let (peer, facts) = specimens::visitor();
        let page = visit(&specimens::visit(&peer, &facts));
        let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
        assert!(policy().contains(&format!("'sha256-{}'", BASE64.encode(&Sha256::digest(style)))));
        assert!(!page.contains("style=") && !page.contains("src="), "nothing that the policy forbids");
    }

    #[test]
    fn every_fact_is_on_the_page() {
        let (peer, facts) = specimens::visitor();
        let page = visit(&specimens::visit(&peer, &facts));
        for word in [
            "TLS 1.3",
            "TLS_AES_128_GCM_SHA256",
            "X25519MLKEM768",
            "forward secret",
            "post-quantum",
            "ecdsa_secp256r1_sha256",
            "http/1.1",
            "4.2 ms",
            "localhost",
            "127.0.0.1:50000",
            "t13d1516h2_8daaf6152771_e5627efa2ab1",
            "CN=alice",
            "spiffe://example/alice",
            "sha256//",
        ] {
            assert!(page.contains(word), "{word}");
        }
    }

    #[test]
    fn who_showed_no_certificate_is_told_whether_one_was_asked_for() {
        let (peer, mut facts) = specimens::visitor();
        facts.client = None;
        let mut seen = specimens::visit(&peer, &facts);
        assert!(visit(&seen).contains("asked for a certificate and showed none"));
        seen.client_certificate_asked = false;
        assert!(visit(&seen).contains("You were not asked for one"));
    }

    #[test]
    fn a_refusal_says_what_was_wrong() {
        let page = refusal(&Refusal::new(Status::NOT_FOUND, "There is nothing here"));
        assert!(page.contains("<h1>Not Found</h1><p>There is nothing here.</p>"));
    }
}
