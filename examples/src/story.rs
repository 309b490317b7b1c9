//! One line for each step, and no step that did not go as it should.

use crate::post::Who;
use crate::world::Happened;
use mydata::core::time::Timestamp;
use std::fmt;

/// Counts and prints steps.
#[derive(Debug, Default)]
pub struct Story {
    steps: usize,
}

/// A step did not have the outcome that the story demands.
#[derive(Debug)]
pub struct Unexpected {
    step: usize,
    expected: String,
    found: String,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (step, expected, found) = (self.step, &self.expected, &self.found);
        write!(f, "step {step}: expected {expected}, found {found}")
    }
}

impl std::error::Error for Unexpected {}

impl Story {
    /// How many steps there have been.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// The step went well when `who` had the outcome `code`, and nobody refused anything but that.
    ///
    /// # Errors
    /// [`Unexpected`].
    pub fn step(
        &mut self,
        happened: &Happened,
        who: Who,
        what: &str,
        code: &str,
    ) -> Result<(), Unexpected> {
        self.each(happened, &[(who, what, code)])
    }

    /// Several steps at once: all of these outcomes, and no refusal but these.
    ///
    /// # Errors
    /// [`Unexpected`].
    pub fn each(
        &mut self,
        happened: &Happened,
        lines: &[(Who, &str, &str)],
    ) -> Result<(), Unexpected> {
        let outcomes = &happened.outcomes;
        let is_told = |(by, found, refusal): &(Who, String, bool)| {
            let mut lines = lines.iter();
            !refusal || lines.any(|(who, _, code)| by == who && found == code)
        };
        for (who, what, code) in lines {
            let mut found = outcomes.iter();
            if !found.any(|(by, found, _)| by == who && found == code)
                || !outcomes.iter().all(is_told)
            {
                return Err(self.unexpected(code, &format!("{outcomes:?}")));
            }
            self.print(happened.at, who, what, code);
        }
        Ok(())
    }

    /// The step is a check: it went well when `found` is `expected`.
    ///
    /// # Errors
    /// [`Unexpected`].
    pub fn check<T: PartialEq + fmt::Debug>(
        &mut self,
        at: Timestamp,
        who: &dyn fmt::Display,
        what: &str,
        (expected, found): (&T, &T),
    ) -> Result<(), Unexpected> {
        if expected != found {
            return Err(self.unexpected(&format!("{expected:?}"), &format!("{found:?}")));
        }
        self.print(at, who, what, "checked");
        Ok(())
    }

    /// The step went well, and this is what came of it: for what differs from run to run.
    pub fn tell(&mut self, at: Timestamp, who: &dyn fmt::Display, what: &str, came_to: &str) {
        self.print(at, who, what, came_to);
    }

    /// What somebody reads, under the step.
    pub fn quote(&self, lines: Option<&[String]>) {
        for line in lines.unwrap_or_default() {
            println!("      “{line}”");
        }
    }

    fn print(&mut self, at: Timestamp, who: &dyn fmt::Display, what: &str, code: &str) {
        self.steps += 1;
        let at = at.to_string();
        let at = at.replace('T', " ");
        let at = at.trim_end_matches('Z');
        println!("{:>3}  {at}  {who:<9} {what:<66} {code}", self.steps);
    }

    fn unexpected(&self, expected: &str, found: &str) -> Unexpected {
        Unexpected {
            step: self.steps + 1,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }
}
