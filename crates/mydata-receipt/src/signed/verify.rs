//! Believing a signed receipt, with public keys alone.

use super::SignedReceipt;
use super::agree::{self, Fact};
use super::evidence::{Evidence, Pair, ProposalOctets, RecordEvidence, Single};
use crate::issue::is_pair;
use crate::receipt::{Given, Grounds, Receipt};
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{OperatorId, ServiceId};
use mydata_core::jwk::{KeyHistory, KeySet, PublicKey};
use mydata_core::jws::{JwsFault, Sealed, Verified};
use mydata_core::lang::Trilingual;
use mydata_core::party::{Party, PartyKeys};
use mydata_core::refusals;
use mydata_record::chain::{Chain, ChainRefusal};
use mydata_record::consent::{Consent, ConsentStatus, Role};
use std::fmt;
use std::ops::Deref;

refusals! {
    /// Why a signed receipt is not believed, though its own signature verifies.
    pub enum EvidenceRefusal {
        Kind = "receipt_evidence_kind": "the evidence is not of the kind that the receipt speaks of",
        OperatorUnknown = "receipt_operator_unknown": "no key of receipts of the operator is known here",
        ServiceUnknown = "receipt_service_unknown": "no key of a linked service is known here",
        StatusMissing = "receipt_status_missing": "a consent has no status record",
        LinkOther = "receipt_link_other": "a consent was given under another link than the evidence carries",
        HalvesOther = "receipt_halves_other": "the two records are not the halves of one decision",
        FactOther = "receipt_fact_other": "the receipt says something else than a record",
        ProposalAltered = "receipt_proposal_altered": "what was shown is not what the consent names by its hash",
        KeyInTwoRoles = "receipt_key_two_roles": "the key of the receipt is one that signs something else: of the operator, the person or a service",
    }
}

/// The record in which something is wrong; of a consent for one service the role is that of a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "what a signed receipt carries")]
pub enum Place {
    /// The receipt itself.
    Receipt,
    /// The link of one half.
    Link(Role),
    /// The consent of one half.
    Consent(Role),
    /// A status record of one half; its number, from 0.
    Status(Role, usize),
    /// Both halves together.
    Halves,
    /// What was shown.
    Proposal,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = |role: &Role| match role {
            Role::Source => "the source's",
            Role::Sink => "the sink's",
        };
        match self {
            Self::Receipt => f.write_str("the receipt"),
            Self::Link(role) => write!(f, "{} link", half(role)),
            Self::Consent(role) => write!(f, "{} consent", half(role)),
            Self::Status(role, at) => write!(f, "status {at} of {} consent", half(role)),
            Self::Halves => f.write_str("the two consents together"),
            Self::Proposal => f.write_str("what was shown"),
        }
    }
}

/// Why a signed receipt is not believed, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceFault {
    /// An envelope.
    #[error("{1}: {0}")]
    Jws(JwsFault, Place),
    /// A history.
    #[error("{1}: {0}")]
    Chain(ChainRefusal, Place),
    /// What the parts say of each other.
    #[error("{1}: {0}")]
    Refused(EvidenceRefusal, Place),
    /// A fact of the receipt, by the member that has it.
    #[error("the receipt says something else than a record: {0}")]
    Fact(Fact),
}

impl EvidenceFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Jws(fault, _) => fault.code(),
            Self::Chain(refusal, _) => refusal.code(),
            Self::Refused(refusal, _) => refusal.code(),
            Self::Fact(_) => EvidenceRefusal::FactOther.code(),
        }
    }
}

/// What the verifier brings along. Nothing of it comes from the receipt.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Trust<'a> {
    /// The keys with which an operator has signed receipts, of whatever time, each with its life.
    pub operator: &'a dyn Fn(&OperatorId) -> Option<KeyHistory>,
    /// The registered keys of a service, of whatever time, each with its life: they vouch for the
    /// person's.
    pub service: &'a dyn Fn(&ServiceId) -> Option<KeyHistory>,
    /// Verification and SHA-256.
    pub crypto: &'a dyn Crypto,
}

impl fmt::Debug for Trust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// What a verification has not established: it is told each time, since "verified" alone would say
/// more than was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Unchecked {
    /// Whether anything has happened that the records carried do not show: since the last of them, or
    /// because one was left out; and what became of the links.
    Afterwards,
    /// Names, texts, terms, articles, rights, categories, recipients, retention and storage: the
    /// operator's word.
    Texts,
    /// How the person decided, and who changed a status and why: the operator's word.
    Ceremony,
    /// The octets of what was shown are not carried; only their hash is signed.
    ProposalOctets,
    /// No record of the person's stands behind the receipt: the processing rests on no consent.
    NoRecord,
    /// Times are those of whoever signed: no third party has stamped them.
    Times,
    /// Whether a key that signed had been stolen or taken back by then, since the verifier's keys are of
    /// whatever time; and that the key of a link is the person's, which its service and operator vouch
    /// for together.
    Keys,
}

impl Unchecked {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Afterwards,
        Self::Texts,
        Self::Ceremony,
        Self::ProposalOctets,
        Self::NoRecord,
        Self::Times,
        Self::Keys,
    ];

    /// The stable name: snake case, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Afterwards => "afterwards",
            Self::Texts => "texts",
            Self::Ceremony => "ceremony",
            Self::ProposalOctets => "proposal_octets",
            Self::NoRecord => "no_record",
            Self::Times => "times",
            Self::Keys => "keys",
        }
    }

    /// In an auditor's words.
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Afterwards => (
                "onko suostumukselle tai palveluyhteydelle tapahtunut jotakin, mitä kuitin sisältämistä tietueista ei näy: niiden jälkeen, tai siksi että jokin on jätetty pois",
                "om något har hänt med samtycket eller tjänstekopplingen som inte syns i de poster som kvittot innehåller: efter dem, eller för att någon har utelämnats",
                "whether anything has happened to the consent or the service link that the records in the receipt do not show: since then, or because one was left out",
            ),
            Self::Texts => (
                "osapuolet, nimet, tekstit, oikeusperusteet, oikeudet, vastaanottajat sekä säilytysaika ja -paikka: vain operaattorin ilmoitus",
                "parter, namn, texter, rättsliga grunder, rättigheter, mottagare, förvaringstid och förvaringsplats: enbart enligt operatören",
                "parties, names, texts, legal bases, rights, recipients, retention and storage: the operator's word alone",
            ),
            Self::Ceremony => (
                "miten päätös tehtiin, millä oikeudella toisen puolesta toimittiin ja kuka muutti tilaa ja miksi: vain operaattorin ilmoitus",
                "hur beslutet fattades, med vilken rätt någon företrädde en annan, och vem som ändrade statusen och varför: enbart enligt operatören",
                "how the decision was made, by what right somebody acted for another, and who changed the status and why: the operator's word alone",
            ),
            Self::ProposalOctets => (
                "näytetyn tekstin sisältö: kuitissa on vain sen tiiviste",
                "innehållet i den visade texten: kvittot har bara dess kontrollsumma",
                "the text that was shown: the receipt has only its hash",
            ),
            Self::NoRecord => (
                "käsittely ei perustu suostumukseen, joten allekirjoitettua tietuetta ei ole",
                "behandlingen grundar sig inte på samtycke, så det finns ingen undertecknad post",
                "the processing rests on no consent, so there is no signed record",
            ),
            Self::Times => (
                "ajankohdat: ne ovat allekirjoittajien ilmoittamia, eikä ulkopuolinen ole vahvistanut niitä",
                "tidpunkterna: de är undertecknarnas egna, och ingen utomstående har intygat dem",
                "the times: they are those of whoever signed, and no third party has confirmed them",
            ),
            Self::Keys => (
                "oliko jokin allekirjoitusavain viety tai peruttu ennen allekirjoitusta, ja että henkilön avain on hänen: sen takaavat palvelu ja operaattori yhdessä",
                "om någon signeringsnyckel var stulen eller återkallad före underskriften, och att personens nyckel är personens egen: det går tjänsten och operatören i god för tillsammans",
                "whether a signing key had been stolen or taken back before it signed, and that the person's key is the person's: the service and the operator vouch for it together",
            ),
        };
        Trilingual { fi, sv, en }
    }
}

/// A receipt that its operator has signed and that its records bear out. It reads as the [`Receipt`].
#[derive(Debug, Clone)]
pub struct Proven {
    signed: Verified<SignedReceipt>,
    digest: Sha256,
    unchecked: Vec<Unchecked>,
}

impl Proven {
    /// The signed receipt.
    #[must_use]
    pub const fn signed(&self) -> &Verified<SignedReceipt> {
        &self.signed
    }

    /// SHA-256 of the signed octets: what is printed on paper beside the id.
    #[must_use]
    pub const fn digest(&self) -> Sha256 {
        self.digest
    }

    /// What has not been established.
    #[must_use]
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.unchecked
    }
}

impl Deref for Proven {
    type Target = Receipt;

    fn deref(&self) -> &Receipt {
        &self.signed.receipt
    }
}

impl SignedReceipt {
    /// Verifies a receipt and every record in it, and holds what it says against what they say.
    ///
    /// # Errors
    /// [`EvidenceFault`]: the first thing that is wrong.
    //= FW-25, FW-26, FW-27, FW-28, FW-29
    pub fn verify(sealed: &Sealed<Self>, trust: &Trust<'_>) -> Result<Proven, EvidenceFault> {
        let at = Place::Receipt;
        let jws = |fault| EvidenceFault::Jws(fault, at);
        let unverified = sealed.open().map_err(jws)?;
        let operator = (trust.operator)(unverified.hint());
        let operator = operator.ok_or(refused(EvidenceRefusal::OperatorUnknown, at))?;
        let keys = PartyKeys::none().with_history(Party::Operator, &operator);
        let signed = unverified.verify(trust.crypto, &keys).map_err(jws)?;
        let mut unchecked = vec![Unchecked::Texts, Unchecked::Times, Unchecked::Keys];
        let receipt = &signed.receipt;
        match (&receipt.grounds, &signed.evidence) {
            (Grounds::Law(told), Evidence::None {}) => {
                agree::law(receipt, told)?;
                unchecked.push(Unchecked::NoRecord);
            }
            (Grounds::Consent(given), Evidence::Single(single)) => {
                let Single { record, proposal } = &**single;
                let bound = Bound::of(record, Role::Sink, &signed, trust)?;
                agree::single(receipt, given, &bound, trust.crypto)?;
                shown(given, proposal.as_ref(), trust.crypto, &mut unchecked)?;
            }
            (Grounds::Consent(given), Evidence::Pair(pair)) => {
                let Pair {
                    source,
                    sink,
                    proposal,
                } = &**pair;
                let source = Bound::of(source, Role::Source, &signed, trust)?;
                let sink = Bound::of(sink, Role::Sink, &signed, trust)?;
                for key in [source.consent.token_issuer_key(), source.consent.pop_key()] {
                    other_key(&signed, key)?;
                }
                // One person signed both in one sitting.
                let signed_alike = source.consent.signed_by() == sink.consent.signed_by();
                if !signed_alike || !is_pair(&source.consent, &sink.consent) {
                    return Err(refused(EvidenceRefusal::HalvesOther, Place::Halves));
                }
                agree::pair(receipt, given, &source, &sink, trust.crypto)?;
                shown(given, proposal.as_ref(), trust.crypto, &mut unchecked)?;
            }
            (Grounds::Law(_), Evidence::Single(_) | Evidence::Pair(_))
            | (Grounds::Consent(_), Evidence::None {}) => {
                return Err(refused(EvidenceRefusal::Kind, at));
            }
        }
        unchecked.sort_unstable();
        Ok(Proven {
            digest: signed.digest(trust.crypto),
            signed,
            unchecked,
        })
    }
}

const fn refused(refusal: EvidenceRefusal, at: Place) -> EvidenceFault {
    EvidenceFault::Refused(refusal, at)
}

/// A consent record with its history, verified.
pub(super) struct Bound<C> {
    pub(super) consent: Verified<C>,
    pub(super) chain: Chain<ConsentStatus>,
}

impl<C: Consent> Bound<C> {
    /// The service vouches for the link, the link for the keys of the person and of the operator, and
    /// those for the consent and its history.
    fn of(
        record: &RecordEvidence<C>,
        role: Role,
        signed: &Verified<SignedReceipt>,
        trust: &Trust<'_>,
    ) -> Result<Self, EvidenceFault> {
        let jws = |at| move |fault| EvidenceFault::Jws(fault, at);
        let unverified = record.link.open().map_err(jws(Place::Link(role)))?;
        let service = (trust.service)(&unverified.hint().service_id);
        let service = service.ok_or(refused(EvidenceRefusal::ServiceUnknown, Place::Link(role)))?;
        let owner = unverified.hint().cr_keys.clone();
        let keys = PartyKeys::none()
            .with(Party::Owner, &owner)
            .with_history(Party::Service, &service);
        let link = unverified
            .verify(trust.crypto, &keys)
            .map_err(jws(Place::Link(role)))?;
        let signers = link.signed_by().iter().map(|by| &by.key);
        for key in signers
            .chain(link.cr_keys.iter())
            .chain([&link.operator_key])
        {
            other_key(signed, key)?;
        }
        let operator = KeySet::from(link.operator_key.clone());
        let keys = PartyKeys::none()
            .with(Party::Owner, &link.cr_keys)
            .with(Party::Operator, &operator);
        let consent = record
            .consent
            .open()
            .and_then(|c| c.verify(trust.crypto, &keys));
        let consent = consent.map_err(jws(Place::Consent(role)))?;
        let terms = consent.terms();
        let is_under = terms.slr_id == link.link_id
            && terms.surrogate_id == link.surrogate_id
            && terms.subject_id == link.service_id
            && terms.operator == link.operator_id;
        if !is_under {
            return Err(refused(EvidenceRefusal::LinkOther, Place::Link(role)));
        }
        let mut chain: Option<Chain<ConsentStatus>> = None;
        for (at, status) in record.status.iter().enumerate() {
            let at = Place::Status(role, at);
            let status = status
                .open()
                .and_then(|s| s.verify(trust.crypto, &keys))
                .map_err(jws(at))?;
            let refused = |refusal| EvidenceFault::Chain(refusal, at);
            match &mut chain {
                Some(chain) => chain.append(status, trust.crypto).map_err(refused)?,
                None => {
                    let begun = Chain::begin(status, &terms.cr_id, &terms.surrogate_id);
                    chain = Some(begun.map_err(refused)?);
                }
            }
        }
        let chain = chain.ok_or(refused(
            EvidenceRefusal::StatusMissing,
            Place::Consent(role),
        ))?;
        Ok(Self { consent, chain })
    }
}

/// A key never serves two roles: whoever can sign a token must not be able to sign a receipt.
fn other_key(signed: &Verified<SignedReceipt>, key: &PublicKey) -> Result<(), EvidenceFault> {
    if signed
        .signed_by()
        .iter()
        .any(|by| by.key.material() == key.material())
    {
        return Err(refused(EvidenceRefusal::KeyInTwoRoles, Place::Receipt));
    }
    Ok(())
}

/// What was shown is what the consent names.
fn shown(
    given: &Given,
    proposal: Option<&ProposalOctets>,
    crypto: &dyn Crypto,
    unchecked: &mut Vec<Unchecked>,
) -> Result<(), EvidenceFault> {
    unchecked.extend([Unchecked::Afterwards, Unchecked::Ceremony]);
    match proposal {
        None => unchecked.push(Unchecked::ProposalOctets),
        Some(proposal) if crypto.sha256(&proposal.octets) == given.notice.sha256 => {}
        Some(_) => return Err(refused(EvidenceRefusal::ProposalAltered, Place::Proposal)),
    }
    Ok(())
}

mydata_core::coded!(ref EvidenceFault);
