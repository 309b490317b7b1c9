//! What a resident is told when something is refused: a problem document with words.

use crate::operator::{no_such_method, nothing_here};
use crate::problem::Problem;
use axum::response::{IntoResponse, Response};

/// A refusal on its way to a resident.
#[derive(Debug)]
pub(crate) struct Told(Problem);

impl<E: Into<Problem>> From<E> for Told {
    fn from(refusal: E) -> Self {
        Self(refusal.into())
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        self.0.in_words()
    }
}

pub(crate) async fn unknown_path() -> Told {
    nothing_here().await.into()
}

pub(crate) async fn unknown_method() -> Told {
    no_such_method().await.into()
}
