//! How the backends stand, as `/status` and the metrics show it: one entry for each that was given.

use super::Forward;
use super::status::BackendStatus;
use crate::status;

impl Forward {
    /// One entry for each backend as it was given, for the listener of this name. A name that stands for several
    /// places is up as long as one of them is.
    pub fn status(&self, listener: &str) -> Vec<status::Backend> {
        let places = self.backends();
        let given = self.settings().backends.iter().map(ToString::to_string);
        given.map(|backend| summary(listener, backend, &places)).collect()
    }
}

fn summary(listener: &str, backend: String, places: &[BackendStatus]) -> status::Backend {
    let own: Vec<&BackendStatus> = places.iter().filter(|place| place.backend == backend).collect();
    let last = own.iter().filter(|place| place.last_failed.is_some()).max_by_key(|place| place.last_failed);
    let last_error = last.and_then(|place| Some(format!("{}: {}", place.target, place.last_fault?)));
    status::Backend {
        listener: listener.to_owned(),
        target: backend,
        // Before a worker has looked at it nothing speaks against it.
        up: own.is_empty() || own.iter().any(|place| place.resting < place.workers),
        connections: own.iter().map(|place| place.connections as u64).sum(),
        connects: own.iter().map(|place| place.reached).sum(),
        failures: own.iter().map(|place| place.failed).sum(),
        last_error,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use engine::Target;

    use super::*;
    use crate::services::forward::Fault;

    fn place(address: &str, resting: usize, last_fault: Option<Fault>) -> BackendStatus {
        BackendStatus {
            backend: "db:5".into(),
            target: Target::Tcp(address.parse().unwrap()),
            connections: 2,
            reached: 3,
            failed: 4,
            last_fault,
            last_failed: last_fault.map(|_| SystemTime::now()),
            resting,
            workers: 2,
        }
    }

    #[test]
    fn a_name_is_up_as_long_as_one_of_its_places_is() {
        let (down, up) = (place("127.0.0.1:5", 2, Some(Fault::Refused)), place("127.0.0.2:5", 1, None));
        let shown = summary("main", "db:5".into(), &[down.clone(), up]);
        assert_eq!((shown.up, shown.connections, shown.connects, shown.failures), (true, 4, 6, 8));
        assert_eq!(shown.last_error.unwrap(), "127.0.0.1:5: nothing listens there");
        assert!(!summary("main", "db:5".into(), &[down]).up);
        let unknown = summary("main", "db:6".into(), &[place("127.0.0.1:5", 2, None)]);
        assert_eq!((unknown.up, unknown.connects, unknown.last_error), (true, 0, None));
    }
}
