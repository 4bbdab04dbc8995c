//! What is issued is taken by verifiers that others wrote, and says what was asked for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use pki::authority::{Issuer, Permitted, Plan, Serial};
use pki::certificate::{Inspected, Profile, Role, Template, Validity, self_sign};
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};
use pki::request::{Spec, Subject};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

fn plan(subject: &str, algorithm: Algorithm, path_len: Option<u8>, permitted: &[&str]) -> Plan {
    Plan {
        subject: subject.parse().unwrap(),
        algorithm,
        validity: Validity::days(Timestamp::now(), 30).unwrap(),
        path_len,
        permitted: permitted.iter().map(|text| text.parse::<Permitted>().unwrap()).collect(),
        serial: Serial::random().unwrap(),
    }
}

fn leaf_template(names: &[&str], profile: Profile) -> Template {
    let spec = Spec::new(names, None, None).unwrap();
    let validity = Validity::days(Timestamp::now(), 10).unwrap();
    Template::new(&spec, Role::Leaf(profile), validity, Serial::random().unwrap()).unwrap()
}

fn issue(issuer: &Issuer, names: &[&str], profile: Profile, algorithm: Algorithm) -> CertificateDer<'static> {
    let key = PrivateKey::generate(algorithm).unwrap();
    let mut template = leaf_template(names, profile);
    template.validity = template.validity.within(issuer.validity()).unwrap();
    issuer.issue(&template, key.public()).unwrap()
}

#[track_caller]
fn webpki_trusts(
    leaf: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    root: &CertificateDer<'_>,
    name: &str,
) {
    let anchor = webpki::anchor_from_trusted_cert(root).unwrap();
    let certificate = webpki::EndEntityCert::try_from(leaf).unwrap();
    let usage = webpki::KeyUsage::server_auth();
    certificate
        .verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[anchor], intermediates, UnixTime::now(), usage, None, None)
        .unwrap_or_else(|error| panic!("{error:?}"));
    certificate.verify_is_valid_for_subject_name(&ServerName::try_from(name.to_owned()).unwrap()).unwrap();
}

struct Files(tempfile::TempDir);

impl Files {
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[track_caller]
fn openssl_strict(root: &Path, intermediates: Option<&Path>, leaf: &Path, more: &[&str]) {
    let text = |path: &Path| path.display().to_string();
    let mut arguments = vec!["verify".to_owned(), "-x509_strict".into(), "-CAfile".into(), text(root)];
    if let Some(path) = intermediates {
        arguments.extend(["-untrusted".to_owned(), text(path)]);
    }
    arguments.extend(more.iter().map(ToString::to_string));
    arguments.push(text(leaf));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (good, said) = run("openssl", &arguments);
    assert!(good, "{said}");
}

#[test]
fn every_algorithm_issues_what_webpki_and_openssl_strict_take() {
    let files = Files(tempfile::tempdir().unwrap());
    for name in Algorithm::NAMES {
        let algorithm: Algorithm = name.parse().unwrap();
        let root = plan("/O=Example/CN=root", algorithm, Some(0), &[]).root().unwrap();
        let leaf = issue(&root, &["host.example", "10.0.0.1", "::1"], Profile::Server, algorithm);
        webpki_trusts(&leaf, &[], &root.chain()[0], "host.example");
        let root_file = files.write("root.pem", &pem::chain(root.chain()));
        let leaf_file = files.write("leaf.pem", &pem::certificate(&leaf));
        openssl_strict(&root_file, None, &leaf_file, &["-purpose", "sslserver", "-verify_hostname", "host.example"]);
        let said = Inspected::from_der(&leaf).unwrap();
        assert_eq!(said.names.all(), ["host.example", "10.0.0.1", "::1"]);
    }
}

#[test]
fn every_algorithm_signs_itself_and_is_its_own_anchor() {
    let files = Files(tempfile::tempdir().unwrap());
    for name in Algorithm::NAMES {
        let key = PrivateKey::generate(name.parse().unwrap()).unwrap();
        let certificate = self_sign(&leaf_template(&["localhost", "127.0.0.1"], Profile::Server), &key).unwrap();
        let said = Inspected::from_der(&certificate).unwrap();
        assert!(said.self_signed && !said.authority.ca, "{name}");
        let file = files.write("self.pem", &pem::certificate(&certificate));
        openssl_strict(&file, None, &file, &["-purpose", "sslserver", "-verify_hostname", "localhost"]);
    }
}

#[test]
fn a_ca_whose_name_holds_two_dcs_and_two_ous_issues_chains() {
    let files = Files(tempfile::tempdir().unwrap());
    let name = "/DC=org/DC=example/O=Example/OU=Infra/OU=PKI/CN=Example Root";
    let root = plan(name, Algorithm::P384, Some(1), &[]).root().unwrap();
    let below = name.replace("Root", "Issuing");
    let issuing = plan(&below, Algorithm::P256, Some(0), &[]);
    let issuing = Plan { validity: issuing.validity.within(root.validity()).unwrap(), ..issuing };
    let issuing = issuing.intermediate(&root).unwrap();
    let leaf = issue(&issuing, &["host.example"], Profile::Peer, Algorithm::Rsa(2048));
    webpki_trusts(&leaf, issuing.chain_to_send(), &root.chain()[0], "host.example");
    let root_file = files.write("root.pem", &pem::chain(root.chain()));
    let between = files.write("between.pem", &pem::chain(issuing.chain_to_send()));
    let leaf_file = files.write("leaf.pem", &pem::certificate(&leaf));
    openssl_strict(&root_file, Some(&between), &leaf_file, &["-purpose", "sslclient"]);
    let chain = files.write("chain.pem", &[&leaf_file, &between].map(|f| std::fs::read_to_string(f).unwrap()).concat());
    let (good, said) = run(
        "certtool",
        &["--verify", "--load-ca-certificate", root_file.to_str().unwrap(), "--infile", chain.to_str().unwrap()],
    );
    assert!(good, "{said}");
    let (_, subject) =
        run("openssl", &["x509", "-noout", "-issuer", "-nameopt", "compat", "-in", leaf_file.to_str().unwrap()]);
    assert!(subject.contains(&below), "{subject}");
}

#[test]
fn a_foreign_ca_with_an_odd_name_is_repeated_byte_for_byte() {
    let files = Files(tempfile::tempdir().unwrap());
    let key_file = files.0.path().join("ca.key");
    let ca_file = files.0.path().join("ca.pem");
    let (good, said) = run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-multivalue-rdn",
            "-subj",
            "/DC=org/DC=example/OU=A+OU=B/OU=C/CN=Foreign",
            "-keyout",
            key_file.to_str().unwrap(),
            "-out",
            ca_file.to_str().unwrap(),
            "-addext",
            "keyUsage=critical,keyCertSign",
        ],
    );
    assert!(good, "{said}");
    let blob = common::input::Blob::read(&ca_file).unwrap();
    let chain = blob.pieces().unwrap().require_certificates().unwrap();
    let key = PrivateKey::load(&common::input::Blob::read(&key_file).unwrap(), None).unwrap();
    let issuer = Issuer::new(chain, key).unwrap();
    let leaf = issue(&issuer, &["host.example"], Profile::Server, Algorithm::P256);
    webpki_trusts(&leaf, &[], &issuer.chain()[0], "host.example");
    let leaf_file = files.write("leaf.pem", &pem::certificate(&leaf));
    openssl_strict(&ca_file, None, &leaf_file, &[]);
}

#[test]
fn a_constrained_ca_is_held_to_its_names() {
    let files = Files(tempfile::tempdir().unwrap());
    let root = plan("/CN=home", Algorithm::P256, Some(0), &["home.example"]).root().unwrap();
    let leaf = issue(&root, &["nas.home.example"], Profile::Server, Algorithm::P256);
    webpki_trusts(&leaf, &[], &root.chain()[0], "nas.home.example");
    let root_file = files.write("root.pem", &pem::chain(root.chain()));
    openssl_strict(&root_file, None, &files.write("leaf.pem", &pem::certificate(&leaf)), &[]);

    let key = PrivateKey::generate(Algorithm::P256).unwrap();
    for outside in ["other.example", "10.0.0.1", "::1"] {
        let mut template = leaf_template(&[outside], Profile::Server);
        template.validity = root.validity();
        let refused = root.issue(&template, key.public()).unwrap_err().to_string();
        assert!(refused.contains(outside), "{refused}");
    }
}

#[test]
fn a_ca_held_to_addresses_issues_what_others_take() {
    let files = Files(tempfile::tempdir().unwrap());
    for permitted in [["10.0.0.0/8"].as_slice(), &["home.example", "10.0.0.0/8"]] {
        let root = plan("/CN=lan", Algorithm::P256, Some(0), permitted).root().unwrap();
        let leaf = issue(&root, &["10.1.2.3"], Profile::Server, Algorithm::P256);
        webpki_trusts(&leaf, &[], &root.chain()[0], "10.1.2.3");
        let root_file = files.write("root.pem", &pem::chain(root.chain()));
        let leaf_file = files.write("leaf.pem", &pem::certificate(&leaf));
        openssl_strict(&root_file, None, &leaf_file, &["-verify_ip", "10.1.2.3"]);
        let (root_file, leaf_file) = (root_file.to_str().unwrap(), leaf_file.to_str().unwrap());
        let (good, said) = run("certtool", &["--verify", "--load-ca-certificate", root_file, "--infile", leaf_file]);
        assert!(good, "{said}");

        // OpenSSL and GnuTLS would take the common name for a host, and refuse the certificate.
        let spec = Spec::new(&["10.1.2.3"], None, Some("10.1.2.3")).unwrap();
        let serial = Serial::random().unwrap();
        let template = Template::new(&spec, Role::Leaf(Profile::Server), root.validity(), serial).unwrap();
        let key = PrivateKey::generate(Algorithm::P256).unwrap();
        assert!(root.issue(&template, key.public()).unwrap_err().to_string().contains("10.1.2.3"));
    }
}

#[test]
fn a_ca_below_is_held_to_what_its_issuer_may_speak_for() {
    let root = plan("/CN=home", Algorithm::P256, None, &["home.example", "10.0.0.0/8"]).root().unwrap();
    let below = |permitted| {
        let plan = plan("/CN=below", Algorithm::P256, Some(0), &[permitted]);
        Plan { validity: root.validity(), ..plan }.intermediate(&root)
    };
    for inside in ["a.home.example", "10.1.0.0/16"] {
        assert!(below(inside).is_ok(), "{inside}");
    }
    for outside in ["other.example", "example", "10.0.0.0/7", "::/0"] {
        assert!(below(outside).unwrap_err().to_string().contains("may not speak for"), "{outside}");
    }
}

#[test]
fn the_policy_says_everything_it_objects_to() {
    let root = plan("/CN=root", Algorithm::P256, Some(0), &["home.example"]).root().unwrap();
    let key = PrivateKey::generate(Algorithm::P256).unwrap();
    let mut template = leaf_template(&["other.example", "10.0.0.1"], Profile::Server);
    template.validity = Validity::days(Timestamp::now(), 400).unwrap();
    let refused = root.issue(&template, key.public()).unwrap_err().to_string();
    for word in ["other.example", "10.0.0.1", "dates"] {
        assert!(refused.contains(word), "{refused}");
    }
    assert!(plan("/CN=below", Algorithm::P256, None, &[]).intermediate(&root).is_err());
}

#[test]
fn a_certificate_says_what_the_spec_asked_for_and_our_defaults() {
    let root = plan("/CN=root", Algorithm::P256, None, &[]).root().unwrap();
    let asked = ["a.example", "*.a.example", "10.0.0.1", "spiffe://a.example/x", "joe@a.example"];
    for (profile, algorithm, usages) in [
        (Profile::Server, Algorithm::P256, "Digital Signature\n"),
        (Profile::Server, Algorithm::Rsa(2048), "Digital Signature, Key Encipherment\n"),
        (Profile::Client, Algorithm::Rsa(2048), "Digital Signature\n"),
        (Profile::Peer, Algorithm::Ed25519, "Digital Signature\n"),
    ] {
        let files = Files(tempfile::tempdir().unwrap());
        let leaf = issue(&root, &asked, profile, algorithm);
        let said = Inspected::from_der(&leaf).unwrap();
        let spec = Spec::new(&asked, None, None).unwrap();
        let mut expected: Vec<String> = spec.names.iter().map(ToString::to_string).collect();
        let mut names = said.names.all();
        expected.sort();
        names.sort();
        assert_eq!(names, expected);
        assert_eq!(said.subject.text, "CN=a.example");
        assert_eq!(said.serial.len(), 32);
        assert!(said.not_before < Timestamp::now() - jiff::SignedDuration::from_mins(4));
        let file = files.write("leaf.pem", &pem::certificate(&leaf));
        let (_, text) = run("openssl", &["x509", "-noout", "-text", "-in", file.to_str().unwrap()]);
        assert!(text.contains(&format!("X509v3 Key Usage: critical\n                {usages}")), "{text}");
    }
}

#[test]
fn a_subject_that_is_empty_makes_the_names_critical() {
    let root = plan("/CN=root", Algorithm::P256, None, &[]).root().unwrap();
    let files = Files(tempfile::tempdir().unwrap());
    let root_file = files.write("root.pem", &pem::chain(root.chain()));
    let leaf = issue(&root, &["spiffe://a.example/x"], Profile::Peer, Algorithm::P256);
    let leaf_file = files.write("leaf.pem", &pem::certificate(&leaf));
    openssl_strict(&root_file, None, &leaf_file, &[]);
    let (_, text) = run("openssl", &["x509", "-noout", "-text", "-in", leaf_file.to_str().unwrap()]);
    assert!(text.contains("X509v3 Subject Alternative Name: critical"), "{text}");
    let template = leaf_template(&["spiffe://a.example/x"], Profile::Peer);
    assert!(self_sign(&template, &PrivateKey::generate(Algorithm::P256).unwrap()).is_err(), "an issuer has a name");
    assert!(Subject::empty().is_empty());
}
