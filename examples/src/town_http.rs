//! The demo town as processes of their own, over HTTP on the loopback: what `town-http` is made of.
//!
//! ```text
//!  app ──token──▶ operator ◀──▶ two sources ◀── three sinks
//!   │              │    ▲                          │
//!   ▼              │    └─────▶ gateway ◀──────────┘
//!  login ◀──keys───┘               └──▶ register
//! ```
//!
//! Each is a process of its own, but for the app, which is the town's; all of these lines are HTTP. The town
//! tells its processes what to do in lines of JSON.
//!
//! | module | what it shows |
//! |---|---|
//! | [`arguments`] | which part of it this process is |
//! | [`line`](mod@line) | what the town and its processes say to each other |
//! | [`role`] | a process: it gets ready, opens, does what is wished, and ends with the town |
//! | [`operator`] | the operator on its file, for services and for residents |
//! | [`login`], [`app`] | the city's identity provider, and a resident's app |
//! | [`service`], [`careless`] | a source or a sink, and a sink that ignores its own records |
//! | [`gateway`], [`register`] | a register that nobody has changed, and what stands before it |
//! | [`process`], [`town`] | the other end: who starts them all, asks them, and kills one |
//! | [`wire`], [`wires`] | who sits on the line: listens, changes octets, sends them again |
//! | [`canary`] | the search of memory, disk and traffic for what the operator must never have seen |
//! | [`tale`], [`story`], [`breaks`] | what is told |

pub mod app;
pub mod arguments;
pub mod breaks;
pub mod canary;
pub mod careless;
pub mod clock;
pub mod gateway;
pub mod line;
pub mod login;
pub mod operator;
pub mod people;
pub mod process;
pub mod register;
pub mod role;
pub mod service;
pub mod story;
pub mod tale;
pub mod town;
pub mod wire;
pub mod wires;
