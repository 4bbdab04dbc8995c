//! What a target begins with: inputs that get past its first checks.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use common::context::{ClientContext, Provider, danger_accept_any_server};
use common::input::{Blob, Pieces};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;

/// Writes the seeds of `target` into its corpus, beside what earlier runs have found.
pub(super) fn plant(target: &str, fuzz: &Path) -> Result<()> {
    let corpus = fuzz.join("corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
    for (number, seed) in seeds(target, fuzz)?.iter().enumerate() {
        let path = corpus.join(format!("seed-{number}"));
        fs::write(&path, seed).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn seeds(target: &str, fuzz: &Path) -> Result<Vec<Vec<u8>>> {
    let fixtures = || files(&fuzz.with_file_name("fixtures"));
    let own = || files(&fuzz.join("seeds").join(target));
    let both = || Ok::<_, anyhow::Error>([fixtures()?, own()?].concat());
    match target {
        "pem" => Ok(fixtures()?.into_iter().map(|file| file.bytes.expose().to_vec()).collect()),
        "certificate" => Ok(ders(&both()?, |pieces| to_vecs(&pieces.certificates))),
        "verify" => Ok(chains(&fixtures()?)),
        "crl" => Ok(ders(&both()?, |pieces| to_vecs(&pieces.crls))),
        "request" => Ok(ders(&own()?, |pieces| to_vecs(&pieces.requests))),
        "openssl_cnf" => {
            let files = files(&fuzz.with_file_name("fixtures").join("openssl_cnf"))?;
            Ok(files.into_iter().map(|file| file.bytes.expose().to_vec()).collect())
        }
        "client_hello" => [Provider::AwsLc, Provider::Ring].into_iter().map(client_hello).collect(),
        "session" => Ok(conversations()),
        _ => Ok(own()?.into_iter().map(|file| file.bytes.expose().to_vec()).collect()),
    }
}

fn to_vecs<D: AsRef<[u8]>>(ders: &[D]) -> Vec<Vec<u8>> {
    ders.iter().map(|der| der.as_ref().to_vec()).collect()
}

/// The DER in `files`; those that are broken on purpose hold none.
fn ders(files: &[Blob], of: fn(&Pieces) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    files.iter().filter_map(|file| file.pieces().ok()).flat_map(|pieces| of(&pieces)).collect()
}

/// Each file's certificates below the root of the fixtures, in the form that the target takes apart.
fn chains(files: &[Blob]) -> Vec<Vec<u8>> {
    let certificates = |file: &Blob| file.pieces().map(|pieces| pieces.certificates).unwrap_or_default();
    let root = files.iter().find(|file| file.name.ends_with("ca/root.pem")).map(certificates).unwrap_or_default();
    let chains = files.iter().map(certificates).filter(|chain| !chain.is_empty());
    let framed = |der: &[u8]| [&u16::try_from(der.len()).unwrap_or(u16::MAX).to_be_bytes(), der].concat();
    chains.map(|chain| root.iter().chain(&chain).flat_map(|der| framed(der)).collect()).collect()
}

/// Every file in `directory` and the directories in it, in order.
pub(crate) fn files(directory: &Path) -> Result<Vec<Blob>> {
    let listing = fs::read_dir(directory).with_context(|| format!("listing {}", directory.display()))?;
    let mut paths: Vec<PathBuf> = listing.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(Blob::read(&path)?);
        }
    }
    Ok(found)
}

/// What a client of ours says first.
fn client_hello(provider: Provider) -> Result<Vec<u8>> {
    let mut context = ClientContext::new(danger_accept_any_server(provider));
    context.policy.provider = provider;
    let mut client = ClientConnection::new(context.config()?, ServerName::try_from("localhost")?)?;
    let mut hello = Vec::new();
    client.write_tls(&mut hello)?;
    Ok(hello)
}

/// Instructions for `fuzz/targets/session.rs`: a handshake, data and a proper end; the same read byte by byte; and a
/// handshake in which a bit changes.
fn conversations() -> Vec<Vec<u8>> {
    let (read_all, read_little, answer, write, change, close) = ([1, 255], [0, 0], [2, 0], [3, 9], [4, 60], [7, 0]);
    let whole = [read_all, answer, read_all, answer, write, answer, read_all, answer, close, answer, read_all].concat();
    let slow = [[read_little; 40].concat(), whole.clone()].concat();
    let changed = [read_all, answer, change, read_all, answer].concat();
    vec![whole, slow, changed]
}
