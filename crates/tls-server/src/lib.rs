//! tls-server
