//! The arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use mydata::core::id::{ActorId, KeyId, OperatorId, ServiceId};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Looks after the embedded store of a MyData operator. The operator must not be running on the same
/// file: while it is, work on a backup of it.
#[derive(Debug, Parser)]
#[command(name = "mydata-store", version, about)]
pub(crate) struct Arguments {
    /// Answers as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Examines the file: pages, accounts, log, queues. Needs no key.
    Check {
        /// The store.
        file: PathBuf,
    },
    /// Verifies every mark, every signature and every status chain in the file.
    Verify {
        /// The store.
        file: PathBuf,
        #[command(flatten)]
        master: Master,
    },
    /// Copies the store to a new file.
    Backup {
        /// The store.
        file: PathBuf,
        /// The new file.
        to: PathBuf,
    },
    /// Puts every key in the store under the present master key.
    Rewrap {
        /// The store.
        file: PathBuf,
        #[command(flatten)]
        master: Master,
    },
    /// Lists the messages that services have refused, without a word of what is in them.
    Parked {
        /// The store.
        file: PathBuf,
    },
    /// Runs a mass operation, or goes on with one that was stopped.
    Job {
        /// The store.
        file: PathBuf,
        #[command(flatten)]
        master: Master,
        #[command(flatten)]
        job: Matter,
    },
}

/// The master keys.
#[derive(Debug, Args)]
pub(crate) struct Master {
    /// The present master key: its id and the file it is in, which only its owner may read.
    #[arg(long, value_name = "ID=FILE", value_parser = key_file)]
    pub(crate) master: (KeyId, PathBuf),
    /// A master key of before.
    #[arg(long, value_name = "ID=FILE", value_parser = key_file)]
    pub(crate) earlier: Vec<(KeyId, PathBuf)>,
}

/// A mass operation.
#[derive(Debug, Args)]
pub(crate) struct Matter {
    /// What is done in every account that it concerns.
    pub(crate) what: What,
    /// The service, where it is about one.
    #[arg(long, value_parser = id::<ServiceId>(ServiceId::parse))]
    pub(crate) service: Option<ServiceId>,
    /// The name of the job: the same name goes on where it was stopped.
    #[arg(long)]
    pub(crate) name: String,
    /// Who runs it, as it stands in every account's log.
    #[arg(long, value_parser = id::<ActorId>(ActorId::parse))]
    pub(crate) actor: ActorId,
    /// The operator.
    #[arg(long, value_parser = id::<OperatorId>(OperatorId::parse))]
    pub(crate) operator: OperatorId,
    /// The operator's key of status records, in custody: the present one, then those of before.
    #[arg(long, required = true, value_parser = id::<KeyId>(KeyId::parse))]
    pub(crate) status_key: Vec<KeyId>,
    /// The operator's key of tokens, in custody: the present one, then those of before.
    #[arg(long, required = true, value_parser = id::<KeyId>(KeyId::parse))]
    pub(crate) token_key: Vec<KeyId>,
    /// Accounts at once.
    #[arg(long, default_value = "64")]
    pub(crate) at_once: NonZeroUsize,
}

/// What is done in every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Ends what has come to its end, and erases accounts that have ended.
    Expire,
    /// Pauses every active consent of the service.
    Suspend,
    /// Resumes what was paused so.
    Resume,
    /// Ends every link of the service.
    Deregister,
}

fn id<T: Clone + Send + Sync + 'static>(
    parse: fn(&str) -> Result<T, mydata::core::id::InvalidId>,
) -> impl Fn(&str) -> Result<T, mydata::core::id::InvalidId> + Clone + Send + Sync + 'static {
    parse
}

fn key_file(text: &str) -> Result<(KeyId, PathBuf), &'static str> {
    let (id, file) = text.split_once('=').ok_or("an id, `=` and a file")?;
    let id = KeyId::parse(id).map_err(|_| "not a valid key id")?;
    Ok((id, file.into()))
}
