//! An openssl.cnf, read, and a request and a certificate made of what it says: both can be read back.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pki::key::{Algorithm, PrivateKey};
use pki::request::openssl_cnf::{Answer, Config, SECTION, Source, Wanted};
use pki::request::{Request, sign};

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(Algorithm::P256).expect("a key"));

/// A directory of one file, which may include itself, and an environment in which every name is its own value.
struct Surroundings<'a>(&'a [u8]);

impl Source for Surroundings<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        Ok(vec![(path.to_owned(), self.0.to_vec())])
    }
}

fuzz_target!(|bytes: &[u8]| {
    // What follows a zero byte is the file that is included.
    let mut files = bytes.splitn(2, |byte| *byte == 0);
    let (main, included) = (files.next().unwrap_or_default(), files.next().unwrap_or_default());
    let config = match Config::parse("the file", main, SECTION, &Surroundings(included)) {
        Ok(config) => config,
        Err(error) => {
            assert!(!error.problems().is_empty());
            return;
        }
    };
    let wanted = Wanted::default();
    if let Ok(contents) = config.request(KEY.public(), &wanted, &mut |_| Answer::Default) {
        let request = Request::from_der(&sign(&contents, &KEY).expect("it is signed")).expect("it is read back");
        assert!(request.check_possession().is_ok());
        assert_eq!(request.subject, contents.subject);
        let certificate = config.certificate(&contents.subject, KEY.public(), &[1]);
        if let Err(error) = certificate {
            assert!(!error.to_string().is_empty());
        }
    }
});
