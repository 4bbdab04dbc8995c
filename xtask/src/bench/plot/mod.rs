//! Figures as pictures: SVG that needs nothing beside it, for light and for dark pages.

mod bars;
mod latencies;
mod svg;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::figures::{Figures, Work};
use super::servers::Contestant;

/// A picture that was written.
pub(super) struct Drawn {
    pub(super) file: &'static str,
    pub(super) title: &'static str,
}

/// Draws what there is to draw into `directory`.
pub(super) fn write(figures: &Figures, directory: &Path) -> Result<Vec<Drawn>> {
    fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    let nginx = Contestant::Nginx.name();
    let (beside, alone): (Vec<&Work>, Vec<&Work>) =
        figures.works.iter().filter(has_ratios).partition(|work| work.against == nginx);
    let visits: Vec<&Work> = beside.iter().copied().filter(|work| work.unit.contains("handshake")).collect();
    let pictures = [
        ("beside.svg", "CPU and memory over nginx stream's, the same work in the same run", bars::draw(&beside)),
        ("growth.svg", "What else is held against what", bars::draw(&alone)),
        (
            "latencies.svg",
            "How long a visit takes: connecting, handshake, a byte there and back",
            latencies::draw(&visits),
        ),
    ];
    let mut drawn = Vec::new();
    for (file, title, picture) in pictures {
        if let Some(picture) = picture {
            let path = directory.join(file);
            fs::write(&path, picture.finish(title)).with_context(|| format!("writing {}", path.display()))?;
            drawn.push(Drawn { file, title });
        }
    }
    Ok(drawn)
}

fn has_ratios(work: &&Work) -> bool {
    work.rows.iter().any(|row| row.ratio.is_some())
}
