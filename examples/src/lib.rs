//! The pieces of the examples: a town whose parties talk by letters alone.
//!
//! | module | what it shows |
//! |---|---|
//! | [`operator`] | an operator around [`mydata::operator::Account`] |
//! | [`source`] | a service that gives data, around [`mydata::service::Service`] |
//! | [`sink`] | a service that uses data |
//! | [`wallet`] | the resident's side: she alone holds the key that gives and takes back |
//! | [`side`] | what a source and a sink have in common |
//! | [`talk`] | the letters that the protocol leaves to each operator |
//! | [`post`], [`world`] | the courier, the clock, and everybody's address |
//! | [`careless`] | a sink that ignores its own records, and a thief |
//! | [`canary`] | what must not be found in anybody's letters |
//! | [`look_back`] | the search through all letters |
//! | [`form`] | what a resident reads before she decides |
//! | [`opening`] | the way to the first consent, in one go |
//! | [`durable`] | the operator over a store, and what a crash leaves of it |
//! | [`town_http`] | the town as processes that talk over HTTP, and what an attacker comes to |
//! | [`file`](mod@file), [`names`], [`story`] | reading the town, printing the steps |
//!
//! But for the features `durable` and `http` there is no network, no clock and no database: the courier hands
//! octets over and says what time it is.

pub mod canary;
pub mod careless;
#[cfg(feature = "durable")]
pub mod durable;
pub mod file;
pub mod form;
pub mod look_back;
pub mod names;
pub mod opening;
pub mod operator;
pub mod post;
pub mod side;
pub mod sink;
pub mod source;
pub mod story;
pub mod talk;
#[cfg(feature = "http")]
pub mod town_http;
pub mod wallet;
pub mod world;
