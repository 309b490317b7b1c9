//! The examination: vectors that any implementation of the protocol can be held to.
//!
//! `spec/vectors/README.md` says what a vector is. An implementation is whatever implements
//! [`Implementation`]: [`Ours`], or a program in any language behind the runner's `External`.

pub mod base64url;
pub mod judge;
mod library;
pub mod ours;
pub mod report;
pub mod task;
pub mod vectors;
mod verdict;

pub use judge::{Failure, judge};
pub use ours::Ours;
pub use task::{Step, Task};
pub use vectors::{Case, Expected, Role, Vectors};
pub use verdict::{Refused, Verdict};

/// Whatever can sit the examination.
pub trait Implementation {
    /// What it is called in reports.
    fn name(&self) -> &str;

    /// Does the task: one verdict, or for a session one for each step. It is not told what is
    /// expected.
    fn sit(&mut self, id: &str, task: &Task) -> Vec<Verdict>;
}

/// What came of an examination.
#[derive(Debug, Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "made here, read everywhere")]
pub struct Outcome {
    /// How many cases were passed.
    pub passed: usize,
    /// The cases that were not.
    pub failures: Vec<Failure>,
}

/// Holds an implementation to every case that binds `role`, or to all.
pub fn examine(
    vectors: &Vectors,
    implementation: &mut dyn Implementation,
    role: Option<Role>,
) -> Outcome {
    let mut outcome = Outcome::default();
    for case in vectors.cases() {
        if role.is_some_and(|role| !case.binds.contains(&role)) {
            continue;
        }
        let verdicts = implementation.sit(&case.id, &case.task);
        match judge(case, &verdicts) {
            None => outcome.passed += 1,
            Some(failure) => outcome.failures.push(failure),
        }
    }
    outcome
}
