//! The specification at work, through the public surface.

mod api;
mod attacks;
mod chains;
mod changing;
mod consenting;
mod coverage;
mod describing;
mod fetching;
mod house;
mod installing;
mod laws;
mod linking;
mod notifications;
mod objections;
mod peer;
mod readme;
mod records;
mod refusals;
mod removing;
mod schemas;
mod story;
mod support;
mod tables;
mod telling;
mod tokens;
