//! What `cargo xtask verifiers` runs: what other people's verifiers and linters say of what we issue.

mod java_takes_what_is_issued;
mod nss_takes_what_is_issued;
mod pkilint_finds_nothing;

registry! {
    java_takes_what_is_issued,
    nss_takes_what_is_issued,
    pkilint_finds_nothing,
}
