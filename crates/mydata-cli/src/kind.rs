//! The kinds of signed records: one row each, and what a type says about its own.

use crate::finding::Finding;
use mydata::core::crypto::Signer;
use mydata::core::json::{Limits, from_slice};
use mydata::core::jws::{JwsFault, KeyNaming, Payload, Sealed, Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys, SignerRule};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::receipt::signed::SignedReceipt;
use mydata::record::consent::{Consent, ConsentStatus, SingleConsent, SinkConsent, SourceConsent};
use mydata::record::description::{Description, OperatorDescription, Policy, Service};
use mydata::record::link::{LinkProposal, LinkRecord, LinkState, LinkStatus};
use mydata::record::notification::{Notification, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse};
use mydata::record::standing::standing;
use mydata::token::access::AccessRule;
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::proof::{DataRequest, ProofRefusal};
use mydata::token::window::Window;
use serde_json::Value;

/// What the tool knows of a kind beside what its type knows.
pub(crate) trait Known: Payload {
    /// Its name here and in the vectors.
    const NAME: &'static str;
    /// For people.
    const SAYS: &'static str;
    /// Whether it travels in the compact form.
    const IS_COMPACT: bool = false;
    /// What a good signature leaves open.
    const OPEN: &'static [&'static str] = &[];

    /// Rules beyond the shape.
    fn rules(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// What its own times say at `now`.
    fn at(&self, _: Timestamp) -> Option<Finding> {
        None
    }
}

/// What a verification has shown.
#[derive(Debug)]
pub(crate) struct Believed {
    pub(crate) signed_by: Vec<Signature>,
    pub(crate) digest: String,
    /// What is wrong with it all the same: rules, and its times.
    pub(crate) wrong: Vec<Finding>,
    /// Of a data request, the token in it.
    pub(crate) token: Option<String>,
}

/// A signature that is good.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) party: Party,
    pub(crate) kid: String,
    pub(crate) thumbprint: String,
}

/// A record that was just signed, and what of the given payload its kind does not know.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) text: String,
    pub(crate) written: Value,
}

type Verify = fn(&str, &PartyKeys<'_>, Timestamp) -> Result<Believed, JwsFault>;
type Sign = fn(&[u8], &dyn Signer) -> Result<Made, Vec<Finding>>;

/// A row of [`KINDS`].
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) typ: &'static str,
    pub(crate) signers: SignerRule,
    pub(crate) naming: KeyNaming,
    pub(crate) limits: Limits,
    pub(crate) open: &'static [&'static str],
    /// Opens an envelope: its first fault.
    pub(crate) envelope: fn(&str) -> Option<Finding>,
    /// Reads a payload: its faults, with those of its times when there is a time.
    pub(crate) payload: fn(&[u8], Option<Timestamp>) -> Vec<Finding>,
    pub(crate) verify: Verify,
    pub(crate) sign: Sign,
}

const fn row<T: Known>() -> Kind {
    Kind {
        name: T::NAME,
        says: T::SAYS,
        typ: T::TYP,
        signers: T::SIGNERS,
        naming: T::NAMING,
        limits: T::LIMITS,
        open: T::OPEN,
        envelope: envelope::<T>,
        payload: payload::<T>,
        verify: verify::<T>,
        sign: sign::<T>,
    }
}

/// Every kind. Of two with one `typ` the stricter stands first: a guess never weakens.
pub(crate) const KINDS: [Kind; 17] = [
    row::<Token>(),
    row::<DataRequest>(),
    row::<DpopProof>(),
    row::<LinkRecord>(),
    row::<LinkProposal>(),
    row::<LinkStatus>(),
    row::<SingleConsent>(),
    row::<SourceConsent>(),
    row::<SinkConsent>(),
    row::<ConsentStatus>(),
    row::<Subscription>(),
    row::<Notification>(),
    row::<ObjectionRequest>(),
    row::<ObjectionResponse>(),
    row::<Service>(),
    row::<OperatorDescription>(),
    row::<SignedReceipt>(),
];

impl Kind {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The kind of a `typ`; of two the one with more signatures.
    pub(crate) fn of_typ(typ: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.typ == typ)
    }

    /// The parties that may sign, and how many of them must.
    pub(crate) const fn parties(&self) -> (&'static [Party], usize) {
        match self.signers {
            SignerRule::All(parties) => (parties, parties.len()),
            SignerRule::OneOf(parties) => (parties, 1),
        }
    }

    /// Whose signatures it bears, in words.
    pub(crate) fn must_sign(&self) -> String {
        let (parties, _) = self.parties();
        let names: Vec<String> = parties.iter().map(ToString::to_string).collect();
        match self.signers {
            SignerRule::All(_) => names.join(" and "),
            SignerRule::OneOf(_) => names.join(" or "),
        }
    }
}

/// The envelope in the form in which the kind travels.
pub(crate) fn seal<T: Known>(text: &str) -> Result<Sealed<T>, JwsFault> {
    if T::IS_COMPACT {
        Sealed::from_compact(text)
    } else {
        Sealed::from_json(text.as_bytes())
    }
}

fn envelope<T: Known>(text: &str) -> Option<Finding> {
    let opened = seal::<T>(text).and_then(|sealed| sealed.open());
    opened.err().map(|fault| Finding::jws(&fault))
}

fn payload<T: Known>(octets: &[u8], at: Option<Timestamp>) -> Vec<Finding> {
    match from_slice::<T>(octets, T::LIMITS) {
        Err(fault) => vec![Finding::of(&fault)],
        Ok(value) => {
            let mut found = value.rules();
            found.extend(at.and_then(|at| value.at(at)));
            found
        }
    }
}

/// Opens and verifies.
pub(crate) fn believe<T: Known>(text: &str, keys: &PartyKeys<'_>) -> Result<Verified<T>, JwsFault> {
    seal::<T>(text)?.open()?.verify(&Ring, keys)
}

/// Who signed, for the report.
pub(crate) fn signatures<T: Payload>(record: &Verified<T>) -> Vec<Signature> {
    let signed = record.signed_by().iter().map(|by| Signature {
        party: by.party,
        kid: by.key.kid().as_str().to_owned(),
        thumbprint: by.key.thumbprint(&Ring).to_base64url(),
    });
    signed.collect()
}

fn verify<T: Known>(
    text: &str,
    keys: &PartyKeys<'_>,
    now: Timestamp,
) -> Result<Believed, JwsFault> {
    let record = believe::<T>(text, keys)?;
    let mut wrong = record.rules();
    wrong.extend(record.at(now));
    let token = (&*record as &dyn std::any::Any).downcast_ref::<DataRequest>();
    Ok(Believed {
        signed_by: signatures(&record),
        digest: record.digest(&Ring).to_base64url(),
        wrong,
        token: token.map(|request| request.token().as_str().to_owned()),
    })
}

fn sign<T: Known>(octets: &[u8], signer: &dyn Signer) -> Result<Made, Vec<Finding>> {
    let value: T = from_slice(octets, T::LIMITS).map_err(|fault| vec![Finding::of(&fault)])?;
    let broken = value.rules();
    if !broken.is_empty() {
        return Err(broken);
    }
    let written = serde_json::to_value(&value).unwrap_or_default();
    let signed = Unsigned::new(value).sign(signer);
    let sealed = signed.map_err(|fault| vec![Finding::of(&fault)])?.seal();
    let text = if T::IS_COMPACT {
        sealed.to_compact().unwrap_or_default()
    } else {
        sealed.to_json()
    };
    Ok(Made { text, written })
}

/// The rules of a description, in the three languages of the libraries.
fn described<D: Description>(description: &D) -> Vec<Finding> {
    let Err(faults) = description.clone().checked(&Policy::default()) else {
        return Vec::new();
    };
    let faults = faults.into_iter().map(|fault| Finding {
        code: fault.refusal.code(),
        text: fault.refusal.text().to_owned(),
        at: fault.at,
    });
    faults.collect()
}

fn in_force(consent: &impl Consent, now: Timestamp) -> Option<Finding> {
    use mydata::record::consent::ConsentState;
    let validity = consent.terms().validity();
    let standing = standing(LinkState::Active, ConsentState::Active, validity, now);
    standing.permit().err().map(|bar| Finding::of(&bar))
}

const LINK_OPEN: &[&str] = &["whether the link is still in force: its status records say that"];
const CONSENT_OPEN: &[&str] =
    &["whether the consent has been paused or withdrawn: its status records say that"];
const STATUS_OPEN: &[&str] = &[
    "whether it is the newest of its chain, and follows from the records before it",
    "whether its time is one that has come: a status is good from when it follows",
];

impl Known for Token {
    const NAME: &'static str = "token";
    const SAYS: &'static str = "authorisation token";
    const IS_COMPACT: bool = true;
    const OPEN: &'static [&'static str] = &[
        "whether the consent that it names permits anything now, and names this issuer and this key",
        "whether it is good for the address that is asked",
    ];

    /// As a source asks it: the beginning with the leeway of the clocks, the end without (DT-50).
    fn at(&self, now: Timestamp) -> Option<Finding> {
        let ahead = now.plus(Window::default().token_leeway());
        if self.nbf() > ahead || self.iat() > ahead {
            Some(Finding::of(&AccessRule::TokenNotYetValid))
        } else if self.exp() <= now {
            Some(Finding::of(&AccessRule::TokenExpired))
        } else {
            None
        }
    }
}

impl Known for DataRequest {
    const NAME: &'static str = "data_request";
    const SAYS: &'static str = "signed data request";
    const IS_COMPACT: bool = true;
    const OPEN: &'static [&'static str] = &[
        "whether it is about the request that was sent: method, address and body were not compared",
        "whether it has been used before",
        "whether the consent behind the token permits anything now",
    ];

    fn at(&self, now: Timestamp) -> Option<Finding> {
        in_window(self.signed_at(), now)
    }
}

impl Known for DpopProof {
    const NAME: &'static str = "dpop_proof";
    const SAYS: &'static str = "DPoP proof";
    const IS_COMPACT: bool = true;
    const OPEN: &'static [&'static str] = &[
        "whether it is about the request and the token that were sent: none of them was compared",
        "whether it has been used before",
    ];

    fn at(&self, now: Timestamp) -> Option<Finding> {
        in_window(self.signed_at(), now)
    }
}

/// As a source asks it, in the default window.
fn in_window(signed_at: Timestamp, now: Timestamp) -> Option<Finding> {
    let window = Window::default();
    if signed_at < now.minus(window.past()) {
        Some(Finding::of(&ProofRefusal::TooOld))
    } else if signed_at > now.plus(window.future()) {
        Some(Finding::of(&ProofRefusal::InFuture))
    } else {
        None
    }
}

macro_rules! known {
    ($($type:ty: $name:literal, $says:literal, $open:expr $(, $item:item)*;)+) => {$(
        impl Known for $type {
            const NAME: &'static str = $name;
            const SAYS: &'static str = $says;
            const OPEN: &'static [&'static str] = $open;
            $($item)*
        }
    )+};
}

known! {
    LinkRecord: "link_record", "service link record", LINK_OPEN;
    LinkProposal: "link_proposal", "link record that the service has not signed yet",
        &["whether the service agrees: its signature is still missing",
          "whether whoever signed is the owner: the key must be one of its cr_keys"];
    LinkStatus: "link_status", "status of a service link", STATUS_OPEN;
    SingleConsent: "single_consent", "consent for one service", CONSENT_OPEN,
        fn at(&self, now: Timestamp) -> Option<Finding> { in_force(self, now) };
    SourceConsent: "source_consent", "consent of a source", CONSENT_OPEN,
        fn at(&self, now: Timestamp) -> Option<Finding> { in_force(self, now) };
    SinkConsent: "sink_consent", "consent of a sink", CONSENT_OPEN,
        fn at(&self, now: Timestamp) -> Option<Finding> { in_force(self, now) };
    ConsentStatus: "consent_status", "status of a consent", STATUS_OPEN;
    Subscription: "subscription", "subscription to notifications", &[];
    Notification: "notification", "notification", &[];
    ObjectionRequest: "objection", "objection", &[];
    ObjectionResponse: "objection_response", "answer to an objection", &[];
    Service: "service_description", "service description", &[],
        fn rules(&self) -> Vec<Finding> { described(self) };
    OperatorDescription: "operator_description", "operator description", &[],
        fn rules(&self) -> Vec<Finding> { described(self) };
    SignedReceipt: "receipt", "signed receipt", &[];
}
