//! What a resident is told when something is refused: a problem document with words.

use crate::problem::{Fault, Problem};
use crate::texts::text;
use axum::response::{IntoResponse, Response};

/// A refusal on its way to a resident.
#[derive(Debug)]
pub(crate) struct Told {
    problem: Problem,
    faults: Vec<Fault>,
}

impl Told {
    /// With everything that is wrong at once; the first of it gives the code.
    pub(super) const fn with(problem: Problem, faults: Vec<Fault>) -> Self {
        Self { problem, faults }
    }
}

impl<E: Into<Problem>> From<E> for Told {
    fn from(refusal: E) -> Self {
        Self::with(refusal.into(), Vec::new())
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let text = text(self.problem.code());
        self.problem.respond(text, &self.faults)
    }
}
