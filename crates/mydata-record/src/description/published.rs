//! A description as it is found: plain JSON or signed, and what it takes to believe it.

use super::check::{DescriptionError, DescriptionFault, Policy, ServiceDescription};
use super::issued::Issued;
use super::operator::{CheckedOperator, OperatorDescription};
use super::service::Service;
use super::well_known;
use mydata_core::crypto::Crypto;
use mydata_core::json::{self, Limits, Present};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::{JwsFault, JwsRefusal, Payload, Sealed, Unverified, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::refusals;
use mydata_core::resource::Origin;
use serde::Deserialize;
use std::fmt;
use std::ops::Deref;

refusals! {
    /// Why a description that holds in itself is not the one that was asked for.
    pub enum PublishedRefusal {
        NotSigned = "description_not_signed": "the description is not signed, and must be",
        Other = "description_other": "the description is somebody else's",
        Elsewhere = "description_elsewhere": "the description was found at an origin that it does not name",
    }
}

/// What may be published: the description of a service or of an operator. Nobody else implements it.
pub trait Description: Payload<Hint: Eq> + Clone + fmt::Debug + private::Sealed {
    /// The description when every rule holds.
    type Checked: Clone + Eq + fmt::Debug + Deref<Target = Self> + Send + Sync;

    /// Who signs it, if anybody does.
    const SIGNER: Party;

    /// Where it is published by whom it describes.
    const LOCATION: &'static str;

    /// Where it may be found as well.
    const ALIASES: &'static [&'static str];

    /// Checks every rule.
    ///
    /// # Errors
    /// Every fault there is.
    fn checked(self, policy: &Policy) -> Result<Self::Checked, Vec<DescriptionFault>>;

    /// Whether it names this origin as its own.
    fn names(&self, origin: &Origin) -> bool;
}

mod private {
    #[expect(unnameable_types, reason = "nobody else is to implement it")]
    pub trait Sealed {}
    impl Sealed for super::Service {}
    impl Sealed for super::OperatorDescription {}
}

impl Description for Service {
    type Checked = ServiceDescription;
    const SIGNER: Party = Party::Service;
    const LOCATION: &'static str = well_known::SERVICE;
    const ALIASES: &'static [&'static str] = well_known::SERVICE_ALIASES;

    fn checked(self, policy: &Policy) -> Result<ServiceDescription, Vec<DescriptionFault>> {
        ServiceDescription::check(self, policy)
    }

    fn names(&self, origin: &Origin) -> bool {
        let urls = &self.service_description.service_urls;
        urls.domain == *origin || urls.library_domain == *origin
    }
}

impl Description for OperatorDescription {
    type Checked = CheckedOperator;
    const SIGNER: Party = Party::Operator;
    const LOCATION: &'static str = well_known::OPERATOR;
    const ALIASES: &'static [&'static str] = well_known::OPERATOR_ALIASES;

    fn checked(self, _: &Policy) -> Result<CheckedOperator, Vec<DescriptionFault>> {
        CheckedOperator::check(self)
    }

    fn names(&self, origin: &Origin) -> bool {
        self.operator_urls.domain == *origin
    }
}

/// A description as it was found, neither verified nor checked: its contents are out of reach but
/// for [`hint`](Self::hint).
#[must_use = "a description that is not checked says nothing"]
pub struct Published<D> {
    form: Form<D>,
    at: Option<Origin>,
}

enum Form<D> {
    Plain(Box<D>),
    Signed(Unverified<D>),
}

/// The members that tell a JWS from a description.
#[derive(Deserialize)]
struct Probe {
    #[serde(default)]
    payload: Present,
    #[serde(default)]
    protected: Present,
    #[serde(default)]
    signature: Present,
    #[serde(default)]
    signatures: Present,
}

impl<D: Description> Published<D> {
    /// Reads what was found. A document with any member of a JWS is one, so that half an envelope
    /// never passes for a description that nobody signed; nobody's member is read twice on the way.
    ///
    /// # Errors
    /// [`DescriptionError`] for what is neither, with the fault of the form that it has.
    //= SD-13, SD-14, SD-31, SD-32
    pub fn read(octets: &[u8]) -> Result<Self, DescriptionError> {
        let Limits {
            depth,
            members,
            values,
            ..
        } = D::LIMITS;
        let limits = Limits::new(D::LIMITS.enveloped().octets, depth, members, values);
        let probe: Probe = json::from_slice(octets, limits)?;
        let members = [
            probe.payload,
            probe.protected,
            probe.signature,
            probe.signatures,
        ];
        if members.iter().any(|member| member.0) {
            return Self::open(&Sealed::from_json(octets)?);
        }
        let plain: D = json::from_slice(octets, D::LIMITS)?;
        Ok(Self::of(Form::Plain(Box::new(plain))))
    }

    /// A signed one that came as such, in a message of somebody's own.
    ///
    /// # Errors
    /// [`DescriptionError`] when it does not open.
    pub fn open(sealed: &Sealed<D>) -> Result<Self, DescriptionError> {
        Ok(Self::of(Form::Signed(sealed.open()?)))
    }

    const fn of(form: Form<D>) -> Self {
        Self { form, at: None }
    }

    pub(super) fn found_at(mut self, origin: Origin) -> Self {
        self.at = Some(origin);
        self
    }

    /// Whose it says it is. Untrusted: for looking up keys only.
    pub fn hint(&self) -> &D::Hint {
        match &self.form {
            Form::Plain(plain) => plain.hint(),
            Form::Signed(unverified) => unverified.hint(),
        }
    }

    /// Whether it comes with a signature, verified or not.
    #[must_use]
    pub const fn has_signature(&self) -> bool {
        matches!(self.form, Form::Signed(_))
    }

    /// Verifies the signature if there is one, and checks every rule.
    ///
    /// # Errors
    /// [`DescriptionError`]: a signature that does not verify with a key of `trust` is a fault and
    /// never the same as none.
    //= SD-10, SD-13, SD-14, SD-31, SD-32
    pub fn check(self, trust: &Trust<'_, D>) -> Result<Found<D>, DescriptionError> {
        let (description, proof) = match self.form {
            Form::Plain(_) if trust.must_be_signed => {
                return Err(PublishedRefusal::NotSigned.into());
            }
            Form::Plain(plain) => (*plain, None),
            Form::Signed(unverified) => {
                let keys = trust
                    .keys
                    .ok_or(JwsFault::Envelope(JwsRefusal::KidUnknown))?;
                let keys = PartyKeys::none().with(D::SIGNER, keys);
                let verified = unverified.verify(trust.crypto, &keys)?;
                (D::clone(&verified), Some(verified))
            }
        };
        if trust.of.is_some_and(|id| id != description.hint()) {
            return Err(PublishedRefusal::Other.into());
        }
        if self.at.as_ref().is_some_and(|at| !description.names(at)) {
            return Err(PublishedRefusal::Elsewhere.into());
        }
        let description = description.checked(trust.policy);
        Ok(Found {
            description: description.map_err(DescriptionError::Rules)?,
            proof,
            at: self.at,
        })
    }
}

impl<D> fmt::Debug for Published<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.form {
            Form::Plain(_) => "Published(plain)",
            Form::Signed(_) => "Published(signed)",
        })
    }
}

/// What somebody who reads a description already knows and demands.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Trust<'a, D: Description> {
    /// Whose description was asked for; any when the caller does not know yet.
    pub of: Option<&'a D::Hint>,
    /// The keys that are bound to it already: by the registration, or by a certificate that the
    /// caller has fetched and checked ([`KeySet::certified`]). Never from the description: its
    /// `cert.x5u` is not fetched here (SD-10, D22).
    pub keys: Option<&'a KeySet>,
    /// Whether it must be signed: so for whom has signed before.
    pub must_be_signed: bool,
    /// What it must say.
    pub policy: &'a Policy,
    /// Verification.
    pub crypto: &'a dyn Crypto,
}

/// A description that holds, and what is known of where it comes from. It reads as the checked
/// description.
pub struct Found<D: Description> {
    description: D::Checked,
    proof: Option<Verified<D>>,
    at: Option<Origin>,
}

impl<D: Description> Found<D> {
    /// The description.
    pub const fn description(&self) -> &D::Checked {
        &self.description
    }

    /// The same, given up.
    #[must_use]
    pub fn into_description(self) -> D::Checked {
        self.description
    }

    /// The key that it was signed with; none when it was not signed.
    #[must_use]
    pub fn signed_by(&self) -> Option<&PublicKey> {
        let signed_by = self.proof.as_ref()?.signed_by().first()?;
        Some(&signed_by.key)
    }

    /// Whether it is not signed, or signed with a key of these.
    #[must_use]
    pub fn fits(&self, keys: &KeySet) -> bool {
        self.signed_by()
            .is_none_or(|key| keys.get(key.kid()) == Some(key))
    }

    /// The origin at whose well-known location it was found, when it was.
    #[must_use]
    pub const fn found_at(&self) -> Option<&Origin> {
        self.at.as_ref()
    }

    /// As it is published: the octets that were signed, or the description as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        match &self.proof {
            Some(verified) => verified.seal().to_json().into_bytes(),
            // Nothing that was read cannot be written.
            None => json::to_vec::<D>(&self.description).unwrap_or_default(),
        }
    }
}

impl Found<Service> {
    /// The same with a creation log of the registry's (SD-07). A signed one keeps what its service
    /// has signed: the log of the registry then stands in the registry alone.
    //= SD-07
    #[must_use]
    pub fn created(mut self, issued: Issued, by: &str) -> Self {
        if self.proof.is_none() {
            self.description = self.description.created(issued, by);
        }
        self
    }
}

impl<D: Description> Deref for Found<D> {
    type Target = D::Checked;

    fn deref(&self) -> &D::Checked {
        &self.description
    }
}

impl<D: Description> Clone for Found<D> {
    fn clone(&self) -> Self {
        Self {
            description: self.description.clone(),
            proof: self.proof.clone(),
            at: self.at.clone(),
        }
    }
}

impl<D: Description> PartialEq for Found<D> {
    fn eq(&self, other: &Self) -> bool {
        (&self.description, &self.proof, &self.at) == (&other.description, &other.proof, &other.at)
    }
}

impl<D: Description> Eq for Found<D> {}

impl<D: Description> fmt::Debug for Found<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("description", &self.description)
            .field("signed_by", &self.signed_by())
            .field("at", &self.at)
            .finish()
    }
}
