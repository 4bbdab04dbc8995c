//! What is counted by listener.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counters::Count;

/// One worker's counters of one listener. Only that worker writes.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct ListenerCounters {
    accepted: Count,
    held: Count,
    refused: Count,
}

impl ListenerCounters {
    pub(crate) fn accepted(&self) {
        self.accepted.add(1);
        self.held.add(1);
    }

    /// A connection of this listener is closed.
    pub(crate) fn gone(&self) {
        self.held.subtract(1);
    }

    /// A newcomer was turned away.
    pub(crate) fn refused(&self) {
        self.refused.add(1);
    }

    /// The listener has another name now: its connections go along.
    pub(crate) fn hand_on(&self, connections: u64, to: &Self) {
        self.held.subtract(connections);
        to.held.add(connections);
    }
}

/// Sums of one listener over all workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerTotals {
    /// Its name.
    pub name: Arc<str>,
    /// Connections accepted.
    pub accepted: u64,
    /// Connections held now.
    pub connections: u64,
    /// Newcomers turned away.
    pub refused: u64,
}

/// The counters of every listener that there is, or was and still has connections, by name. Looked at when listeners
/// change and when somebody reads, never by a worker at work.
#[derive(Debug)]
pub(crate) struct Listeners {
    workers: usize,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    in_force: bool,
    workers: Vec<Arc<ListenerCounters>>,
}

impl Listeners {
    pub(crate) const fn new(workers: usize) -> Self {
        Self { workers, entries: Mutex::new(Vec::new()) }
    }

    /// A plan with these listeners is about to be in force. One that was there before counts on; those that are gone
    /// are forgotten after their last connection.
    pub(crate) fn announce<'a>(&self, names: impl Iterator<Item = &'a Arc<str>>) {
        let mut entries = self.lock();
        entries.retain(|entry| entry.in_force || entry.totals().connections > 0);
        entries.iter_mut().for_each(|entry| entry.in_force = false);
        for name in names {
            entry_of(&mut entries, name, self.workers).in_force = true;
        }
    }

    /// The counters of a listener that are this worker's.
    pub(crate) fn counters(&self, name: &Arc<str>, worker: usize) -> Arc<ListenerCounters> {
        let mut entries = self.lock();
        let counters = entry_of(&mut entries, name, self.workers).workers.get(worker);
        counters.map(Arc::clone).unwrap_or_default()
    }

    /// In the order in which they first came into force.
    pub(crate) fn totals(&self) -> Vec<ListenerTotals> {
        let entries = self.lock();
        let totals = entries.iter().map(|entry| (entry.in_force, entry.totals()));
        totals.filter(|(in_force, totals)| *in_force || totals.connections > 0).map(|(_, totals)| totals).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry_of<'a>(entries: &'a mut Vec<Entry>, name: &Arc<str>, workers: usize) -> &'a mut Entry {
    let place = entries.iter().position(|entry| entry.name == *name).unwrap_or_else(|| {
        let workers = (0..workers).map(|_| Arc::default()).collect();
        entries.push(Entry { name: Arc::clone(name), in_force: false, workers });
        entries.len() - 1
    });
    &mut entries[place]
}

impl Entry {
    fn totals(&self) -> ListenerTotals {
        let sum =
            |count: fn(&ListenerCounters) -> &Count| self.workers.iter().map(|worker| count(worker).value()).sum();
        ListenerTotals {
            name: Arc::clone(&self.name),
            accepted: sum(|worker| &worker.accepted),
            connections: sum(|worker| &worker.held),
            refused: sum(|worker| &worker.refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announce(listeners: &Listeners, names: &[&str]) {
        let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
        listeners.announce(names.iter());
    }

    fn seen(listeners: &Listeners) -> Vec<(String, u64, u64)> {
        let totals = listeners.totals().into_iter();
        totals.map(|listener| (listener.name.to_string(), listener.accepted, listener.connections)).collect()
    }

    #[test]
    fn a_listener_that_stays_counts_on_over_a_change() {
        let listeners = Listeners::new(2);
        announce(&listeners, &["web", "mail"]);
        listeners.counters(&"web".into(), 0).accepted();
        listeners.counters(&"web".into(), 1).accepted();
        announce(&listeners, &["ldap", "web"]);
        let web = listeners.counters(&"web".into(), 1);
        web.accepted();
        web.gone();
        assert_eq!(seen(&listeners), [("web".to_owned(), 3, 2), ("ldap".to_owned(), 0, 0)]);
    }

    #[test]
    fn a_listener_that_is_gone_is_forgotten_after_its_last_connection() {
        let listeners = Listeners::new(1);
        announce(&listeners, &["mail"]);
        let mail = listeners.counters(&"mail".into(), 0);
        mail.accepted();
        announce(&listeners, &["web"]);
        assert_eq!(seen(&listeners), [("mail".to_owned(), 1, 1), ("web".to_owned(), 0, 0)]);
        mail.gone();
        assert_eq!(seen(&listeners), [("web".to_owned(), 0, 0)]);
        announce(&listeners, &["web"]);
        announce(&listeners, &["web", "mail"]);
        assert_eq!(seen(&listeners), [("web".to_owned(), 0, 0), ("mail".to_owned(), 0, 0)]);
    }

    #[test]
    fn connections_go_along_with_a_listener_that_is_renamed() {
        let listeners = Listeners::new(1);
        announce(&listeners, &["old"]);
        let old = listeners.counters(&"old".into(), 0);
        old.accepted();
        announce(&listeners, &["new"]);
        let new = listeners.counters(&"new".into(), 0);
        old.hand_on(1, &new);
        new.gone();
        assert_eq!(seen(&listeners), [("new".to_owned(), 0, 0)]);
    }
}
