//! A hundred thousand names: what they take. It writes 200,000 files and takes minutes, and is therefore built with the
//! feature `measure` alone.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::context::{Policy, Provider};

use super::super::{Identities, Ready, Unknown};
use super::specimens::{Bell, Shelf, client, is, pair, setting, shown, with_hello};

/// What this process has in memory, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// What the threads of this process have worked, which another process's work does not lengthen.
fn worked() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).unwrap())
}

/// Measures, and asserts only what the design promises. Run it by name, alone:
/// `cargo test -p tls-server --lib --features measure --config profile.dev.opt-level=3 -- --nocapture a_hundred_thousand`.
#[test]
fn a_hundred_thousand_names_are_indexed_in_little_memory() {
    const COUNT: usize = 100_000;
    let shelf = Shelf::new();
    let authority = rcgen::CertifiedIssuer::self_signed(
        {
            let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
            // Under another name than the leaves have, or each of them is checked for having signed itself.
            params.distinguished_name.push(rcgen::DnType::CommonName, "Authority");
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            params
        },
        rcgen::KeyPair::generate().unwrap(),
    )
    .unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = authority.pem();
    for number in 0..COUNT {
        let mut params = rcgen::CertificateParams::new(vec![
            format!("customer-{number}.shop.example"),
            format!("www.customer-{number}.shop.example"),
        ])
        .unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let leaf = params.signed_by(&key, &authority).unwrap();
        let stem = shelf.path().join(format!("customer-{number}"));
        fs::write(stem.with_extension("crt"), format!("{}{issuer}", leaf.pem())).unwrap();
        fs::write(stem.with_extension("key"), key.serialize_pem()).unwrap();
    }
    let setting = setting(Unknown::Default);
    assert_eq!(setting.options.policy.provider, Provider::AwsLc);
    let (before, began, work) = (resident(), Instant::now(), worked());
    let identities = Arc::new(Identities::open(&[shelf.source()], &setting.options).unwrap().0);
    let (took, each) = (began.elapsed(), (resident() - before) / COUNT);
    println!("indexed {} in {took:?}, work {:?}, {each} bytes each", identities.len(), worked() - work);
    let (before, began, work) = (resident(), Instant::now(), worked());
    let again = identities.reload(&[shelf.source()], &setting.options).unwrap().0;
    let more = resident().saturating_sub(before) / COUNT;
    println!("nothing changed: {:?}, work {:?}, {more} bytes more for each", began.elapsed(), worked() - work);
    drop(again);

    let any = client(Policy::default());
    with_hello("www.customer-77777.shop.example", &any, |hello| {
        let bell = Arc::new(Bell::default());
        while identities.ready(Some(hello), &bell.waiter()) == Ready::Later {
            bell.wait_for(1);
        }
        let work = worked();
        for _ in 0..100_000 {
            assert_eq!(identities.ready(Some(hello), &|| panic!("it is there")), Ready::Yes);
        }
        println!("one look-up: {:?}", (worked() - work) / 100_000);
    });

    let (before, work, bell) = (resident(), worked(), Arc::new(Bell::default()));
    for number in 1..=10_000 {
        let name = format!("customer-{number}.shop.example");
        with_hello(&name, &any, |hello| {
            while identities.ready(Some(hello), &bell.waiter()) == Ready::Later {
                bell.wait_for(bell.made.load(Ordering::Relaxed));
            }
        });
    }
    let (each_loaded, work) = ((resident() - before) / 10_000, (worked() - work) / 10_000);
    println!("loaded: {each_loaded} bytes and {work:?} each, the client's hello included");
    assert!(each <= 2048, "{each} bytes each");
    let one = pair(&["one.example"]);
    assert!(!is(&shown(&identities, "customer-5.shop.example", Policy::default()).unwrap(), &one));
}
