use mydata_core::json::JsonFault;
use mydata_core::{coded, refusals};

refusals! {
    /// Why an envelope of an older system is refused.
    pub enum EnvelopeRefusal {
        Malformed = "legacy_malformed": "not a JWS in the form expected of an older system",
        MixedForms = "legacy_mixed_forms": "members of the flattened and the general form stand together",
        NotBase64url = "legacy_not_base64url": "a part is not canonical base64url without padding",
        HeaderTooLarge = "legacy_header_too_large": "a protected header has more than 1024 characters",
        HeaderUnknownMember = "legacy_header_unknown_member": "a header has a member that is not known here, or one of another form",
        Crit = "legacy_crit": "a header has `crit` or `b64`; no extension is understood",
        KeyNamed = "legacy_key_named": "a header names a key by an address, a certificate or a digest",
        KeyDiffers = "legacy_key_differs": "the `jwk` in a header is not the key that is bound",
        Nested = "legacy_nested": "a header has `cty`; nothing nested is understood",
        Typ = "legacy_typ": "a header has `typ`, which no older system wrote",
        AlgNone = "legacy_alg_none": "`alg` is `none`: nothing is signed",
        AlgSymmetric = "legacy_alg_symmetric": "`alg` is symmetric: who verifies could have signed",
        AlgRsa = "legacy_alg_rsa": "`alg` is RSA, and no RSA keys are bound to verify it with, or it is not RS256",
        AlgUnsupported = "legacy_alg_unsupported": "`alg` is missing, or not ES256, EdDSA or Ed25519",
        AlgUnprotected = "legacy_alg_unprotected": "`alg` stands in the unprotected header",
        AlgMismatch = "legacy_alg_mismatch": "`alg` is not the algorithm of the key",
        KidMissing = "legacy_kid_missing": "neither header of a record has a `kid`",
        KidTwice = "legacy_kid_twice": "`kid` stands in the protected and in the unprotected header",
        KidUnknown = "legacy_kid_unknown": "no key bound to a party that may sign has this `kid`",
        KidAmbiguous = "legacy_kid_ambiguous": "keys of two parties have this `kid`",
        KeyNotTold = "legacy_key_not_told": "no `kid` names the key, and not exactly one key is bound",
        SignerSet = "legacy_signer_set": "the signatures are not exactly those that the record must bear",
        KeyNotInForce = "legacy_key_not_in_force": "the key that signed was not in force at the time that the record states",
        SignatureInvalid = "legacy_signature_invalid": "a signature does not verify",
    }
}

refusals! {
    /// Why a payload is not a record of an older system.
    pub enum RecordRefusal {
        Version = "legacy_version": "the version is not 1.2, 1.2.1 or 1.3",
        NamedTwice = "legacy_named_twice": "a member stands under both of its names",
        MemberMissing = "legacy_member_missing": "a member that may have two names stands under neither",
        Time = "legacy_time": "a time is not of the form and unit of its member",
        AccountId = "legacy_account_id": "the account id is neither a whole number nor an id",
        Previous = "legacy_previous": "`prev_record_id` is neither an id nor one of the forms of none",
        State = "legacy_state": "the state is none of the framework's",
        Role = "legacy_role": "the role is neither Source nor Sink",
        RolePart = "legacy_role_part": "`role_specific_part` is not that of the role",
        Validity = "legacy_validity": "`exp` is not after `nbf`",
        UsageRules = "legacy_usage_rules": "usage rules are missing, or titles and objects are mixed",
        NoDataset = "legacy_no_dataset": "the resource set is empty, or has a dataset twice",
        ResourceSetDiffers = "legacy_resource_set_differs": "`rs_id` is not that of the resource set",
        Confirmation = "legacy_confirmation": "`cnf.kid` is not the consent that `pi_id` names",
        At = "legacy_at": "`at` is not an object with `auth_token`",
    }
}

/// Why something of an older system was not read or not verified. It never repeats the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The envelope itself.
    #[error("{0}")]
    Envelope(EnvelopeRefusal),
    /// The JSON of the envelope, or of a description.
    #[error("envelope: {0}")]
    Json(JsonFault),
    /// The JSON of the payload.
    #[error("payload: {0}")]
    Payload(JsonFault),
    /// What the payload says.
    #[error("payload: {0}")]
    Record(RecordRefusal),
}

impl Fault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Envelope(refusal) => refusal.code(),
            Self::Json(fault) | Self::Payload(fault) => fault.code(),
            Self::Record(refusal) => refusal.code(),
        }
    }
}

impl From<EnvelopeRefusal> for Fault {
    fn from(refusal: EnvelopeRefusal) -> Self {
        Self::Envelope(refusal)
    }
}

impl From<RecordRefusal> for Fault {
    fn from(refusal: RecordRefusal) -> Self {
        Self::Record(refusal)
    }
}

coded!(ref Fault);
