//! tls-client
