//! One form into another.

pub mod pem;
