//! What a handshake costs with more workers, and with more names: it should be the same.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::plan::usual_visits;
use super::rounds::{Turn, cpu_of_operation, take_turns};
use super::{Effort, What};
use crate::bench::client::Load;
use crate::bench::cores::{all_cores, servers_core};
use crate::bench::figures::{Row, Work};
use crate::bench::servers::{Options, Service, start_ours, with_cores};
use crate::bench::site::{Certificate, Site};
use crate::bench::statistics::Spread;
use crate::process::memory;

const UNIT: &str = "µs of the server's CPU for a handshake";
const NAMES: usize = 100_000;
/// What a name may take, in bytes.
const BYTES_A_NAME: f64 = 2048.0;
/// The directory of their certificates, in the site's.
const DIRECTORY: &str = "names";

/// One worker and two, both where the load is too, as the load needs a core and two workers need two.
pub(super) fn workers(what: What, site: &Site, effort: Effort) -> Result<Vec<Work>> {
    let start = |workers| {
        let options =
            Options { workers, ..Options::one_worker(Service::Forward(site.backend.echo), Certificate::P256) };
        with_cores(&all_cores()?, || start_ours(site, &options))
    };
    let (one, two) = (start(1)?, start(2)?);
    let mut load = usual_visits(effort);
    load.shares_cores = true;
    let turns = [
        Turn::new("one worker", site, &one, load.clone()),
        Turn::new("two workers", site, &two, load).reaching(Some(1.05)),
    ];
    let rows = take_turns(&turns, effort.rounds, cpu_of_operation)?;
    Ok(vec![work(what.name(), "full handshake with two workers", "one worker", effort, rows)])
}

/// A directory of a hundred thousand names beside one name.
pub(super) fn names(what: What, site: &Site, effort: Effort) -> Result<Vec<Work>> {
    let count = effort.scaled(NAMES);
    write_names(&site.path().join(DIRECTORY), count)?;
    let start = |identity: Vec<String>| {
        let options = Options { service: Service::Echo, identity, workers: 1 };
        with_cores(&servers_core()?, || start_ours(site, &options))
    };
    let one = ["--cert", "names/0.crt", "--key", "names/0.key"].map(str::to_owned).to_vec();
    let (one, many) = (start(one)?, start(["--certs", DIRECTORY].map(str::to_owned).to_vec())?);
    let grown = memory(many.process())?.saturating_sub(memory(one.process())?);
    let asked = |number: usize| visit_of(&format!("www.customer-{number}.shop.example"), effort);
    let many_names = format!("{count} names");
    let turns = [
        Turn::new("one name", site, &one, asked(0)),
        Turn::new(&many_names, site, &many, asked(count / 2)).reaching(Some(1.05)),
    ];
    let rows = take_turns(&turns, effort.rounds, cpu_of_operation)?;

    #[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
    let each = grown as f64 / count as f64;
    let held = Row {
        name: many_names,
        figure: Spread::of(vec![each]),
        notes: vec![format!("{BYTES_A_NAME:.0} bytes at the most are to be reached")],
        ..Row::default()
    };
    let memory = Work {
        unit: "bytes of the server's memory (PSS) for a name".to_owned(),
        rounds: 1,
        ..work(format!("{}-memory", what.name()), "memory of a name", "", effort, vec![held])
    };
    Ok(vec![work(what.name(), "full handshake beside many names", "one name", effort, rows), memory])
}

fn visit_of(name: &str, effort: Effort) -> Load {
    let mut load = usual_visits(effort);
    (load.offer.name, load.offer.anchor) = (name.to_owned(), format!("{DIRECTORY}.pem"));
    load
}

fn work(name: String, title: &str, against: &str, effort: Effort, rows: Vec<Row>) -> Work {
    let (title, unit, against) = (title.to_owned(), UNIT.to_owned(), against.to_owned());
    let mut work = Work { name, title, unit, against, rounds: effort.rounds, rows };
    work.compare_rows();
    work
}

/// Certificates of one authority, each with its key, and the authority's beside the directory.
fn write_names(directory: &Path, count: usize) -> Result<()> {
    println!("   making {count} certificates");
    fs::create_dir(directory).context("making the directory of the names")?;
    let mut of_authority = CertificateParams::new(Vec::new())?;
    // Under another name than the leaves have, or each of them is checked for having signed itself.
    of_authority.distinguished_name.push(DnType::CommonName, "Authority");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(of_authority, KeyPair::generate()?)?;
    fs::write(directory.with_extension("pem"), authority.pem())?;
    let key = KeyPair::generate()?;
    let (now, month) = (SystemTime::now(), std::time::Duration::from_secs(30 * 86_400));
    for number in 0..count {
        let names = ["", "www."].map(|prefix| format!("{prefix}customer-{number}.shop.example"));
        let mut params = CertificateParams::new(names.to_vec())?;
        (params.not_before, params.not_after) = ((now - month).into(), (now + month).into());
        let leaf = params.signed_by(&key, &authority)?;
        fs::write(directory.join(format!("{number}.crt")), leaf.pem())?;
        fs::write(directory.join(format!("{number}.key")), key.serialize_pem())?;
    }
    Ok(())
}
