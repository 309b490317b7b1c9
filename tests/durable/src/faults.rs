//! Faults, made on purpose: each is a room, and each says how often it was survived.

pub mod check;
pub mod clock;
pub mod courier;
pub mod disk;
pub mod down;
pub mod kill;
pub mod load;
pub mod power;
pub mod real;
pub mod sync;
pub mod trace;
pub mod writers;

pub use mydata_model::Dice;
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
        Dice::new(self.seed ^ salt.rotate_left(17))
    }
}
