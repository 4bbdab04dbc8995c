//! The recipe that a configuration comes with, line by line, by OpenSSL and by us: the same key's public half, the same
//! request, and the same subject, extensions and key in the certificate.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

const CONFIGURATION: &str = "\
[req]
default_bits = 2048
default_md = sha256
prompt = no
distinguished_name = dn
req_extensions = v3_req
x509_extensions = v3_ca
[dn]
C = GB
O = Example Ltd
OU = Web
OU = Platform
CN = david.example
[v3_req]
subjectAltName = @alt_names
keyUsage = critical, digitalSignature, keyEncipherment
[v3_ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
basicConstraints = critical, CA:FALSE
subjectAltName = @alt_names
[alt_names]
DNS.1 = david.example
DNS.2 = www.david.example
IP.1 = 127.0.0.1
";

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("openssl.cnf", CONFIGURATION)?;
    let openssl = |line: &str| harness.peer("openssl")?.words(line).run()?.succeeds();
    let pki = |line: &str| harness.pki().words(line).run()?.succeeds();

    // The key is one of ours, which OpenSSL reads; each line is then run by both.
    pki("key new --alg rsa-2048 --out david.key")?;
    openssl("rsa -in david.key -check -noout")?;
    openssl("rsa -in david.key -pubout -out theirs.pub")?;
    pki("key public david.key --out ours.pub")?;
    ensure!(harness.read("theirs.pub")? == harness.read("ours.pub")?, "the public keys differ");

    openssl("req -new -key david.key -out theirs.csr -config openssl.cnf")?;
    pki("csr new --key david.key --out ours.csr --config openssl.cnf")?;
    ensure!(harness.read("theirs.csr")? == harness.read("ours.csr")?, "the requests differ");

    openssl("req -x509 -key david.key -in theirs.csr -out theirs.crt -config openssl.cnf -set_serial 1000")?;
    pki("cert self-signed --csr ours.csr --key david.key --out ours.crt --config openssl.cnf --serial 1000")?;
    let read = |file: &str| {
        let said = openssl(&format!("x509 -in {file} -noout -text -certopt no_sigdump,no_validity"))?;
        Ok::<_, anyhow::Error>(said.stdout)
    };
    let (theirs, ours) = (read("theirs.crt")?, read("ours.crt")?);
    ensure!(theirs == ours, "OpenSSL reads out of its own certificate\n{theirs}\nand out of ours\n{ours}");

    // One file for both, as a server takes it.
    pki("cert self-signed --csr ours.csr --key david.key --config openssl.cnf --pem david.pem")?;
    openssl("verify -CAfile david.pem -verify_hostname www.david.example david.pem")?;
    openssl("pkey -in david.pem -check -noout")?;

    // Without --config what belongs to an issuer is ours to say.
    pki("cert self-signed --csr ours.csr --key david.key --out plain.crt")?;
    openssl("x509 -in plain.crt -noout -ext extendedKeyUsage")?.says("TLS Web Server Authentication")?;
    Ok(())
}
