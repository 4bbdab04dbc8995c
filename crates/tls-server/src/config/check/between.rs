//! What listeners may not have in common.

use std::collections::{HashMap, HashSet};

use super::super::checked::{Admin, Listener, Target};
use super::super::look::Look;
use super::super::problem::{Fault, Problem, Severity};
use super::super::raw::{Section, Source};
use super::super::shown::{Shown, ShownValue};
use super::super::{Origin, Place, Set, keys, values};

/// No two listeners have one name.
pub(super) fn names(listeners: &[Section], source: &Source, problems: &mut Vec<Problem>) {
    let mut taken = HashSet::new();
    for section in listeners {
        let Some(name) = section.given(&keys::NAME).first() else { continue };
        if !taken.insert(&name.value) {
            let fault = Fault::new("another listener has this name").advise("name one of them otherwise");
            Look::new(source, &keys::LISTENER, section, problems).report(&keys::NAME, name, fault);
        }
    }
}

/// No two listeners have one address. A port of 0 stands for another one each time.
pub(super) fn addresses(listeners: &[Section], admin: Option<&Admin>, source: &Source, problems: &mut Vec<Problem>) {
    // An address that is not there may be meant by what was not understood.
    let understood = problems.iter().all(|problem| problem.severity == Severity::Warning);
    let mut taken: HashMap<Place, (usize, Origin)> = HashMap::new();
    for (number, section) in listeners.iter().enumerate() {
        for (given, place) in places(section, understood) {
            // One that is given twice to one listener is one address.
            let (other, origin) = *taken.entry(place).or_insert((number, given.origin));
            if other != number {
                let fault = Fault::new(format_args!("another listener has this address ({origin})"))
                    .advise("take another port, or serve both with one listener");
                Look::new(source, &keys::LISTENER, section, problems).report(&keys::ADDRESS, &given, fault);
            }
        }
    }
    if let Some(Admin { address: Set { value: Target::Tcp(place), origin }, .. }) = admin
        && taken.contains_key(place)
    {
        let given = Set::new(place.to_string(), *origin);
        let fault = Fault::new("a listener has this address").advise("take another port");
        Look::new(source, &keys::ADMIN, &Section::default(), problems).report(&keys::ADMIN_ADDRESS, &given, fault);
    }
}

/// Where a listener is, as far as that can be read; what cannot has been told.
fn places(section: &Section, understood: bool) -> Vec<(Set<String>, Place)> {
    let default = keys::ADDRESS.default.filter(|_| understood).map(|text| Set::new(text.to_owned(), section.at));
    let given = match section.given(&keys::ADDRESS) {
        [] => default.into_iter().collect(),
        given => given.to_vec(),
    };
    let read = given.into_iter().filter_map(|given| values::place(&given).ok().map(|place| (given, place)));
    read.filter(|(_, place)| place.port() != 0).collect()
}

/// Gives each listener without a name one: the word of its service, with a number from the second on.
pub(super) fn name(listeners: &mut [Listener], shown: &mut Shown) {
    let mut taken: HashSet<String> = listeners.iter().map(|listener| listener.name.value.clone()).collect();
    let tables = shown.tables.iter_mut().filter(|shown| *shown.table == keys::LISTENER);
    for (listener, table) in listeners.iter_mut().zip(tables) {
        if !listener.name.is_empty() {
            continue;
        }
        let word = listener.service.word();
        let mut name = word.to_owned();
        let mut number = 1;
        while !taken.insert(name.clone()) {
            number += 1;
            name = format!("{word}-{number}");
        }
        table.add(ShownValue { key: &keys::NAME, text: name.clone(), origin: Origin::Default });
        listener.name = Set::new(name, Origin::Default);
    }
}
