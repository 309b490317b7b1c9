//! The command line: what may be asked, and what `--help` says of it.

use crate::times;
use clap::{Args, Parser, Subcommand, ValueEnum};
use mydata::core::jwk::Algorithm;
use mydata::core::lang::Language;
use mydata::core::party::Party;
use mydata::core::time::Timestamp;
use std::path::PathBuf;

/// Looks into MyData tokens, records and receipts, verifies them and signs them
///
/// FILE is a path, or `-` for standard input; at most 4 MiB are read.
///
/// Exit status: 0 when what was asked about is in order, 1 when it is refused (the code is printed),
/// 2 when the arguments are wrong or a file cannot be read.
#[derive(Debug, Parser)]
#[command(name = "mydata", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// One JSON object instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make keys, and show the public half of a key
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Show what is in a file and everything that is wrong with it; verifies nothing
    Inspect(InspectArguments),
    /// Verify signatures and times, or judge vectors
    Verify(VerifyArguments),
    /// Sign a JSON payload as a record of one kind
    Sign(SignArguments),
    /// Status chains of links and consents
    Chain {
        #[command(subcommand)]
        command: ChainCommand,
    },
}

impl Command {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Key { command } => match command {
                KeyCommand::New(_) => "key new",
                KeyCommand::Public(_) => "key public",
                KeyCommand::Thumbprint(_) => "key thumbprint",
            },
            Self::Inspect(_) => "inspect",
            Self::Verify(_) => "verify",
            Self::Sign(_) => "sign",
            Self::Chain { .. } => "chain verify",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a private key, write it to a file that only you can read, and print its public half
    New(NewArguments),
    /// Print the public JWK of a private key, or the public JWK Set of a set
    Public(KeyArguments),
    /// Print the thumbprint of each key (RFC 7638, SHA-256, base64url)
    Thumbprint(KeyArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChainCommand {
    /// Verify the status records of one link or one consent, in the order given
    ///
    /// Says which record breaks the chain and with which code, or the state at its end. Who signed
    /// decides what a record may change, so the keys must say whose they are.
    Verify(ChainArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The algorithm
    #[arg(long, value_enum, default_value_t = Alg::EdDsa)]
    pub(crate) alg: Alg,
    /// The key id; the key's own thumbprint unless given
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// Where to write the private JWK: a new file with mode 0600
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace FILE when it is there
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// Print the private JWK to standard output instead of writing a file
    #[arg(long, conflicts_with = "out")]
    pub(crate) print_private: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// A private or public JWK, a JWK Set, or PKCS#8 (DER or PEM)
    pub(crate) file: PathBuf,
    /// The key id, for a key that has none in the file
    #[arg(long)]
    pub(crate) kid: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// A token, signed data request (also a whole Authorization line), record, status record,
    /// description, receipt in any form, key, key set, or message to a service
    pub(crate) file: PathBuf,
    /// The time to hold `nbf` and `exp` against: RFC 3339 or seconds; now unless given
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub(crate) at: Option<Timestamp>,
}

#[derive(Debug, Args)]
#[command(after_long_help = KEYS_HELP)]
pub(crate) struct VerifyArguments {
    /// What to verify; or, without --keys, a file or folder of vectors, which is judged
    pub(crate) file: PathBuf,
    /// The keys that you trust: a JWK, a JWK Set, or an object of them by party
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Whose keys they are, when the file does not say
    #[arg(long, value_enum)]
    pub(crate) party: Option<Whose>,
    /// The kind of record; that of the header's `typ` unless given
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// The time to hold `nbf`, `exp` and `ts` against: RFC 3339 or seconds; now unless given
    #[arg(long, value_name = "TIME", value_parser = times::parse)]
    pub(crate) at: Option<Timestamp>,
    /// The language of what the library says to residents
    #[arg(long, value_enum, default_value_t = Tongue::En)]
    pub(crate) language: Tongue,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// The payload, as JSON; with --add, the signed record
    pub(crate) file: PathBuf,
    /// The private key: JWK, or PKCS#8 (DER or PEM) with --kid
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The key id, for a key that has none in its file
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// The kind of record; the payload must be one
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: String,
    /// Add the service's signature to a link record that the owner has signed
    #[arg(long)]
    pub(crate) add: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = KEYS_HELP)]
pub(crate) struct ChainArguments {
    /// The status records, oldest first, one a file
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The keys that you trust, by party
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
    /// Whose keys they are, when the file does not say
    #[arg(long, value_enum)]
    pub(crate) party: Option<Whose>,
    /// `link_status` or `consent_status`; that of the first record unless given
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// The link or consent that the chain must be about; that of the first record unless given
    #[arg(long, value_name = "ID")]
    pub(crate) subject: Option<String>,
    /// The language of the state
    #[arg(long, value_enum, default_value_t = Tongue::En)]
    pub(crate) language: Tongue,
}

const KEYS_HELP: &str = "\
The file of --keys has public keys only, in one of these forms:

  a JWK, or a JWK Set            of the party that --party names, else of every party that may sign
                                 (a receipt, and the token in a data request, need keys by party)
  {\"owner\": …, \"operator\": …,    by party; each a JWK or a JWK Set
   \"service\": …, \"sink\": …}
  {\"operators\": {ID: …},         for receipts: by id; may stand beside the parties
   \"services\": {ID: …}}

Kinds: link_proposal, link_record, link_status, single_consent, source_consent, sink_consent,
consent_status, subscription, notification, objection, objection_response, service_description,
operator_description, token, data_request, dpop_proof, receipt";

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Alg {
    /// Ed25519
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA with P-256
    #[value(name = "ES256")]
    Es256,
}

impl From<Alg> for Algorithm {
    fn from(alg: Alg) -> Self {
        match alg {
            Alg::EdDsa => Self::Ed25519,
            Alg::Es256 => Self::Es256,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Whose {
    Owner,
    Operator,
    Service,
    Sink,
}

impl From<Whose> for Party {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Owner => Self::Owner,
            Whose::Operator => Self::Operator,
            Whose::Service => Self::Service,
            Whose::Sink => Self::Sink,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Tongue {
    Fi,
    Sv,
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Fi => Self::FI,
            Tongue::Sv => Self::SV,
            Tongue::En => Self::EN,
        }
    }
}
