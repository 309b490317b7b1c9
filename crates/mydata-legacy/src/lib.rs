//! What an older system has signed: MyData 1.2, 1.2.1 and 1.3, in the wire forms of the framework's
//! reference SDK. Read, shown and checked; never written, and never a permission.
//!
//! ```text
//! octets ──▶ Received<T> ──open──▶ Unverified<T> ──verify(keys)──▶ Authentic<T> ──said──▶ &T
//! ```
//!
//! Use it to show a person or an auditor what an older system holds, to check that it was signed, to
//! keep the very octets, and to propose what is to be signed anew under 2.0. Nothing else in this
//! workspace takes what comes out of it:
//!
//! - [`Authentic`] is not the `Verified` of `mydata-core`, and there is no way from one to the other.
//! - There is no writer and no signer here, and no conversion into a record of 2.0. A plain record
//!   ([`Authentic::said`]) and the [`Gap`]s in it are what a migration starts from.
//! - The 2.0 reader demands a `typ` in the protected header, and this one refuses it (D46): no envelope
//!   is read by both.
//!
//! The verification is as strict as that of 2.0: exactly one good signature for each required signer,
//! with keys that the caller has bound, over the octets as they came. What is looser is the shape of
//! the payload, and each looseness has its number in `spec/decisions.md`: C01 to C06, C10, C12, C13,
//! C16 to C18, C25, C30, C31, C46 and C48.
//!
//! An SDK that was set to RS256 signed with RSA. With the feature `rsa` a caller binds such keys beside the
//! others (`rsa::RsaKeys`); link records and source consents that name RSA keys inside are not read.
//!
//! # A record of an older system is no record of 2.0
//!
//! A consent is changed with a status of 2.0:
//!
//! ```
//! use mydata_core::jws::Verified;
//! use mydata_operator::OwnerSigned;
//! use mydata_record::consent::ConsentStatus;
//!
//! fn command(status: Verified<ConsentStatus>) -> OwnerSigned {
//!     OwnerSigned { status, mirrored: None }
//! }
//! ```
//!
//! and not with one of an older system:
//!
//! ```compile_fail,E0308
//! use mydata_legacy::Authentic;
//! use mydata_operator::OwnerSigned;
//! use mydata_legacy::status::ConsentStatus;
//!
//! fn command(status: Authentic<ConsentStatus>) -> OwnerSigned {
//!     OwnerSigned { status, mirrored: None }
//! }
//! ```
//!
//! A service takes messages of 2.0, and not what was read here:
//!
//! ```
//! use mydata_service::{Installed, Refusal, Service, Setting};
//! use mydata_record::message::ToService;
//!
//! fn give(service: &mut Service, what: &ToService, setting: Setting<'_>) -> Result<Installed, Refusal> {
//!     service.receive(what, setting)
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use mydata_legacy::Received;
//! use mydata_legacy::status::ConsentStatus;
//! use mydata_service::{Installed, Refusal, Service, Setting};
//!
//! fn give(service: &mut Service, what: &Received<ConsentStatus>, setting: Setting<'_>) -> Result<Installed, Refusal> {
//!     service.receive(what, setting)
//! }
//! ```
//!
//! The plain record is the end of the way, too:
//!
//! ```
//! use mydata_legacy::{Authentic, consent::Consent};
//!
//! fn shown(consent: &Authentic<Consent>) -> &Consent {
//!     consent.said()
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use mydata_legacy::{Authentic, consent::Consent};
//! use mydata_record::consent::SinkConsent;
//!
//! fn shown(consent: &Authentic<Consent>) -> &SinkConsent {
//!     consent.said()
//! }
//! ```

mod authentic;
mod base64;
pub mod consent;
pub mod description;
mod gap;
mod header;
pub mod history;
pub mod link;
mod raw;
mod received;
mod refusal;
pub mod request;
#[cfg(feature = "rsa")]
pub mod rsa;
pub mod status;
pub mod token;
mod version;

pub use authentic::{Authentic, Signatory, SignatoryKey, Unverified};
pub use gap::Gap;
pub use received::Received;
pub use refusal::{EnvelopeRefusal, Fault, RecordRefusal};
pub use version::LegacyVersion;

use mydata_core::json::Limits;
use mydata_core::party::SignerRule;
use mydata_core::time::Timestamp;

/// A kind of record that older systems have signed.
pub trait Kind: Sized + Send + Sync + 'static {
    /// Whose signatures the record must bear: the rule of 2.0.
    const SIGNERS: SignerRule;

    /// Bounds of the payload.
    const LIMITS: Limits = Limits::RECORD;

    /// Whether a header must name the key. Tokens and data requests of the SDK name none, and the
    /// caller says which key is meant by binding exactly one.
    const NAMES_KEY: bool = true;

    /// When it says that it was signed: held against the life of the key, where the caller has bound one.
    fn signed_at(&self) -> Timestamp;

    /// Reads a payload. What it says is not yet known to have been signed by anybody.
    ///
    /// # Errors
    /// [`Fault`].
    fn read(payload: &[u8]) -> Result<Self, Fault>;
}
