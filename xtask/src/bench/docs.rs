//! The tables and plots of docs/performance.md, which stand between two marks and are made anew.

use std::fs;

use anyhow::{Context as _, Result};

use super::figures::Figures;
use super::{plot, table};
use crate::workspace;

const PAGE: &str = "docs/performance.md";
const PLOTS: &str = "docs/img";
const BEGIN: &str = "<!-- figures: written by `cargo xtask bench --write-docs` -->";
const END: &str = "<!-- end of figures -->";

/// Replaces what stands between the marks, and the plots.
pub(super) fn write(figures: &Figures) -> Result<()> {
    let root = workspace::root()?;
    let page = root.join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| format!("reading {PAGE}"))?;
    let drawn = plot::write(figures, &root.join(PLOTS))?;
    let new = replaced(&text, &section(figures, &drawn)).with_context(|| format!("{PAGE} has no {BEGIN}"))?;
    fs::write(&page, new).with_context(|| format!("writing {PAGE}"))
}

fn section(figures: &Figures, drawn: &[plot::Drawn]) -> String {
    let machine = &figures.machine;
    let mut text = format!(
        "Measured at commit `{}` on {} ({} cores with {}; {} GiB), {}, {}.\n",
        figures.commit,
        machine.processor,
        machine.cores,
        machine.instructions.join(", "),
        machine.memory_gib,
        machine.kernel,
        machine.rust
    );
    if !figures.versions.is_empty() {
        let versions: Vec<String> =
            figures.versions.iter().map(|(name, version)| format!("{name}: {version}")).collect();
        text.push_str(&format!("The others: {}.\n", versions.join("; ")));
    }
    for plot in drawn {
        text.push_str(&format!("\n![{}](img/{})\n", plot.title, plot.file));
    }
    for work in &figures.works {
        text.push('\n');
        text.push_str(&table::of_work(work));
    }
    text
}

fn replaced(page: &str, section: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{section}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let once = replaced(&page, "new").unwrap();
        assert_eq!(once, format!("before\n{BEGIN}\n\nnew\n{END}\nafter\n"));
        assert_eq!(replaced(&once, "new"), Some(once));
        assert_eq!(replaced("no marks", "new"), None);
    }
}
