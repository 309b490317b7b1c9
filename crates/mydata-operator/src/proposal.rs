//! What a person was shown before they decided, archived octet for octet (Consenting 2.0 §4.2,
//! Framework 2.0 §8.1).
//!
//! A consent names the proposal by address and hash. The octets stand in the event, so that years
//! later somebody can show what was shown, and hash it again; the account remembers the hash and a
//! few small facts, and takes no consent on anything that is not archived.

use crate::env::Env;
use crate::event::{Event, Fact};
use crate::rejection::{Refusal, Rejection};
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{DescriptionVersion, ServiceId};
use mydata_core::json::{self, Limits};
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::ConsentProposal;
use mydata_record::proposal::{ProposalDocument, ProposalQuestion, ProposalRefusal};
use std::fmt;
use std::sync::Arc;

/// A consent proposal as it is served at its address.
///
/// Invariant: 1 to 524 288 octets, a media type, and one or two services, none twice. `Debug` prints
/// no octet of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proposal {
    url: ResourceUrl,
    media_type: Box<str>,
    language: Language,
    rests_on: RestsOn,
    octets: Arc<[u8]>,
}

/// Services with the versions of their descriptions, in the order of the ids.
type RestsOn = Box<[(ServiceId, DescriptionVersion)]>;

/// What the account remembers of a proposal that was shown; the octets are in the event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Shown {
    /// SHA-256 of the octets.
    pub hash: Sha256,
    /// The language.
    pub language: Language,
    /// When it was archived.
    pub at: Timestamp,
    rests_on: RestsOn,
}

impl Proposal {
    /// `octets` of this media type, served at `url` and nowhere else, in `language`, resting on
    /// these versions of the descriptions of these services.
    ///
    /// # Errors
    /// [`Refusal::ProposalMediaType`], [`Refusal::ProposalSize`] and [`Refusal::ProposalServices`].
    pub fn new(
        url: ResourceUrl,
        media_type: &str,
        language: Language,
        rests_on: Vec<(ServiceId, DescriptionVersion)>,
        octets: &[u8],
    ) -> Result<Self, Refusal> {
        if !is_media_type(media_type) {
            return Err(Refusal::ProposalMediaType);
        }
        if octets.is_empty() || octets.len() > Limits::MESSAGE.octets {
            return Err(Refusal::ProposalSize);
        }
        let rests_on = in_order(rests_on)?;
        Ok(Self {
            url,
            media_type: media_type.into(),
            language,
            rests_on,
            octets: octets.into(),
        })
    }

    /// Where it is served.
    #[must_use]
    pub const fn url(&self) -> &ResourceUrl {
        &self.url
    }

    /// What kind of octets they are.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The language in which it speaks.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The services that it is about, each with the version of its description.
    pub fn rests_on(&self) -> impl Iterator<Item = &(ServiceId, DescriptionVersion)> {
        self.rests_on.iter()
    }

    /// The octets as served.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// What a consent says of it: the address, and SHA-256 of the octets (CN-72, C15).
    //= CN-72
    pub fn reference(&self, crypto: &dyn Crypto) -> ConsentProposal {
        ConsentProposal {
            url: self.url.clone(),
            hash: crypto.sha256(&self.octets),
        }
    }

    pub(crate) fn shown(&self, hash: Sha256, at: Timestamp) -> Shown {
        Shown {
            hash,
            language: self.language,
            at,
            rests_on: self.rests_on.clone(),
        }
    }
}

/// One or two services, none twice.
fn in_order(mut rests_on: Vec<(ServiceId, DescriptionVersion)>) -> Result<RestsOn, Refusal> {
    rests_on.sort_unstable();
    let twice = |pair: &[(ServiceId, _)]| {
        let mut ids = pair.iter().map(|(service, _)| service);
        ids.next() == ids.next()
    };
    if !(1..=2).contains(&rests_on.len()) || rests_on.windows(2).any(twice) {
        return Err(Refusal::ProposalServices);
    }
    Ok(rests_on.into())
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Proposal({}, {}, {} octets)",
            self.media_type,
            self.language,
            self.octets.len()
        )
    }
}

impl Shown {
    /// What was remembered before.
    ///
    /// # Errors
    /// [`Refusal::ProposalServices`].
    pub(crate) fn again(
        hash: Sha256,
        language: Language,
        at: Timestamp,
        rests_on: Vec<(ServiceId, DescriptionVersion)>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            hash,
            language,
            at,
            rests_on: in_order(rests_on)?,
        })
    }

    pub(crate) fn rests_on(&self) -> &[(ServiceId, DescriptionVersion)] {
        &self.rests_on
    }

    /// The version of this service's description that was shown.
    #[must_use]
    pub fn version_of(&self, service: &ServiceId) -> Option<&DescriptionVersion> {
        let mut all = self.rests_on.iter();
        let (_, version) = all.find(|(known, _)| known == service)?;
        Some(version)
    }

    /// Whether this is what was shown, whenever that was.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.hash == other.hash
            && self.language == other.language
            && self.rests_on == other.rests_on
    }
}

/// A plain proposal, to be shown, archived with [`crate::Command::ShowProposal`] and served at
/// `url`: a [`ProposalDocument`] as JSON. The same question at the same time gives the same octets.
///
/// # Errors
/// [`Rejection`].
//= FW-27
pub fn draft_proposal(
    question: &ProposalQuestion<'_>,
    url: ResourceUrl,
    env: &Env<'_>,
) -> Result<Proposal, Rejection> {
    let document = ProposalDocument::of(question, env.operator.id(), env.now)?;
    let rests_on = document.rests_on();
    let rests_on = rests_on.map(|(service, version)| (service.clone(), version.clone()));
    let rests_on = rests_on.collect();
    let octets = json::to_vec(&document).map_err(|_| ProposalRefusal::Text)?;
    Ok(Proposal::new(
        url,
        "application/json",
        question.language,
        rests_on,
        &octets,
    )?)
}

/// The proposal that a consent names, out of the events of its account: hashed again, so what comes
/// back is what was shown (FW-28).
///
/// # Errors
/// [`Refusal::ProposalUnknown`] when no event archives it, and [`Refusal::ProposalAltered`] when the
/// octets are no longer those that were shown.
//= CN-72, FW-28
pub fn archived_proposal<'e>(
    events: impl IntoIterator<Item = &'e Event>,
    named: &ConsentProposal,
    crypto: &dyn Crypto,
) -> Result<&'e Proposal, Refusal> {
    let mut archived = events.into_iter().filter_map(|event| {
        let Fact::ProposalShown { proposal, hash } = &event.fact else {
            return None;
        };
        (*hash == named.hash && proposal.url == named.url).then_some(proposal)
    });
    let proposal = archived.next().ok_or(Refusal::ProposalUnknown)?;
    if crypto.sha256(&proposal.octets) != named.hash {
        return Err(Refusal::ProposalAltered);
    }
    Ok(proposal)
}

/// `type/subtype`, perhaps with parameters: what can stand in a header line (RFC 9110 §8.3.1).
fn is_media_type(text: &str) -> bool {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let token = |part: &str| {
        let of_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b);
        !part.is_empty() && part.bytes().all(of_token)
    };
    let named = name
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    let printable = |b: u8| b == b' ' || b.is_ascii_graphic();
    named && text.len() <= 128 && parameters.bytes().all(printable)
}
