//! Several processes on one store.

use std::env;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::SystemClock;
use store::{Authority, Change, Location, Store};

const PLACE: &str = "STORE_TEST_PLACE";
const NAME: &str = "STORE_TEST_NAME";

fn open(location: &Location) -> store::Result<Arc<dyn Store>> {
    store::open(location, Arc::new(SystemClock))
}

/// What each process does: nothing, unless the test below started it.
#[test]
fn one_process() {
    let (Ok(place), Ok(name)) = (env::var(PLACE), env::var(NAME)) else { return };
    let authority = Authority {
        chain: vec![b"certificate".to_vec()],
        key: Some(name.clone().into_bytes().into()),
        created: jiff::Timestamp::UNIX_EPOCH,
        name,
    };
    open(&Location::directory(place)).unwrap().apply(Change::new("test").insert_authority(authority)).unwrap();
}

#[test]
fn processes_that_make_one_store_at_once_end_with_one_key_and_one_store() {
    let scratch = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let place = scratch.path().join(format!("{round}/store"));
        let processes: Vec<_> = (0..8)
            .map(|number| {
                Command::new(env::current_exe().unwrap())
                    .args(["--exact", "one_process"])
                    .env(PLACE, &place)
                    .env(NAME, number.to_string())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        let store = open(&Location::directory(place)).unwrap();
        let authorities = store.authorities().unwrap();
        assert_eq!(authorities.len(), 8);
        // Each opens under the one key, whichever process sealed it.
        assert!(authorities.iter().all(|row| row.key.as_ref().unwrap().expose() == row.name.as_bytes()));
        assert_eq!(store.history().unwrap().len(), 8);
    }
}
