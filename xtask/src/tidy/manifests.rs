//! Every crate takes the workspace's lints.

use toml::Table;

use super::Findings;
use super::source::SourceFile;

pub(super) fn check(file: &SourceFile, findings: &mut Findings) {
    let is_member = file.path == "xtask/Cargo.toml" || file.path.starts_with("crates/");
    if !is_member || !file.path.ends_with("/Cargo.toml") {
        return;
    }
    match file.text.parse::<Table>() {
        Ok(manifest) => {
            let taken = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
            if taken != Some(true) {
                findings.breach(file, None, "does not take the workspace's lints ([lints] workspace = true)");
            }
        }
        Err(error) => findings.breach(file, None, &format!("is no manifest: {}", error.message())),
    }
}
