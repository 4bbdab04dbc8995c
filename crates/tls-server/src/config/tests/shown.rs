use super::*;

/// A directory with whatever a configuration can name, and a file there that uses every key but `min_version`,
/// `max_version`, `root`, `passphrase_env`, which others exclude; they are in the second listener and the third.
fn everything() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.pem", "a.key", "b.pem", "ca.pem", "ca.crl", "tickets", "secret"] {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = directory.path().join(name);
        let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).unwrap();
        file.write_all(b"x").unwrap();
    }
    fs::create_dir(directory.path().join("certs")).unwrap();
    let text = r#"
instance = "shop"
store = "store"
workers = 4

[limits]
max_connections = 20_000
max_per_ip = 0x10
max_handshake_rate = 500
handshake_timeout = "8s"
idle_timeout = "2m"
drain_timeout = "0s"

[admin]
address = "0.0.0.0:9000"
client_ca = "ca.pem"

[log]
format = "json"
access = "access.log"
keylog = "keys.log"

[[listener]]
name = "shop"
address = ["0.0.0.0:443", "localhost:8443"]
service = "forward"
targets = ["127.0.0.1:80", "unix:backend.sock", "db.example.com:80"]
balance = "least-connections"
connect_timeout = "250ms"
proxy_protocol = "v2"
plain_remote = true
accept_proxy = ["10.0.0.0/8", "::1"]
cert = "a.pem"
key = "a.key"
pem = ["b.pem", "store:c"]
certs = "certs"
store_names = "shop"
default_name = "shop.example.com"
strict_sni = true
passphrase_file = "secret"
client_auth = "required"
client_ca = "ca.pem"
crl = "ca.crl"
allow = ["cn=alice", "dns=*.example.com"]
profile = "modern"
ciphers = "TLS_AES_256_GCM_SHA384"
groups = "X25519"
alpn = ["h2", "http/1.1"]
provider = "ring"
tickets = true
ticket_keys = "tickets"
max_connections = 100
handshake_timeout = "5s"
idle_timeout = "1h"

[[listener]]
address = "localhost:1"
service = "http"
root = "certs"
min_version = "1.2"
max_version = "1.2"

[[listener]]
address = "localhost:2"
pem = "b.pem"
passphrase_env = "SECRET"
"#;
    (directory, text.to_owned())
}

#[test]
fn every_key_is_read_and_shown_and_read_back() {
    let (directory, text) = everything();
    let checked = Document::parse(&text, &directory.path().join("server.toml")).check().unwrap();
    let shown = checked.to_toml();
    for table in keys::TABLES {
        for key in table.keys {
            let line = format!("\n{} = ", key.name);
            assert!(text.contains(&line) && shown.contains(&line), "{} in {text}\n{shown}", table.path(key.name));
        }
    }
    // Wherever the file is put, it says the same.
    let again = Document::parse(&shown, Path::new("/elsewhere/server.toml")).check().unwrap();
    assert_eq!(again.to_toml().replace("line", ""), again.to_toml().replace("line", ""));
    assert_eq!(checked, again);
}

#[test]
fn each_value_is_shown_with_where_it_came_from() {
    let mut document = Document::parse("workers = 2\n[[listener]]\nstrict_sni = true\n", Path::new("dir/server.toml"));
    document.raw.take_environment(|name| (name == "LATCHKEY_STORE").then(|| "/srv/store".into()));
    document.raw.limits.flag(&keys::DRAIN_TIMEOUT, ["5s"]);
    let checked = document.check().unwrap();
    let expected = r#"# What is in force. Behind each value stands where it came from.
# A line is one of dir/server.toml.

store = "/srv/store"  # LATCHKEY_STORE
workers = 2  # line 1

[limits]
handshake_timeout = "10s"  # default
idle_timeout = "5m"  # default
drain_timeout = "5s"  # --drain-timeout

[log]
format = "text"  # default

[[listener]]
name = "hello"  # default
address = ["127.0.0.1:8443"]  # default
service = "hello"  # default
strict_sni = true  # line 3
client_auth = "none"  # default
provider = "aws-lc"  # default
tickets = true  # default
"#;
    assert_eq!(checked.to_toml(), expected);
    let document = serde_json::to_value(checked.to_document()).unwrap();
    assert_eq!(document["process"]["workers"]["value"], 2);
    assert_eq!(document["process"]["workers"]["origin"]["line"], 1);
    assert_eq!(document["limits"]["drain_timeout"]["origin"]["name"], "--drain-timeout");
    assert_eq!(document["listeners"][0]["strict_sni"]["value"], true);
    assert_eq!(document["listeners"][0]["address"]["value"][0], "127.0.0.1:8443");
}
