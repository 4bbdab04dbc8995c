//! What there is to tell of backends that is no single connection's.

use std::fmt;
use std::sync::Arc;

use engine::Target;

use super::health::{FAILURES, WINDOW};
use super::resolve::ResolveError;
use super::status::Fault;
use super::target::Backend;

/// A change for the better or for the worse.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A worker has sent a backend to rest: it is passed over while there are others.
    Rests {
        /// The backend, as it was given.
        backend: String,
        /// Where it is.
        target: Target,
        /// Why it was not reached.
        fault: Fault,
    },
    /// A worker has reached a backend that rested.
    Back {
        /// The backend, as it was given.
        backend: String,
        /// Where it is.
        target: Target,
    },
    /// It could not be found out where a backend is now; it stays where it was. Told once, until it can be again.
    Kept(ResolveError),
    /// A backend is somewhere else now.
    Moved {
        /// The backend, as it was given.
        backend: Backend,
        /// Where it is.
        targets: Vec<Target>,
    },
}

/// Is told each [`Notice`], by a worker or by the thread that resolves names. Must not block.
pub type Tell = Arc<dyn Fn(&Notice) + Send + Sync>;

impl Notice {
    /// Whether it is for the worse.
    pub const fn is_trouble(&self) -> bool {
        matches!(self, Self::Rests { .. } | Self::Kept(_))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rests { backend, target, fault } => {
                let within = WINDOW.as_secs();
                write!(
                    f,
                    "the backend {} was not reached {FAILURES} times within {within} s: {fault}",
                    At(backend, target)
                )
            }
            Self::Back { backend, target } => write!(f, "the backend {} is reached again", At(backend, target)),
            Self::Kept(error) => write!(f, "{error}; the addresses that were known are kept"),
            Self::Moved { backend, targets } => {
                let targets: Vec<String> = targets.iter().map(Target::to_string).collect();
                write!(f, "the backend {backend} is at {} now", targets.join(", "))
            }
        }
    }
}

/// A backend as it was given, and where that is if it does not say so itself.
struct At<'a>(&'a str, &'a Target);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.1.to_string();
        if self.0 == target { f.write_str(&target) } else { write!(f, "{} ({target})", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_once() {
        let target = Target::Tcp("127.0.0.1:5".parse().unwrap());
        let back = |backend: &str| Notice::Back { backend: backend.into(), target: target.clone() }.to_string();
        assert_eq!(back("127.0.0.1:5"), "the backend 127.0.0.1:5 is reached again");
        assert_eq!(back("db:5"), "the backend db:5 (127.0.0.1:5) is reached again");
        let rests = Notice::Rests { backend: "127.0.0.1:5".into(), target, fault: Fault::Refused };
        assert!(rests.to_string().ends_with("was not reached 3 times within 10 s: nothing listens there"), "{rests}");
    }
}
