//! Every state of a small model, every flaw in it, and many steps of a larger one.

use crate::Dice;
use crate::model::{Flaw, State, steps};
use stateright::{Checker as _, Model, Property};
use std::time::Instant;

/// Requests in the model that is explored whole, in the one in which flaws are planted, and in the one
/// that is walked: three are a hundred times as many states as two, and flaws are found early.
const SMALL: usize = 2;
const PLANTED: usize = 3;
const LARGE: usize = 9;

/// Steps of one walk, from the beginning.
const WALK: u64 = 400;

/// The model that is explored: with a flaw it must be found.
#[derive(Debug, Clone)]
struct Small<const KEYS: usize> {
    flaw: Flaw,
    /// Whether there is one dispatcher only.
    is_alone: bool,
}

/// A state, or the rule that was broken on the way to it.
type Reached<const KEYS: usize> = Result<State<KEYS>, &'static str>;

impl<const KEYS: usize> Model for Small<KEYS> {
    type State = Reached<KEYS>;
    type Action = u8;

    fn init_states(&self) -> Vec<Reached<KEYS>> {
        vec![Ok(State::new())]
    }

    fn actions(&self, reached: &Reached<KEYS>, actions: &mut Vec<u8>) {
        let Ok(state) = reached else { return };
        let can = |step: &u8| State::clone(state).step(*step, self.flaw) != Ok(false);
        let second = 2 * (4 + KEYS as u8) + 7;
        let others =
            (0..steps(KEYS)).filter(|step| !self.is_alone || !(second..second + 7).contains(step));
        actions.extend(others.filter(can));
    }

    fn next_state(&self, last: &Reached<KEYS>, step: u8) -> Option<Reached<KEYS>> {
        let mut state = last.ok()?;
        Some(state.step(step, self.flaw).map(|_| state))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("holds", |_, reached: &Reached<KEYS>| {
                reached.is_ok_and(|state| state.holds().is_ok())
            }),
            Property::always("calms", |_, reached: &Reached<KEYS>| {
                reached.is_ok_and(|state| state.calms().is_ok())
            }),
        ]
    }
}

/// Every state of the small model, and every flaw in it.
///
/// # Errors
/// The rule that is broken, and a flaw that is not found.
pub fn exhaustive() -> Result<String, String> {
    let two = whole::<SMALL>(false)?;
    let one = whole::<PLANTED>(true)?;
    for flaw in Flaw::ALL {
        let broken = Small::<PLANTED> {
            flaw,
            is_alone: false,
        };
        let broken = broken.checker().threads(2).spawn_bfs().join();
        if broken.discoveries().is_empty() {
            return Err(format!("the model finds nothing wrong with {flaw:?}"));
        }
    }
    Ok(format!(
        "fault explore: two operators; {SMALL} requests, 2 dispatchers: {} states, {} transitions; \
         {PLANTED} requests, 1 dispatcher: {} states, {} transitions; 0 broken; {} planted flaws, all \
         found",
        two.0,
        two.1,
        one.0,
        one.1,
        Flaw::ALL.len()
    ))
}

/// Every state, and how many transitions lead to them.
fn whole<const KEYS: usize>(is_alone: bool) -> Result<(usize, usize), String> {
    let flaw = Flaw::None;
    let model = Small::<KEYS> { flaw, is_alone };
    let whole = model.checker().threads(2).spawn_bfs().join();
    let found = whole.discoveries();
    if !whole.is_done() || !found.is_empty() {
        let first = found.values().next();
        let first = first.and_then(|path| path.last_state().err());
        return Err(format!("the model breaks a rule: {first:?}"));
    }
    Ok((whole.unique_state_count(), whole.state_count()))
}

/// So many million steps, on two threads.
///
/// # Errors
/// The rule that is broken.
pub fn walk(mut dice: Dice, millions: u64) -> Result<String, String> {
    let each = millions * 1_000_000 / 2;
    let before = Instant::now();
    let dice = [Dice::new(dice.roll()), Dice::new(dice.roll())];
    let done = std::thread::scope(|scope| {
        let threads = dice.map(|dice| scope.spawn(move || walks(dice, each)));
        threads.map(|thread| thread.join().unwrap())
    });
    let (mut tried, mut done_in_all) = (0, 0);
    for thread in done {
        let (of_thread, done) = thread?;
        tried += of_thread;
        done_in_all += done;
    }
    let per_second = done_in_all as f64 / before.elapsed().as_secs_f64() / 1e6;
    Ok(format!(
        "fault walk: {LARGE} requests: {done_in_all} steps ({tried} tried, {per_second:.1} \
         million a second), 0 broken"
    ))
}

/// Walks until so many steps were done; how many were tried, and done.
fn walks(mut dice: Dice, wanted: u64) -> Result<(u64, u64), String> {
    let (mut tried, mut done) = (0, 0);
    while done < wanted {
        let mut state = State::<LARGE>::new();
        let mut here = 0;
        while here < WALK {
            // Eight steps out of one number.
            let mut number = dice.roll();
            for _ in 0..8 {
                let step = ((number & 0xff) * u64::from(steps(LARGE))) >> 8;
                number >>= 8;
                tried += 1;
                match state.step(step as u8, Flaw::None) {
                    Ok(is_done) => here += u64::from(is_done),
                    Err(rule) => return Err(format!("{rule}: {state:?}")),
                }
            }
        }
        state.calms()?;
        done += here;
    }
    Ok((tried, done))
}
