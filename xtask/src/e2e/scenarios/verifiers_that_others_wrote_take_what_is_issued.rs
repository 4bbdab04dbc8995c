//! One certificate of every profile, below a CA that is held to names, with lists: OpenSSL, GnuTLS and Python take them
//! at their strictest, and refuse the one that was revoked.

use anyhow::Result;

use crate::e2e::harness::Harness;
use crate::e2e::hierarchy::{self, LEAVES, Purpose};

pub(super) fn run(harness: &Harness) -> Result<()> {
    hierarchy::make(harness)?;
    let openssl = |line: &str| harness.peer("openssl")?.words(line).run();
    for leaf in LEAVES {
        let purpose = match leaf.purpose {
            Purpose::Server => "-purpose sslserver",
            Purpose::Client => "-purpose sslclient",
            Purpose::Mail => "-purpose smimesign",
            Purpose::Code => "",
        };
        let file = leaf.file;
        let checks = "verify -x509_strict -crl_check_all -CRLfile both.crl -CAfile root.pem -untrusted issuing.pem";
        openssl(&format!("{checks} {purpose} {file}"))?.succeeds()?.says("OK")?;
    }
    let revoked =
        "verify -x509_strict -crl_check_all -CRLfile both.crl -CAfile root.pem -untrusted issuing.pem revoked.pem";
    openssl(revoked)?.fails()?.mentions("revoked")?;
    openssl("x509 -in issuing.pem -noout -issuer")?
        .succeeds()?
        .says("issuer=DC = example, DC = corp, O = Corp, OU = People, OU = Machines, CN = Root")?;

    for leaf in LEAVES {
        let chain = harness.read(leaf.file)?;
        harness.write("chain.pem", [chain, harness.read("root.pem")?].concat())?;
        let certtool =
            harness.peer("certtool")?.words("--verify --verify-profile medium --load-ca-certificate root.pem");
        certtool.words("--infile chain.pem").run()?.succeeds()?.says("The certificate is trusted")?;
    }
    let python = harness.python("strict.py")?.words("root.pem web.pem web.key web.corp.example");
    python.run()?.succeeds()?.says("trusted")?;
    harness.pki().words("crl show issuing.crl --issuer issuing.pem").run()?.succeeds()?.says("keyCompromise")?;
    Ok(())
}
