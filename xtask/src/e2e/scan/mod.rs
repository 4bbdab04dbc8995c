//! What other people's scanners say of the server. One claim a file, its name the claim.

mod expected;
mod fuzzer;
mod sslyze_finds_mozillas_profiles;
mod testssl_finds_nothing_above_low;
mod tlsfuzzer_is_answered_as_expected;

registry! {
    testssl_finds_nothing_above_low,
    sslyze_finds_mozillas_profiles,
    tlsfuzzer_is_answered_as_expected,
}
