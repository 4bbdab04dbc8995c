//! A scenario, and lists of them.

use anyhow::Result;

use super::harness::Harness;

/// A claim and how it is tried.
pub(super) struct Scenario {
    /// The claim, which is the name of its file.
    pub(super) name: &'static str,
    /// Fails where the claim does not hold.
    pub(super) run: fn(&Harness<'_>) -> Result<()>,
}

/// The modules' names are the scenarios' names. What is not listed does not compile without a warning.
macro_rules! registry {
    ($($name:ident),* $(,)?) => {
        /// In the order in which they are begun: the long ones first.
        pub(super) const ALL: &[crate::e2e::registry::Scenario] =
            &[$(crate::e2e::registry::Scenario { name: stringify!($name), run: $name::run }),*];
    };
}
