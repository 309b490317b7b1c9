//! A city's operator that survives: what `operator_durable` is made of.
//!
//! | module | what it shows |
//! |---|---|
//! | [`house`] | one file of SQLite, a master key in a file of its own, the operator's keys in custody |
//! | [`services`] | the source and the sink, and the courier to them |
//! | [`resident`] | signing up, linking and consenting, step by step over the durable operator |
//! | [`serve`] | a wish becomes a signed command, and the same wish again gets its first answer |
//! | [`server`] | a process that serves wishes and delivers messages until it is killed |
//! | [`crash`] | the other end of it: who asks, who is told, and who kills |
//! | [`scene`] | everybody on the stage |
//! | [`days`] | the days after: master keys, a suspension, a backup, an account that ends |
//! | [`traces`] | the search for a person in the octets of files |

pub mod crash;
pub mod days;
pub mod house;
pub mod resident;
pub mod scene;
pub mod serve;
pub mod server;
pub mod services;
pub mod traces;
