//! Changes under load, as many as an evening brings. One claim a file, its name the claim.

pub(super) mod changes;
pub(super) mod visitors;

mod a_thousand_reloads_and_twenty_upgrades_lose_nothing;

registry! {
    a_thousand_reloads_and_twenty_upgrades_lose_nothing,
}
