//! Faults, made on purpose: each is a room, and each says how often it was survived.

pub mod check;
pub mod clock;
pub mod courier;
pub mod disk;
pub mod down;
pub mod explore;
pub mod kill;
pub mod load;
pub mod power;
pub mod sync;
pub mod trace;
pub mod writers;

use std::fmt;
use std::path::PathBuf;

/// Why a fault was not survived. It ends the run.
pub type Survived<T> = Result<T, String>;

/// Whether something holds, and what did not.
///
/// # Errors
/// What `otherwise` says.
pub fn hold(is_so: bool, otherwise: impl FnOnce() -> String) -> Survived<()> {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

/// Says what could not be done.
pub fn told<E: fmt::Display>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}")
}

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Everything that is drawn comes from it.
    pub seed: u64,
    /// How often; each fault has its own default.
    pub points: Option<u64>,
    /// Where files go.
    pub folder: PathBuf,
}

impl Plan {
    /// How often.
    #[must_use]
    pub fn points(&self, default: u64) -> u64 {
        self.points.unwrap_or(default)
    }

    /// Dice of a fault's own.
    #[must_use]
    pub fn dice(&self, fault: &str) -> Dice {
        let salt = fault.bytes().fold(0_u64, |sum, octet| {
            sum.wrapping_mul(31).wrapping_add(octet.into())
        });
        Dice(self.seed ^ salt.rotate_left(17))
    }
}

/// Numbers from a seed (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators").
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; zero when there is none.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.roll() % bound }
    }

    /// Whether something happens that happens so often in a hundred times.
    pub const fn percent(&mut self, often: u64) -> bool {
        self.below(100) < often
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let number = self.below(of.len() as u64);
        of.get(usize::try_from(number).unwrap()).unwrap()
    }
}
