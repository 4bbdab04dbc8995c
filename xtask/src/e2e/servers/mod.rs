//! Other people's servers and clients with `tls-server` between or before them. One claim a file, its name the claim.

mod browser;
mod postgres;

mod a_hundred_http2_streams_go_through_forward;
mod chromium_shows_what_was_agreed;
mod chromium_speaks_websocket_through_forward;
mod postgresql_goes_through_forward_whole;
mod websocket_goes_through_forward_unharmed;

registry! {
    postgresql_goes_through_forward_whole,
    a_hundred_http2_streams_go_through_forward,
    chromium_shows_what_was_agreed,
    chromium_speaks_websocket_through_forward,
    websocket_goes_through_forward_unharmed,
}
