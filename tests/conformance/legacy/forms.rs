//! Each form under each reader: what an older system has signed is no record of 2.0, and the other way
//! round.

use super::{
    KEYS, believed, compact, consent_status, flattened, general, link, link_status, request, set,
    sink, source, token, told,
};
use crate::support::{checked_in, consented};
use mydata::core::crypto::Signer as _;
use mydata::core::id::ServiceId;
use mydata::core::jwk::KeySet;
use mydata::core::jws::{JwsFault, Payload, Sealed};
use mydata::core::party::{Party, PartyKeys};
use mydata::legacy::consent::Consent;
use mydata::legacy::link::Link;
use mydata::legacy::request::DataRequest;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::legacy::token::Token;
use mydata::record as r;
use mydata::token as t;
use mydata_chosen::Chosen;

/// The keys of each party, in the order owner, operator, service, sink.
type Bound = [KeySet; 4];

/// The reader of 2.0, under the very keys that signed.
fn of_2_0<T: Payload>(
    envelope: &str,
    [owner, operator, service, sink]: &Bound,
) -> Result<(), JwsFault> {
    let keys = PartyKeys::none()
        .with(Party::Owner, owner)
        .with(Party::Operator, operator)
        .with(Party::Service, service)
        .with(Party::Sink, sink);
    let sealed = match envelope.starts_with('{') {
        true => Sealed::<T>::from_json(envelope.as_bytes())?,
        false => Sealed::<T>::from_compact(envelope)?,
    };
    sealed.open()?.verify(&Chosen, &keys).map(|_| ())
}

fn of_1_3<T: mydata::legacy::Kind>(envelope: &str) -> Result<(), mydata::legacy::Fault> {
    if envelope.starts_with('{') {
        let value = serde_json::from_str(envelope).unwrap();
        believed::<T>(&value).map(|_| ())
    } else {
        told::<T>(envelope).map(|_| ())
    }
}

/// A form with both readers of its kind; each is given what is theirs and what is not.
fn row<N: Payload, O: mydata::legacy::Kind>(
    form: &str,
    envelope: &str,
    keys: &Bound,
) -> [String; 3] {
    let say = |code: Option<&str>| code.map_or("accepted".to_owned(), |code| format!("`{code}`"));
    let new = of_2_0::<N>(envelope, keys).err();
    let old = of_1_3::<O>(envelope).err();
    [
        form.to_owned(),
        say(new.as_ref().map(JwsFault::code)),
        say(old.as_ref().map(mydata::legacy::Fault::code)),
    ]
}

#[test]
fn no_form_is_read_by_both() {
    let by_owner = |payload| flattened(&payload, &KEYS.owner).to_string();
    let token_text = compact(&token(), &KEYS.operator);
    let request_text = compact(&request(), &KEYS.service);
    let link_text = general(&link(), &KEYS.owner, &KEYS.service).to_string();
    let (source_text, sink_text) = (by_owner(source()), by_owner(sink()));

    // The same records as 2.0 writes them.
    let (mut world, ids) = consented();
    let account = &world.account;
    let service = ServiceId::parse("source").unwrap();
    let (_, new_link) = account.active_link(&service).unwrap();
    let new_link_status = new_link.chain.latest().seal().to_json();
    let new_link = new_link.record.seal().to_json();
    let of = |id: &mydata::core::id::ConsentId| {
        let consent = account.consent(id).unwrap();
        let record = match &consent.record {
            r::consent::AnyConsent::Single(record) => record.seal().to_json(),
            r::consent::AnyConsent::Source(record) => record.seal().to_json(),
            r::consent::AnyConsent::Sink(record) => record.seal().to_json(),
        };
        (record, consent.chain.latest().seal().to_json())
    };
    let ((new_source, _), (new_sink, new_status)) = (of(&ids.source), of(&ids.sink));
    let new_token = world.token(&ids.sink).unwrap();
    let prepared = world
        .prepare(&ids.sink, &new_token, "care", "src/a")
        .unwrap();
    let (_, new_request) = t::proof::parse_authorization(&prepared.authorization).unwrap();

    let theirs = [&KEYS.owner, &KEYS.operator, &KEYS.service, &KEYS.service].map(set);
    let old = [
        row::<r::link::LinkRecord, Link>("SLR of 1.3", &link_text, &theirs),
        row::<r::link::LinkStatus, LinkStatus>("SSR of 1.3", &by_owner(link_status()), &theirs),
        row::<r::consent::SourceConsent, Consent>("CR of 1.3, source", &source_text, &theirs),
        row::<r::consent::SinkConsent, Consent>("CR of 1.3, sink", &sink_text, &theirs),
        row::<r::consent::SingleConsent, Consent>(
            "CR of 1.3, taken for a single one",
            &sink_text,
            &theirs,
        ),
        row::<r::consent::ConsentStatus, ConsentStatus>(
            "CSR of 1.3",
            &by_owner(consent_status()),
            &theirs,
        ),
        row::<t::claims::Token, Token>("token of 1.3", &token_text, &theirs),
        row::<t::proof::DataRequest, DataRequest>("data request of 1.3", &request_text, &theirs),
    ];
    let operator = [&world.status_key, &world.token_key].map(|key| key.public().clone());
    let ours = [
        set(&world.owner),
        KeySet::new(operator.to_vec()).unwrap(),
        set(&world.source.key),
        set(&world.sink.pop),
    ];
    let new = [
        row::<r::link::LinkRecord, Link>("SLR of 2.0", &new_link, &ours),
        row::<r::link::LinkStatus, LinkStatus>("SSR of 2.0", &new_link_status, &ours),
        row::<r::consent::SourceConsent, Consent>("CR of 2.0, source", &new_source, &ours),
        row::<r::consent::SinkConsent, Consent>("CR of 2.0, sink", &new_sink, &ours),
        row::<r::consent::ConsentStatus, ConsentStatus>("CSR of 2.0", &new_status, &ours),
        row::<t::claims::Token, Token>("token of 2.0", new_token.as_str(), &ours),
        row::<t::proof::DataRequest, DataRequest>("data request of 2.0", new_request, &ours),
    ];
    for [form, by_2_0, by_1_3] in &old {
        assert_eq!(by_1_3, "accepted", "{form}");
        assert_ne!(by_2_0, "accepted", "{form}");
    }
    for [form, by_2_0, by_1_3] in &new {
        assert_eq!(by_2_0, "accepted", "{form}");
        assert_eq!(by_1_3, "`legacy_typ`", "{form}");
    }
    let mut text = String::from(
        "# Forms and readers\n\nWritten by `tests/conformance/legacy/forms.rs` (`MYDATA_BLESS=1`); do not \
         edit.\n\nWhat the two readers say to each form, \
         with the very keys that signed it: no form is read by both, and the reader for older systems turns \
         every form of 2.0 away before it looks at a key (D46).\n\n| form | reader of 2.0 | reader for older systems |\n\
         |---|---|---|\n",
    );
    for cells in old.iter().chain(&new) {
        text += &format!("| {} |\n", cells.join(" | "));
    }
    checked_in("tables/legacy.md", &text);
}

/// A record of 2.0 from which `typ` has been taken is not an older record either: the signature was over
/// it, and the version is another.
#[test]
fn taking_the_typ_away_helps_nobody() {
    let (world, ids) = consented();
    let status = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .chain
        .latest()
        .seal();
    let mut envelope: serde_json::Value = serde_json::from_str(&status.to_json()).unwrap();
    envelope["protected"] = crate::support::encode(br#"{"alg": "EdDSA"}"#).into();
    envelope["header"] = serde_json::json!({ "kid": "owner-1" });
    assert_eq!(super::code::<ConsentStatus>(&envelope), "legacy_version");
}
