//! What is done with a connection once it is open.

mod echo;
mod hello;
mod http;

pub use echo::Echo;
pub use hello::{ANSWER, Hello, Received, Sink};
