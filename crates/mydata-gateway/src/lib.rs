//! A source's protection in front of an HTTP API that stays as it is.

pub mod select;
