//! Which backend is next. Each worker goes by its own connections.

use std::time::Instant;

use super::health::Health;
use crate::config::Balance;

/// What is known of a backend when one is chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) connections: usize,
    pub(super) health: Health,
}

/// Chooses, and remembers where it was.
#[derive(Debug)]
pub(super) struct Rotation {
    balance: Balance,
    next: usize,
}

impl Rotation {
    pub(super) const fn new(balance: Balance) -> Self {
        Self { balance, next: 0 }
    }

    /// One of `count` backends. `standing` gives none for those that are out of the question. One that rests is
    /// chosen only where every one does, and then the one that was tried longest ago.
    pub(super) fn choose(
        &mut self,
        count: usize,
        standing: impl Fn(usize) -> Option<Standing>,
        now: Instant,
    ) -> Option<usize> {
        let from = self.next;
        let inward = || {
            let indices = (0..count).map(move |step| (from + step) % count);
            indices.filter_map(|index| Some((index, standing(index)?)))
        };
        let mut awake = inward().filter(|(_, standing)| !standing.health.rests(now));
        let chosen = match self.balance {
            Balance::RoundRobin => awake.next(),
            Balance::LeastConnections => awake.min_by_key(|(_, standing)| standing.connections),
        };
        let (index, _) = chosen.or_else(|| inward().min_by_key(|(_, standing)| standing.health.tried()))?;
        self.next = (index + 1) % count;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::services::forward::health::{FAILURES, LONGEST_PAUSE};

    fn standing(connections: usize) -> Standing {
        Standing { connections, health: Health::default() }
    }

    fn resting(since: Instant) -> Standing {
        let mut health = Health::default();
        for _ in 0..FAILURES {
            health.fail(since);
        }
        Standing { connections: 0, health }
    }

    fn choices(balance: Balance, standings: &[Standing], now: Instant, count: usize) -> Vec<usize> {
        let mut rotation = Rotation::new(balance);
        (0..count).map(|_| rotation.choose(standings.len(), |n| Some(standings[n]), now).unwrap()).collect()
    }

    #[test]
    fn one_comes_after_the_other() {
        let now = Instant::now();
        let standings = [standing(9), standing(0), standing(0)];
        assert_eq!(choices(Balance::RoundRobin, &standings, now, 5), [0, 1, 2, 0, 1]);
    }

    #[test]
    fn the_fewest_connections_decide_and_then_the_turn() {
        let now = Instant::now();
        let standings = [standing(2), standing(1), standing(3), standing(1)];
        assert_eq!(choices(Balance::LeastConnections, &standings, now, 4), [1, 3, 1, 3]);
    }

    #[test]
    fn those_that_rest_are_passed_over_while_another_does_not() {
        let now = Instant::now();
        let standings = [standing(5), resting(now), standing(5)];
        for balance in [Balance::RoundRobin, Balance::LeastConnections] {
            assert_eq!(choices(balance, &standings, now, 3), [0, 2, 0]);
        }
    }

    #[test]
    fn when_all_rest_the_one_tried_longest_ago_is_tried() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let standings = [resting(at(20)), resting(at(10)), resting(at(30))];
        assert_eq!(choices(Balance::RoundRobin, &standings, at(40), 1), [1]);
    }

    #[test]
    fn nothing_is_chosen_where_nothing_is_left() {
        let mut rotation = Rotation::new(Balance::RoundRobin);
        assert_eq!(rotation.choose(3, |_| None, Instant::now()), None);
        assert_eq!(rotation.choose(0, |_| Some(standing(0)), Instant::now()), None);
    }

    /// What happens to backends: time passes, one is tried and is reached or not, or a connection ends.
    #[derive(Debug, Clone)]
    enum Step {
        Pass(u64),
        Try { up: u8 },
        End(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0_u64..3_000).prop_map(Step::Pass),
            any::<u8>().prop_map(|up| Step::Try { up }),
            (0_usize..5).prop_map(Step::End),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn a_connection_reaches_whatever_can_be_reached(steps in steps(), count in 1_usize..6, least: bool) {
            let mut rotation = Rotation::new(if least { Balance::LeastConnections } else { Balance::RoundRobin });
            let mut standings = vec![standing(0); count];
            let mut now = Instant::now();
            for step in steps {
                match step {
                    Step::Pass(millis) => now += Duration::from_millis(millis),
                    Step::End(index) => {
                        let standing = &mut standings[index % count];
                        standing.connections = standing.connections.saturating_sub(1);
                    }
                    Step::Try { up } => {
                        let is_up = |index: usize| up >> index & 1 == 1;
                        let mut tried = Vec::new();
                        let reached = loop {
                            let free = |n: usize| (!tried.contains(&n)).then_some(standings[n]);
                            let Some(index) = rotation.choose(count, free, now) else { break None };
                            tried.push(index);
                            let rests = standings[index].health.rests(now);
                            let awake = |n: &usize| !tried.contains(n) && !standings[*n].health.rests(now);
                            prop_assert!(!rests || (0..count).find(awake).is_none(), "a resting one before an awake one");
                            standings[index].health.begin(now);
                            if is_up(index) {
                                standings[index].health.succeed();
                                standings[index].connections += 1;
                                break Some(index);
                            }
                            standings[index].health.fail(now);
                        };
                        prop_assert_eq!(reached.is_some(), (0..count).any(is_up));
                    }
                }
                for standing in &standings {
                    prop_assert!(standing.health.rests_until().is_none_or(|until| until <= now + LONGEST_PAUSE));
                }
            }
        }
    }
}
