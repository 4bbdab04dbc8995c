//! A configuration file: it has problems, each told on one line, or what is shown of it says the same.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tls_server::config::Document;

fuzz_target!(|text: &str| {
    // A name that the system would have to look up in a directory of the machine is not what this is about.
    let read = |text: &str| Document::parse(text, Path::new("/nowhere/server.toml")).check();
    match read(text) {
        Err(problems) => {
            assert!(problems.errors().next().is_some(), "what is refused has an error");
            for problem in &problems.0 {
                assert!(!problem.to_string().contains('\n'), "{problem}");
            }
        }
        Ok(checked) => {
            let again = read(&checked.to_toml()).expect("what is shown can be read");
            let third = read(&again.to_toml()).expect("what is shown can be read");
            assert_eq!(again, third);
        }
    }
});
