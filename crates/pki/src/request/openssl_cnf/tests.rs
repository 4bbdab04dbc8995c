//! The language as a whole: what files make of a request.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::key::{Algorithm, Digest, PrivateKey};
use crate::request::{Request, sign};

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(Algorithm::P256).unwrap());

/// An environment of one variable, and one file to include.
struct Surroundings;

impl Source for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "UNIT").then(|| "from the environment".to_owned())
    }

    fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        match path {
            "own.cnf" => Ok(vec![("own.cnf".to_owned(), b".include own.cnf\n".to_vec())]),
            _ => Err("no such file".to_owned()),
        }
    }
}

fn request_of(text: &str) -> Result<Request, CnfError> {
    let config = Config::parse("t.cnf", text.as_bytes(), SECTION, &Surroundings)?;
    let contents = config.request(KEY.public(), &Wanted::default(), &mut |_| Answer::Unasked)?;
    Ok(Request::from_der(&sign(&contents, &KEY).unwrap()).unwrap())
}

/// A request without questions; `extensions` are those that it asks for.
fn asking(extensions: &str) -> String {
    format!(
        "[req]\nprompt = no\ndistinguished_name = dn\nreq_extensions = ext\n[dn]\nCN = host.example\n[ext]\n{extensions}"
    )
}

#[track_caller]
fn refused(text: &str, messages: &[&str]) {
    let error = request_of(text).expect_err(text);
    let said: Vec<String> =
        error.problems().iter().map(|p| format!("{p} ({})", p.advice.as_deref().unwrap_or_default())).collect();
    assert_eq!(said.len(), messages.len(), "{text}\n{said:#?}");
    for (said, message) in said.iter().zip(messages) {
        assert!(said.contains(message), "{text}\n{said}\nshould contain {message}");
    }
}

#[test]
fn a_file_becomes_the_request_that_it_describes() {
    let text = "NAME = host\n[req]\nprompt = no\ndistinguished_name = dn\nreq_extensions = ext\n[dn]\n\
                0.OU = ops\n1.OU = $ENV::UNIT\nCN = ${NAME}.example\n+UID = 7\n\
                [ext]\nsubjectAltName = @names\nkeyUsage = critical, digitalSignature\n[names]\nDNS.1 = $NAME.example\nIP = 10.0.0.1\n";
    let request = request_of(text).unwrap();
    assert!(request.check_possession().is_ok());
    assert_eq!(request.names, ["host.example".parse().unwrap(), "10.0.0.1".parse().unwrap()]);
    let extensions: Vec<(&str, bool)> = request.extensions.iter().map(|e| (e.name.as_str(), e.critical)).collect();
    assert_eq!(extensions, [("subjectAltName", false), ("keyUsage", true)]);
    let steps = Steps::of_name(&request.subject).unwrap();
    let sizes: Vec<usize> = steps.0.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 1, 2]);
}

#[test]
fn what_is_not_understood_is_named_with_its_file_line_and_key() {
    refused(
        "[req]\ndefault_bitz = 1\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x",
        &["t.cnf:2: [req] default_bitz: this key is not known here (perhaps `default_bits` is meant)"],
    );
    refused("[rek]\n", &["there is no section [req] in it (name the section with --section, perhaps rek)"]);
    refused("[req]\nprompt = no\n", &["[req] has no `distinguished_name`"]);
    refused(
        "[req]\nprompt = no\ndistinguished_name = dm\n[dn]\nCN = x",
        &["t.cnf:3: [req] distinguished_name: there is no section [dm] (perhaps [dn]"],
    );
    refused(
        "[req]\nprompt = no\ndistinguished_name = dn\n[dn]\ncomonName = x\nC = Germany",
        &[
            "t.cnf:5: [dn] comonName: `comonName` is no attribute",
            "t.cnf:6: [dn] C: `Germany` has 7 letters, and 2 are the most",
        ],
    );
    refused(
        "[req]\nprompt = no\ndistinguished_name = dn\n[dn]\nC_default = DE",
        &["the value stands behind `C` itself"],
    );
    refused(
        "[req]\nprompt = false\ndistinguished_name = dn\n[dn]\nCN = x",
        &["t.cnf:2: [req] prompt: `false` is neither yes nor no"],
    );
    refused("[req]\noutput_password = x\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x", &["--passphrase-file"]);
    refused("[req]\ndefault_md = md5\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x", &["default_md = sha256"]);
    refused("[req]\nstring_mask = utf8\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x", &["utf8only"]);
    refused(
        "[req]\nsubjectAltName = DNS:a\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x",
        &["req_extensions = v3_req"],
    );
    refused(
        "[req]\nprompt = no\ndistinguished_name = dn\n[dn]\nO = Ärzte\nCN = x",
        &["t.cnf:5: [dn] O: 'Ä' is written in UTF-8"],
    );
}

#[test]
fn slips_that_people_make_are_answered_with_what_is_written_instead() {
    for (text, message) in [
        ("; an ini comment", "t.cnf:1: this is neither `[section]` nor `name = value` (a comment begins with `#`)"),
        ("[req]\nprompt: no", "stands `=`, and not `:`"),
        (
            "[req]\nprompt = no\ndistinguished_name = dn\n[dn]\nDC.1 = org",
            "[dn] DC.1: `1` is no attribute of a distinguished name (the number stands before the attribute: `1.DC`)",
        ),
        ("[req]\nprompt = no\ndistinguished_name = dn\n[dn]\n2.5.4.97 = x", "write `0.2.5.4.97`"),
        ("[req]\nprompt = no\ndistinguished_name = req", "give --subject, or write a section of its own"),
        (
            "[req]\nprompt = no\ndistinguished_name = dn\nextensions = e\n[dn]\nCN = x",
            "`req_extensions` is of a request",
        ),
        ("[req]\nprompt = no\ndistinguished_name = dn\ndays = 3\n[dn]\nCN = x", "`default_days`"),
        ("[req]\nprompt = no\ndistinguished_name = dn\ncopy_extensions = copy\n[dn]\nCN = x", "belongs to a CA"),
        (
            "[req]\nprompt = no\ndistinguished_name = dn\nemailAddress = a@b\n[dn]\nCN = x",
            "that `distinguished_name` names",
        ),
    ] {
        refused(text, &[message]);
    }
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("[req]".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let error = Config::parse("t.cnf", &wide, SECTION, &NoSource).unwrap_err();
    assert!(error.problems()[0].advice.as_ref().unwrap().contains("UTF-16"));
}

#[test]
fn nothing_in_a_file_reaches_the_terminal_as_it_is() {
    let dn = "[req]\nprompt = no\ndistinguished_name = dn\n";
    let long = "x".repeat(60_000);
    for text in [
        format!("{dn}default_bits = 1\u{1b}[2J\n[dn]\nCN = x"),
        format!("{dn}default_keyfile = \u{7}\n[dn]\nCN = x"),
        format!("{dn}[dn]\nC\\\u{1b}N = x"),
        format!("{dn}[dn]\nC = \u{1b}\u{202e}DE"),
        format!("{dn}.include \u{1b}x"),
        format!("{dn}[dn]\nC = {long}"),
        format!("{dn}[dn]\n{long} = x"),
    ] {
        let error = request_of(&text).unwrap_err();
        for problem in error.problems() {
            let said = format!("{problem} {}", problem.advice.as_deref().unwrap_or_default());
            assert!(!said.chars().any(char::is_control) && !said.contains('\u{202e}'), "{said:?}");
            assert!(said.len() < 3000, "{} bytes", said.len());
        }
    }
}

#[test]
fn what_is_written_twice_and_lost_is_said() {
    let text = "[req]\nprompt = no\ndistinguished_name = dn\nreq_extensions = ext\n[dn]\nOU = a\nOU = b\nCN = x\nCN = x\n\
                [ext]\nsubjectAltName = @names\n[names]\nDNS = a.example\nDNS = b.example\n[unread]\nDNS = a\nDNS = b\n";
    let config = Config::parse("t.cnf", text.as_bytes(), SECTION, &NoSource).unwrap();
    let contents = config.request(KEY.public(), &Wanted::default(), &mut |_| Answer::Unasked).unwrap();
    assert_eq!(
        contents.notes,
        [
            "t.cnf:6: [dn] OU is given again on line 7, and `a` is lost; several are numbered: 0.OU, 1.OU",
            "t.cnf:13: [names] DNS is given again on line 14, and `a.example` is lost; several are numbered: DNS.1, \
             DNS.2",
        ]
    );
}

#[test]
fn without_certificate_extensions_the_names_are_those_that_are_asked_for() {
    let names = |extensions: &str, subject: &str| {
        let config = Config::parse("t.cnf", asking(extensions).as_bytes(), SECTION, &NoSource).unwrap();
        let subject = subject.parse::<Subject>().unwrap().to_name().unwrap();
        config.requested_names(&subject, KEY.public())
    };
    let asked = names("subjectAltName = DNS:a.example, IP:10.0.0.1", "/CN=host.example").unwrap();
    assert_eq!(asked, ["a.example".parse().unwrap(), "10.0.0.1".parse().unwrap()]);
    assert_eq!(names("keyUsage = digitalSignature", "/CN=host.example").unwrap(), ["host.example".parse().unwrap()]);
    let error = names("keyUsage = digitalSignature", "/CN=David Smith").unwrap_err();
    assert!(error.to_string().starts_with("t.cnf:3: [req] distinguished_name: no name is asked for"), "{error}");
    assert!(names("subjectAltName = DNS:", "/CN=host.example").is_err());
}

#[test]
fn an_extension_that_is_not_understood_is_named_with_what_would_be_right() {
    for (line, message) in [
        (
            "subjectAltNames = DNS:a",
            "t.cnf:8: [ext] subjectAltNames: it is no extension that is known (perhaps `subjectAltName`",
        ),
        ("1.2.3.4 = something", "1.2.3.4 = DER:"),
        ("subjectAltName = dns:a", "it is written `DNS`"),
        ("subjectAltName = host.example", "does not say which kind of name it is"),
        ("subjectAltName = DNS:a,,DNS:b", "nothing between two commas"),
        ("subjectAltName = DNS:", "nothing behind `DNS:`"),
        ("subjectAltName = DNS:bücher.example", "xn--"),
        ("subjectAltName = IP:300.1.1.1", "no IP address"),
        ("subjectAltName = IP:10.0.0.0/8", "write IP:10.0.0.0"),
        ("subjectAltName = @nams\n[names]\nDNS.1 = a", "there is no section [nams] (perhaps [names] is meant)"),
        ("subjectAltName = email:copy", "no emailAddress"),
        ("subjectAltName = otherName:1.2.3", "otherName:1.2.3.4;UTF8:text"),
        ("subjectAltName = dirName:nobody", "no section [nobody]"),
        ("keyUsage = digitalSignatur", "perhaps `digitalSignature` is meant"),
        ("keyUsage = critical , digitalSignature", "`critical,` comes first"),
        ("extendedKeyUsage = serverAuth, critical", "`critical,` comes first"),
        ("basicConstraints = CA:FALSE, critical", "`critical,` comes first"),
        ("subjectAltName = DNS:a,", "take the comma away"),
        ("subjectAltName = @names, DNS:b\n[names]\nDNS.1 = a", "write that into [names]"),
        ("subjectAltName = IP:localhost", "`DNS.1 = localhost`"),
        ("subjectAltName = otherName:1.2.3;FORMAT:HEX,OCT:00", "a section of its own"),
        ("extendedKeyUsage = serverAuht", "perhaps `serverAuth` is meant"),
        ("basicConstraints = CA:maybe", "neither TRUE nor FALSE"),
        ("basicConstraints = CA:FALSE, pathlen:0", "without CA:TRUE"),
        ("basicConstraints = CA:TRUE, pathlen:-1", "no number of certificates"),
        ("nameConstraints = DNS:a", "permitted;DNS"),
        ("nameConstraints = permitted;IP:10.0.0.0/8", "write 10.0.0.0/255.0.0.0"),
        ("policyConstraints = always:1", "requireExplicitPolicy"),
        ("certificatePolicies = @p\n[p]\nCPS.1 = http://a", "no `policyIdentifier`"),
        ("certificatePolicies = @p\n[p]\npolicyIdentifier = 1.2.3\nuserNotice = text", "userNotice.1 = @section"),
        ("crlDistributionPoints = @p\n[p]\nfullname = URI:http://a", "named without `@`"),
        ("crlDistributionPoints = p\n[p]\nfulname = URI:http://a", "it is written `fullname`"),
        ("authorityInfoAccess = URI:http://a", "OCSP;URI"),
        ("authorityKeyIdentifier = keyid", "whoever issues the certificate adds it"),
        ("subjectKeyIdentifier = sha256", "write `hash`"),
        ("tlsfeature = stapling", "status_request"),
        ("issuerAltName = issuer:copy", "not done here"),
        ("1.2.3.4 = DER:3", "bytes in hexadecimal"),
        ("1.2.3.4 = ASN1:UTF9:a", "perhaps UTF8 is meant"),
        ("1.2.3.4 = ASN1:SEQ:s\n[s]\na = SEQ:s", "deep in each other"),
        ("crlNumber = 1", "belongs into a CRL"),
        ("proxyCertInfo = critical,language:id-ppl-anyLanguage", "DER:"),
    ] {
        refused(&asking(line), &[message]);
    }
}

#[test]
fn questions_are_asked_in_order_and_answered_by_their_defaults() {
    let text = "[req]\ndistinguished_name = dn\n[dn]\nC = Country\nC_default = DE\nC_min = 2\nL = City\n\
                CN = Host\nCN_max = 12\nO = Firm\nO_value = Example\n";
    let config = Config::parse("t.cnf", text.as_bytes(), SECTION, &NoSource).unwrap();
    let mut asked = Vec::new();
    let mut answer = |prompt: &Prompt| {
        asked.push(format!("{} [{}]", prompt.text, prompt.default.as_deref().unwrap_or_default()));
        if prompt.key == "CN" { Answer::Text("host.example".to_owned()) } else { Answer::Default }
    };
    let contents = config.request(KEY.public(), &Wanted::default(), &mut answer).unwrap();
    assert_eq!(asked, ["Country [DE]", "City []", "Host []"]);
    let named = Request::from_der(&sign(&contents, &KEY).unwrap()).unwrap().subject_name.text;
    assert!(named.contains("DE") && named.contains("host.example") && named.contains("Example"), "{named}");

    refused(text, &["t.cnf:7: [dn] L: it asks for the L (`City`), has no default", "t.cnf:8: [dn] CN: it asks"]);
    let wanted = Wanted { common_name: Some("x"), ..Wanted::default() };
    let contents = config.request(KEY.public(), &wanted, &mut |_| Answer::LeftOut).unwrap();
    assert!(Request::from_der(&sign(&contents, &KEY).unwrap()).unwrap().subject_name.text.contains("CN=x"));
    let mut long = |_: &Prompt| Answer::Text("much too long a host".to_owned());
    assert!(config.request(KEY.public(), &Wanted::default(), &mut long).is_err());
    refused(
        "[req]\ndistinguished_name = dn\n[dn]\nC = Country\nCm_default = DE\n",
        &["perhaps `C` is meant", "(`Country`)"],
    );
}

#[test]
fn flags_stand_before_the_file() {
    let config =
        Config::parse("t.cnf", asking("subjectAltName = critical, DNS:a.example").as_bytes(), SECTION, &NoSource)
            .unwrap();
    let names = ["a.example".parse().unwrap(), "b.example".parse().unwrap()];
    let subject: Subject = "/O=Other/CN=b.example".parse().unwrap();
    let wanted = Wanted { subject: Some(&subject), common_name: None, names: &names };
    let contents = config.request(KEY.public(), &wanted, &mut |_| Answer::Unasked).unwrap();
    assert_eq!(contents.subject, subject.to_name().unwrap());
    let request = Request::from_der(&sign(&contents, &KEY).unwrap()).unwrap();
    assert_eq!((request.names.as_slice(), request.extensions[0].critical), (names.as_slice(), true));
}

#[test]
fn a_certificate_has_the_key_identifiers_that_openssl_gives_it() {
    let with = |extensions: &str| {
        let text = format!("[req]\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\n[ext]\n{extensions}");
        let config = Config::parse("t.cnf", text.as_bytes(), SECTION, &NoSource).unwrap();
        let subject = Subject::common_name("x").unwrap().to_name().unwrap();
        let parts = config.certificate(&subject, KEY.public(), &[1]).unwrap();
        let ids = parts.extensions.unwrap().iter().map(|extension| name_of(&extension.extn_id)).collect::<Vec<_>>();
        ids.join(" ")
    };
    assert_eq!(with(""), "");
    assert_eq!(with("basicConstraints = CA:TRUE"), "basicConstraints subjectKeyIdentifier");
    assert_eq!(with("subjectKeyIdentifier = none\nbasicConstraints = CA:TRUE"), "basicConstraints");
    assert_eq!(with("subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid, issuer"), "subjectKeyIdentifier");
    assert_eq!(
        with("authorityKeyIdentifier = keyid:always\nsubjectKeyIdentifier = hash"),
        "authorityKeyIdentifier subjectKeyIdentifier"
    );
}

#[test]
fn the_key_and_the_hash_are_the_files_to_say() {
    let text = "[req]\ndefault_bits = 3072\ndefault_md = SHA512\nencrypt_rsa_key = no\ndefault_keyfile = k.pem\ndefault_days = 30\n";
    let config = Config::parse("t.cnf", text.as_bytes(), SECTION, &NoSource).unwrap();
    let expected = Settings {
        key_bits: Some(3072),
        key_file: Some("k.pem".to_owned()),
        encrypt_key: Some(false),
        digest: Some(Digest::Sha512),
        days: Some(30),
    };
    assert_eq!(config.settings(), &expected);
}

#[test]
fn sections_that_name_each_other_without_end_are_refused() {
    let points = format!(
        "crlDistributionPoints = {}\n[p]\nfullname = @n\n[n]\n{}",
        vec!["p"; 2000].join(","),
        "DNS.1 = a\n".repeat(3)
    );
    assert!(request_of(&asking(&points)).is_ok());
    let names: String = (0..500).map(|number| format!("DNS.{number} = a\n")).collect();
    let points = format!("crlDistributionPoints = {}\n[p]\nfullname = @n\n[n]\n{names}", vec!["p"; 2000].join(","));
    refused(&asking(&points), &["too much for one certificate"]);
    let wide: String = (0..100).map(|number| format!("a{number} = SEQ:s\n")).collect();
    refused(&asking(&format!("1.2.3.4 = ASN1:SEQ:s\n[s]\n{wide}")), &["values lie more than 16 deep"]);
    refused("[req]\n.include own.cnf\n", &["include each other"]);
}

#[test]
fn a_file_of_nothing_but_slips_ends_with_the_first_of_them() {
    let slips: String = (0..50_000).map(|number| format!("comonName{number} = x\n")).collect();
    for text in [format!("[req]\n{slips}"), asking(&slips), format!("[req]\ndistinguished_name = dn\n[dn]\n{slips}")] {
        let problems = request_of(&text).unwrap_err().problems().len();
        assert!((1..=2 * problem::ENOUGH).contains(&problems), "{problems}");
    }
}

/// Words of the language, so that what is drawn gets past the first line.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "[req]",
        "[dn]",
        "[ext]",
        "\n",
        "\n",
        " = ",
        "prompt = no\n",
        "distinguished_name = dn\n",
        "req_extensions = ext\n",
        "x509_extensions = ext\n",
        "attributes = dn\n",
        "CN",
        "C_default",
        "1.OU",
        "+UID",
        "subjectAltName",
        "DNS:",
        "email:move",
        "IP:10.0.0.1",
        "dirName:dn",
        "otherName:1.2.3;",
        "@ext",
        "keyUsage",
        "critical,",
        "nameConstraints",
        "permitted;",
        "certificatePolicies",
        "crlDistributionPoints",
        "authorityInfoAccess",
        "OCSP;URI:http://a",
        "ASN1:",
        "SEQ:ext",
        "EXP:0,",
        "FORMAT:HEX,",
        "OCT:",
        "DER:30:00",
        "1.2.3.4",
        "$CN",
        "${dn::CN}",
        "$ENV::UNIT",
        "\\",
        "\"",
        "'",
        "#",
        ",",
        ":",
        ";",
        ".include own.cnf\n",
        ".pragma dollarid:on\n",
        "utf8 = yes\n",
        "ü",
        "subjectKeyIdentifier",
        "authorityKeyIdentifier",
        "hash",
        "keyid:always",
        "basicConstraints",
        "CA:TRUE",
        "pathlen:1",
        "tlsfeature",
        "5",
    ]);
    prop::collection::vec(prop_oneof![9 => words.prop_map(str::to_owned), 1 => "\\PC{0,8}"], 0..80)
        .prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_gives_a_request_or_an_error(text in text()) {
        if let Ok(config) = Config::parse("t.cnf", text.as_bytes(), SECTION, &Surroundings) {
            if let Ok(contents) = config.request(KEY.public(), &Wanted::default(), &mut |_| Answer::Default) {
                let request = Request::from_der(&sign(&contents, &KEY).unwrap()).unwrap();
                prop_assert_eq!(request.subject, contents.subject.clone());
            }
            let subject = Subject::common_name("x").unwrap().to_name().unwrap();
            let _ = config.certificate(&subject, KEY.public(), &[1]);
        }
    }

    #[test]
    fn any_bytes_give_a_configuration_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Config::parse("t.cnf", &bytes, SECTION, &Surroundings);
    }
}
