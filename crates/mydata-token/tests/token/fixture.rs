//! One person, one operator, one source, one sink; everything signed with fresh keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata_chosen::Chosen;
use mydata_core::crypto::{Crypto, Sha256, Signature, Signer};
use mydata_core::id::{
    ConsentId, DatasetId, DescriptionVersion, DistributionId, KeyId, LinkId, Nonce, OperatorId,
    RecordId, ResourceSetId, ServiceId, SurrogateId, TokenId,
};
use mydata_core::jwk::{Algorithm, KeySet, PublicKey};
use mydata_core::jws::{Payload, Unsigned, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::resource::{Origin, ResourceUrl};
use mydata_core::time::{Seconds, Timestamp};
use mydata_keys::PrivateKey;
use mydata_record::Version;
use mydata_record::chain::{Chain, Previous, StatusRecord};
use mydata_record::consent::{
    ConsentProposal, ConsentState, ConsentStatus, Role, SourceConsent, Terms,
};
use mydata_record::link::{LinkState, LinkStatus};
use mydata_record::possession::ProofScheme;
use mydata_record::resource_set::{ResourceDataset, ResourceSet};
use mydata_token::access::{
    Access, Denial, Gate, Grant, HeldConsent, HeldConsents, Question, access,
};
use mydata_token::cache::TokenCache;
use mydata_token::claims::{Token, TokenText};
use mydata_token::policy::TokenPolicy;
use mydata_token::proof::{DataRequest, authorization_header};
use mydata_token::replay::{ReplayGuard, TwoGenerations};
use mydata_token::request::HttpRequest;
use mydata_token::window::Window;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// 2027-01-15T08:00:00Z: when everything happens.
pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const URL: &str = "https://vero.example/data/tax";
pub(crate) const CONSENT: &str = "cr-source-1";
pub(crate) const SURROGATE: &str = "surrogate-sofia";

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

pub(crate) fn url(text: &str) -> ResourceUrl {
    ResourceUrl::parse(text).unwrap()
}

pub(crate) fn key(kid: &str, algorithm: Algorithm) -> PrivateKey {
    mydata_chosen::generate(KeyId::parse(kid).unwrap(), algorithm).unwrap()
}

/// Signs a record and believes it.
pub(crate) fn verified<T: Payload>(record: T, party: Party, signer: &PrivateKey) -> Verified<T> {
    let sealed = Unsigned::new(record).sign(signer).unwrap().seal();
    let keys = KeySet::from(signer.public().clone());
    let keys = PartyKeys::none().with(party, &keys);
    sealed.open().unwrap().verify(&Chosen, &keys).unwrap()
}

/// A compact JWS of any header and any payload.
pub(crate) fn jws(header: &Value, payload: &Value, signer: &PrivateKey) -> String {
    jws_of_text(&header.to_string(), &payload.to_string(), signer)
}

pub(crate) fn jws_of_text(header: &str, payload: &str, signer: &PrivateKey) -> String {
    let encode = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
    let input = [encode(header.as_bytes()), encode(payload.as_bytes())].join(".");
    let signature = signer.sign(input.as_bytes()).unwrap();
    [input, encode(signature.as_octets())].join(".")
}

/// What may differ from one world to the next.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) algorithm: Algorithm,
    pub(crate) urls: Vec<String>,
    pub(crate) nbf: Option<u64>,
    pub(crate) exp: Option<u64>,
    pub(crate) proof: ProofScheme,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Ed25519,
            urls: vec![URL.to_owned(), "https://vero.example/data/car".to_owned()],
            nbf: None,
            exp: None,
            proof: ProofScheme::Pop,
        }
    }
}

impl Plan {
    pub(crate) fn consent(&self, pop: &PublicKey, issuer: &PublicKey) -> SourceConsent {
        let dataset = |(n, url): (usize, &String)| {
            ResourceDataset::fetched(
                DatasetId::parse(&format!("dataset-{n}")).unwrap(),
                DistributionId::parse(&format!("distribution-{n}")).unwrap(),
                ResourceUrl::parse(url).unwrap(),
            )
        };
        let datasets = self.urls.iter().enumerate().map(dataset).collect();
        let set = ResourceSet::new(ResourceSetId::parse("rs-1").unwrap(), datasets).unwrap();
        let terms = Terms {
            version: Version::default(),
            cr_id: ConsentId::parse(CONSENT).unwrap(),
            surrogate_id: SurrogateId::parse(SURROGATE).unwrap(),
            rs_description: set.into(),
            slr_id: LinkId::parse("link-1").unwrap(),
            service_description_version: DescriptionVersion::parse("1").unwrap(),
            consent_proposal: ConsentProposal {
                url: url("https://operator.example/proposals/1"),
                hash: Chosen.sha256(b"proposal"),
            },
            iat: at(NOW - 1000),
            nbf: self.nbf.map(at),
            exp: self.exp.map(at),
            operator: OperatorId::parse("operator-espoo").unwrap(),
            subject_id: ServiceId::parse("service-vero").unwrap(),
            role: Role::Source,
            x_mydata: None,
        };
        let consent = SourceConsent::new(terms, pop.clone(), issuer.clone()).unwrap();
        consent.proven_by(self.proof)
    }
}

/// Everything that a source holds, and the keys of the others.
pub(crate) struct World {
    pub(crate) owner: PrivateKey,
    pub(crate) operator: PrivateKey,
    pub(crate) sink: PrivateKey,
    pub(crate) consent: Verified<SourceConsent>,
    pub(crate) link: Chain<LinkStatus>,
    pub(crate) status: Chain<ConsentStatus>,
    pub(crate) complete: bool,
    /// The store gives this consent for whatever it is asked.
    pub(crate) confused: bool,
}

impl HeldConsents for World {
    fn source_consent(&self, id: &ConsentId) -> Option<HeldConsent<'_>> {
        (self.confused || id.as_str() == CONSENT).then_some(HeldConsent {
            consent: &self.consent,
            link: &self.link,
            status: &self.status,
            complete: self.complete,
        })
    }
}

fn first<S: StatusRecord>(subject: S::Subject, owner: &PrivateKey) -> Chain<S> {
    let surrogate = SurrogateId::parse(SURROGATE).unwrap();
    let record = S::make(
        RecordId::parse("status-1").unwrap(),
        subject.clone(),
        surrogate.clone(),
        S::INITIAL,
        at(NOW - 900),
        Previous::None,
        None,
    );
    Chain::begin(verified(record, Party::Owner, owner), &subject, &surrogate).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(&Plan::default())
    }

    pub(crate) fn of(plan: &Plan) -> Self {
        let owner = key("owner-1", plan.algorithm);
        let operator = key("operator-1", plan.algorithm);
        let sink = key("sink-1", plan.algorithm);
        let consent = plan.consent(sink.public(), operator.public());
        Self {
            consent: verified(consent, Party::Owner, &owner),
            link: first(LinkId::parse("link-1").unwrap(), &owner),
            status: first(ConsentId::parse(CONSENT).unwrap(), &owner),
            complete: true,
            confused: false,
            owner,
            operator,
            sink,
        }
    }

    pub(crate) fn turn(&mut self, state: ConsentState) {
        let id = RecordId::parse(&format!("status-{}", self.status.iter().count() + 1)).unwrap();
        let draft = self.status.draft(state, id, at(NOW - 100), &Chosen);
        let record = verified(draft, Party::Owner, &self.owner);
        self.status.append(record, &Chosen).unwrap();
    }

    pub(crate) fn unlink(&mut self) {
        let id = RecordId::parse("link-status-2").unwrap();
        let draft = self
            .link
            .draft(LinkState::Removed, id, at(NOW - 100), &Chosen);
        let record = verified(draft, Party::Owner, &self.owner);
        self.link.append(record, &Chosen).unwrap();
    }

    pub(crate) fn other_status(&mut self, cr_id: &str) {
        self.status = first(ConsentId::parse(cr_id).unwrap(), &self.owner);
    }

    /// The token that the operator makes.
    pub(crate) fn token(&self) -> TokenText {
        let jti = TokenId::parse("token-1").unwrap();
        let policy = TokenPolicy::default();
        let token = Token::for_consent(&self.consent, at(NOW - 10), &policy, jti, &Chosen).unwrap();
        Unsigned::new(token).sign(&self.operator).unwrap().into()
    }

    /// Its claims, to be spoilt.
    pub(crate) fn claims(&self) -> Value {
        let urls: Vec<String> = Token::for_consent(
            &self.consent,
            at(NOW - 10),
            &TokenPolicy::default(),
            TokenId::parse("token-1").unwrap(),
            &Chosen,
        )
        .unwrap()
        .audience()
        .iter()
        .map(ToString::to_string)
        .collect();
        json!({
            "iss": "operator-espoo", "cnf": { "kid": "sink-1" }, "aud": urls, "exp": NOW + 290,
            "nbf": NOW - 10, "iat": NOW - 10, "jti": "token-1", "cr_id": CONSENT
        })
    }

    pub(crate) fn sign_claims(&self, claims: &Value) -> TokenText {
        let header = json!({ "alg": self.alg(), "kid": "operator-1", "typ": "mydata-at+jwt" });
        TokenText::new(&jws(&header, claims, &self.operator))
    }

    pub(crate) fn sink_algorithm(&self) -> Algorithm {
        self.sink.public().algorithm()
    }

    pub(crate) fn alg(&self) -> &'static str {
        self.operator.public().algorithm().name()
    }

    /// The proof that the sink makes for `request`.
    pub(crate) fn proof(&self, token: TokenText, request: &HttpRequest<'_>) -> DataRequest {
        DataRequest::new(token, request, at(NOW), nonce(), &Chosen)
    }

    /// The whole header for `request`.
    pub(crate) fn header(&self, request: &HttpRequest<'_>) -> String {
        self.sign_proof(self.proof(self.token(), request))
    }

    pub(crate) fn sign_proof(&self, proof: DataRequest) -> String {
        authorization_header(Unsigned::new(proof).sign(&self.sink).unwrap()).unwrap()
    }

    /// The header for a proof of any payload.
    pub(crate) fn sign_payload(&self, payload: &Value) -> String {
        let header = json!({ "alg": self.alg(), "kid": "sink-1", "typ": "pop" });
        format!("PoP {}", jws(&header, payload, &self.sink))
    }

    /// The header for a plain request with a token of these claims.
    pub(crate) fn header_of_claims(&self, claims: &Value) -> String {
        self.sign_proof(self.proof(self.sign_claims(claims), &get()))
    }

    pub(crate) fn ask(&self, header: &str, request: &HttpRequest<'_>, gate: &mut Desk) -> Access {
        let question = Question {
            authorization: header,
            request,
            now: at(gate.now),
            window: Window::default(),
            consents: self,
            crypto: &gate.crypto,
        };
        let mut doors = Gate {
            replay: &mut gate.guard,
            tokens: gate.cache.as_ref(),
        };
        access(&question, &mut doors)
    }
}

pub(crate) fn nonce() -> Nonce {
    Nonce::parse("nonce-1").unwrap()
}

pub(crate) fn origin() -> Origin {
    Origin::parse("https://vero.example").unwrap()
}

pub(crate) fn get() -> HttpRequest<'static> {
    received("/data/tax", "GET", b"")
}

pub(crate) fn received<'a>(target: &'a str, method: &'a str, body: &'a [u8]) -> HttpRequest<'a> {
    HttpRequest::received(&origin(), target, method, body).unwrap()
}

/// Verifies with ring, and counts.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicUsize);

impl Crypto for Counting {
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        Chosen.verify(key, message, signature)
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        Chosen.sha256(octets)
    }
}

/// The source's clock, guard and cache.
pub(crate) struct Desk {
    pub(crate) now: u64,
    pub(crate) guard: TwoGenerations,
    pub(crate) cache: Option<TokenCache>,
    pub(crate) crypto: Counting,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            now: NOW,
            guard: TwoGenerations::without_past(&Window::default(), 1000, at(NOW - 1000)),
            cache: Some(TokenCache::new(100, at(NOW - 1000))),
            crypto: Counting::default(),
        }
    }

    pub(crate) fn at(now: u64) -> Self {
        Self { now, ..Self::new() }
    }

    pub(crate) fn without_cache() -> Self {
        Self {
            cache: None,
            ..Self::new()
        }
    }

    /// How many signatures have been verified since the last time.
    pub(crate) fn verifications(&self) -> usize {
        self.crypto.0.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn kept(&self) -> usize {
        self.cache.as_ref().map_or(0, TokenCache::len)
    }
}

pub(crate) fn grant(access: Access) -> Grant {
    access.granted().unwrap()
}

pub(crate) fn granted(access: Access) {
    let _ = grant(access);
}

pub(crate) fn denial(access: Access) -> Denial {
    access.granted().unwrap_err()
}

/// The codes of all reasons, with details after a colon.
pub(crate) fn codes(denial: &Denial) -> Vec<String> {
    let one = |refusal: &mydata_token::access::AccessRefusal| match refusal.detail() {
        Some(detail) => format!("{}:{detail}", refusal.code()),
        None => refusal.code().to_owned(),
    };
    denial.reasons().iter().map(one).collect()
}

/// A guard that must not be asked.
#[derive(Debug)]
pub(crate) struct Untouchable;

impl ReplayGuard for Untouchable {
    fn witness(
        &mut self,
        _: mydata_token::replay::ReplayKey,
        _: Timestamp,
    ) -> mydata_token::replay::Witness {
        panic!("the guard was asked")
    }
}

pub(crate) fn seconds(seconds: u32) -> Seconds {
    Seconds::new(seconds)
}
