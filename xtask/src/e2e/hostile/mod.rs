//! What takes the machine to itself: thousands of connections. One claim a file, its name the claim.

mod eight_thousand_connections_are_forwarded;
mod fifteen_thousand_connections_are_held;

registry! {
    fifteen_thousand_connections_are_held,
    eight_thousand_connections_are_forwarded,
}
