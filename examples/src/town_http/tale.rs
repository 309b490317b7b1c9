//! One line for each step, and no step that did not go as it should.

use crate::durable::house::Fault;
use std::fmt;
use std::time::{Duration, Instant};

/// Counts and prints steps, with the time since the town began.
#[derive(Debug)]
pub struct Tale {
    steps: usize,
    begun: Instant,
}

impl Default for Tale {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long everything takes is told"
    )]
    fn default() -> Self {
        Self {
            steps: 0,
            begun: Instant::now(),
        }
    }
}

impl Tale {
    /// How many steps there have been.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// How long it has taken.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// A new part.
    pub fn part(&self, title: &str) {
        println!("\n{title}");
    }

    /// The step went well, and this is what came of it.
    pub fn tell(&mut self, who: &str, what: &str, came_to: &str) {
        self.steps += 1;
        let seconds = self.took().as_secs_f64();
        println!(
            "{:>3} {seconds:>7.2} s  {who:<13} {what:<68} {came_to}",
            self.steps
        );
    }

    /// The step went well when `found` is `expected`.
    ///
    /// # Errors
    /// When it is not.
    pub fn check<T: PartialEq + fmt::Debug>(
        &mut self,
        who: &str,
        what: &str,
        (expected, found): (&T, &T),
    ) -> Result<(), Fault> {
        if expected != found {
            return Err(format!("{who} {what}: expected {expected:?}, found {found:?}").into());
        }
        self.tell(who, what, "checked");
        Ok(())
    }

    /// The step went well when it was refused with this code.
    ///
    /// # Errors
    /// When it was not.
    pub fn refused(
        &mut self,
        who: &str,
        what: &str,
        (code, found): (&str, &str),
    ) -> Result<(), Fault> {
        if code != found {
            return Err(format!("{who} {what}: expected {code}, found {found}").into());
        }
        self.tell(who, what, code);
        Ok(())
    }

    /// What somebody reads, under the step.
    pub fn quote(&self, lines: &[String]) {
        for line in lines {
            println!("                    “{line}”");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step that did not go as it should is no step, and ends the tale.
    #[test]
    fn nothing_else_than_what_should_happen_goes_well() {
        let mut tale = Tale::default();
        assert!(tale.check("a", "has one", (&1, &1)).is_ok());
        assert!(tale.check("a", "has one", (&1, &2)).is_err());
        assert!(tale.refused("a", "says no", ("no", "no")).is_ok());
        assert!(tale.refused("a", "says no", ("no", "later")).is_err());
        assert_eq!(tale.steps(), 2);
    }
}
