//! What is done with a connection once it is open.

mod echo;
pub mod forward;
mod hello;
mod http;

pub use echo::Echo;
pub use forward::Forward;
pub use hello::{ANSWER, Hello, Received, Sink};
#[doc(hidden)]
pub use http::http_requests;
pub use http::{ClientCertificates, Http, HttpError, HttpOptions};
