//! Signed receipts: verified with public keys alone, and against the records in them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a receipt that cannot be made fails the test"
)]

use crate::receipts::{consented, sink_of_every_basis};
use crate::support::{again, new_key, single};
use mydata::account::Decided;
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{ConsentId, ServiceId};
use mydata::core::jwk::KeyHistory;
use mydata::core::jws::{Sealed, Unsigned};
use mydata::keys::PrivateKey;
use mydata::receipt::Receipt;
use mydata::receipt::receipt::Grounds;
use mydata::receipt::signed::{
    Evidence, EvidenceFault, Fact, Pair, Proven, SignedReceipt, Trust, Unchecked,
};
use mydata::record::consent::{ConsentChange, Reason};
use mydata::record::description::Basis;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::descriptions;
use mydata_conformance::receipts::{self, Case};
use serde_json::{Value, json};

/// A world with a receipt in it.
pub(crate) struct Issued {
    pub(crate) world: World,
    pub(crate) key: PrivateKey,
    pub(crate) payload: SignedReceipt,
}

impl Issued {
    fn of(world: World, cr_id: &ConsentId) -> Self {
        let receipt = Case::of(&world).consent(&world, cr_id).unwrap();
        let decided = Decided::find(&world.account, cr_id).unwrap();
        let evidence = decided.evidence(&world.log, &Chosen).unwrap();
        let key = new_key("receipts-1");
        Self {
            world,
            key,
            payload: SignedReceipt { receipt, evidence },
        }
    }

    pub(crate) fn pair() -> Self {
        let (world, ids) = consented();
        Self::of(world, &ids.sink)
    }

    /// Signed, written, and read by somebody who has public keys and nothing else.
    fn read(&self, payload: &SignedReceipt) -> Result<Proven, EvidenceFault> {
        self.read_signed_by(payload, &self.key)
    }

    fn read_signed_by(
        &self,
        payload: &SignedReceipt,
        key: &PrivateKey,
    ) -> Result<Proven, EvidenceFault> {
        let sealed = Unsigned::new(payload.clone()).sign(key).unwrap().seal();
        let text = sealed.to_json();
        let sealed = Sealed::<SignedReceipt>::from_json(text.as_bytes()).unwrap();
        SignedReceipt::verify(
            &sealed,
            &Trust {
                operator: &|_| Some(key.public().clone().into()),
                service: &|id| self.service(id),
                crypto: &Chosen,
            },
        )
    }

    /// The registered keys of the two services.
    pub(crate) fn service(&self, id: &ServiceId) -> Option<KeyHistory> {
        let sides = [&self.world.source, &self.world.sink];
        let side = sides.into_iter().find(|side| side.service.id() == id)?;
        Some(side.registered.keys.clone())
    }

    fn evidence(&self) -> &Pair {
        let Evidence::Pair(pair) = &self.payload.evidence else {
            panic!("no pair");
        };
        pair
    }

    /// The code with which an altered receipt is refused; its operator has signed it.
    fn code(&self, alter: impl FnOnce(&mut SignedReceipt)) -> &'static str {
        self.fault(alter).code()
    }

    fn fault(&self, alter: impl FnOnce(&mut SignedReceipt)) -> EvidenceFault {
        let mut payload = self.payload.clone();
        alter(&mut payload);
        assert!(payload != self.payload, "nothing was altered");
        self.read(&payload).unwrap_err()
    }
}

fn pair_of(payload: &mut SignedReceipt) -> &mut Pair {
    let Evidence::Pair(pair) = &mut payload.evidence else {
        panic!("no pair");
    };
    pair
}

/// S34: what a person takes home verifies when the operator and the account are gone, and says what
/// that does not show.
//= FW-25, FW-26, FW-27, FW-28, FW-29 test
#[test]
fn a_receipt_verifies_with_public_keys_alone() {
    let issued = Issued::pair();
    let proven = issued.read(&issued.payload).unwrap();
    assert_eq!(*proven, issued.payload.receipt);
    let told = [
        Unchecked::Afterwards,
        Unchecked::Texts,
        Unchecked::Ceremony,
        Unchecked::Times,
        Unchecked::Keys,
    ];
    assert_eq!(proven.unchecked(), told);
    // The hash on paper is that of the signed octets.
    let sealed = proven.signed().seal();
    let compact = sealed.to_compact().unwrap();
    let (signed, _) = compact.rsplit_once('.').unwrap();
    assert_eq!(proven.digest(), Chosen.sha256(signed.as_bytes()));

    // Without the octets of the proposal it is still a receipt, and says what is not there.
    let mut without = issued.payload.clone();
    pair_of(&mut without).proposal = None;
    let proven = issued.read(&without).unwrap();
    assert!(proven.unchecked().contains(&Unchecked::ProposalOctets));
    for unchecked in Unchecked::ALL {
        let label = unchecked.label();
        assert!(
            label.fi != label.sv && label.sv != label.en,
            "{unchecked:?}"
        );
    }
}

#[test]
fn a_receipt_of_a_single_consent_and_one_of_an_ending_verify_too() {
    let mut world = receipts::world();
    world.link("sink");
    world.link("source");
    let (command, cr_id) = single(&mut world);
    world.command(&world.owner_act(), &command).unwrap();
    let issued = Issued::of(world, &cr_id);
    issued.read(&issued.payload).unwrap();

    let ends: [fn(&mut World, &ConsentId); 3] = [
        |world, id| drop(world.change(id, ConsentChange::Withdraw).unwrap()),
        |world, id| {
            world
                .operator_change(id, ConsentChange::Withdraw, Reason::ServiceSuspended)
                .unwrap();
        },
        |world, _| world.wait(31 * 86_400),
    ];
    for end in ends {
        let (mut world, ids) = consented();
        world.change(&ids.sink, ConsentChange::Disable).unwrap();
        world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
        end(&mut world, &ids.sink);
        let issued = Issued::of(world, &ids.sink);
        let proven = issued.read(&issued.payload).unwrap();
        assert!(proven.given().unwrap().state().unwrap().is_end());
    }
}

#[test]
fn a_notice_has_no_record_and_says_so() {
    let (world, _) = consented();
    let mut case = Case::of(&world);
    case.sink = descriptions::checked(&sink_of_every_basis());
    let receipt = case.notice(&world, &["law"]).unwrap();
    let mut issued = Issued::pair();
    issued.payload = SignedReceipt {
        receipt,
        evidence: Evidence::None {},
    };
    let proven = issued.read(&issued.payload).unwrap();
    assert_eq!(
        proven.unchecked(),
        [
            Unchecked::Texts,
            Unchecked::NoRecord,
            Unchecked::Times,
            Unchecked::Keys
        ]
    );
    let code = issued.code(|payload| {
        let Grounds::Law(told) = &mut payload.receipt.grounds else {
            panic!("a consent")
        };
        told.basis = Basis::Consent;
    });
    assert_eq!(
        code, "receipt_fact_other",
        "what rests on consent has records"
    );
    let code = issued.code(|payload| {
        let Grounds::Law(told) = &mut payload.receipt.grounds else {
            panic!("a consent")
        };
        told.basis = Basis::PublicInterest;
    });
    assert_eq!(
        code, "receipt_fact_other",
        "one may object to public interest"
    );
    let code = issued.code(|payload| {
        payload.evidence = Evidence::Pair(Box::new(Issued::pair().evidence().clone()));
    });
    assert_eq!(code, "receipt_evidence_kind");
}

/// Whatever a record says too, the receipt cannot say otherwise, even if its operator signs it.
#[test]
fn an_operator_cannot_sign_what_the_records_do_not_say() {
    let issued = Issued::pair();
    let records = "/grounds/consent/records";
    let cases: [(&str, Value, Fact); 24] = [
        ("/operator_id", json!("another.example"), Fact::Operator),
        (
            "/controller/surrogate_id",
            json!("somebody-else"),
            Fact::Controller,
        ),
        (
            "/controller/service/service_id",
            json!("another"),
            Fact::Controller,
        ),
        (
            "/controller/service/version",
            json!("9.0.0"),
            Fact::Controller,
        ),
        ("/source/surrogate_id", json!("somebody-else"), Fact::Source),
        ("/source/service/version", json!("9.0.0"), Fact::Source),
        (
            "/grounds/consent/notice/url",
            json!("https://operator.example/p/2"),
            Fact::Notice,
        ),
        (
            "/grounds/consent/notice/sha256",
            json!("A".repeat(43)),
            Fact::Notice,
        ),
        ("/grounds/consent/exp", json!(1_800_000_000), Fact::Validity),
        ("/grounds/consent/exp", Value::Null, Fact::Validity),
        ("/processes/0/purpose_id", json!("study"), Fact::Processes),
        (
            "/processes/0/data/0/dataset_id",
            json!("src/b"),
            Fact::Processes,
        ),
        ("/remedy/kind", json!("nothing"), Fact::Remedy),
        (
            &format!("{records}/0/cr_id"),
            json!("another"),
            Fact::Records,
        ),
        (
            &format!("{records}/1/slr_id"),
            json!("another"),
            Fact::Records,
        ),
        (
            &format!("{records}/1/iat"),
            json!(1_736_236_801),
            Fact::Records,
        ),
        (&format!("{records}/1/kid"), json!("owner-2"), Fact::Records),
        (
            &format!("{records}/1/sha256"),
            json!("A".repeat(43)),
            Fact::Records,
        ),
        (&format!("{records}/1/role"), json!("Source"), Fact::Records),
        (
            &format!("{records}/1/events/0/at"),
            json!(1_736_236_801),
            Fact::Records,
        ),
        (
            &format!("{records}/1/events/0/state"),
            json!("withdrawn"),
            Fact::Records,
        ),
        (
            &format!("{records}/1/events/0/by"),
            json!("operator"),
            Fact::Records,
        ),
        (
            &format!("{records}/1/events/0/record/record_id"),
            json!("another"),
            Fact::Records,
        ),
        (
            &format!("{records}/1/events/0/record/sha256"),
            json!("A".repeat(43)),
            Fact::Records,
        ),
    ];
    for (pointer, value, fact) in cases {
        let fault =
            issued.fault(|payload| payload.receipt = with(&payload.receipt, pointer, value));
        assert_eq!(fault, EvidenceFault::Fact(fact), "{pointer}");
    }
    // One record of two, an event that never was, a dataset more.
    type Alter = fn(&mut Value);
    let cases: [(&str, Alter); 4] = [
        ("a record less", |receipt| {
            drop(
                receipt["grounds"]["consent"]["records"]
                    .as_array_mut()
                    .unwrap()
                    .pop(),
            );
        }),
        ("an event more", |receipt| {
            let events = &mut receipt["grounds"]["consent"]["records"][1]["events"];
            let mut event = events[0].clone();
            event["state"] = json!("withdrawn");
            events.as_array_mut().unwrap().push(event);
        }),
        ("an expiry that has not come", |receipt| {
            let event = json!({ "at": receipt["issued"], "state": "expired", "by": "system", "reason": "expired" });
            receipt["grounds"]["consent"]["records"][1]["events"]
                .as_array_mut()
                .unwrap()
                .push(event);
        }),
        ("a dataset more", |receipt| {
            let more = receipt["processes"][0]["left_out"][0].clone();
            receipt["processes"][0]["data"]
                .as_array_mut()
                .unwrap()
                .push(more);
        }),
    ];
    for (name, alter) in cases {
        let code = issued.code(|payload| {
            let mut value = serde_json::to_value(&payload.receipt).unwrap();
            alter(&mut value);
            payload.receipt = serde_json::from_value(value).unwrap();
        });
        assert_eq!(code, "receipt_fact_other", "{name}");
    }
}

/// The receipt with another value at a place.
fn with(receipt: &Receipt, pointer: &str, value: Value) -> Receipt {
    let mut all = serde_json::to_value(receipt).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = all.pointer_mut(parent).unwrap();
    if value.is_null() {
        parent.as_object_mut().unwrap().remove(name).unwrap();
    } else if let Ok(at) = name.parse::<usize>() {
        parent[at] = value;
    } else {
        parent[name] = value;
    }
    serde_json::from_value(all).unwrap()
}

/// The operator calls an end by somebody else a withdrawal, or the other way round: who and why are
/// its word, and the state follows from them.
#[test]
fn the_state_follows_from_who_and_why() {
    let (mut world, ids) = consented();
    world
        .operator_change(&ids.sink, ConsentChange::Withdraw, Reason::LegalOrder)
        .unwrap();
    let issued = Issued::of(world, &ids.sink);
    let event = "/grounds/consent/records/1/events/1";
    for state in ["withdrawn", "expired", "paused", "given"] {
        let pointer = format!("{event}/state");
        let fault = issued
            .fault(|payload| payload.receipt = with(&payload.receipt, &pointer, json!(state)));
        assert_eq!(fault, EvidenceFault::Fact(Fact::Records), "{state}");
    }
}

#[test]
fn evidence_that_does_not_hold_is_refused_by_name() {
    let issued = Issued::pair();
    let other = {
        let (mut world, ids) = consented();
        world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
        Issued::of(world, &ids.sink)
    };
    let (mine, theirs) = (issued.evidence(), other.evidence());
    let code = |alter: &dyn Fn(&mut Pair)| issued.code(|payload| alter(pair_of(payload)));
    assert_eq!(
        code(&|pair| pair.source.status.clear()),
        "receipt_status_missing"
    );
    assert_eq!(
        code(&|pair| pair.source.link = mine.sink.link.clone()),
        "receipt_link_other"
    );
    assert_eq!(
        code(&|pair| pair.sink.consent = theirs.sink.consent.clone()),
        "jws_signature_invalid"
    );
    assert_eq!(
        code(&|pair| pair.sink.status = theirs.sink.status.clone()),
        "jws_signature_invalid"
    );
    assert_eq!(
        code(&|pair| pair.sink.status = mine.source.status.clone()),
        "chain_other_subject"
    );
    assert_eq!(
        code(&|pair| pair.proposal.as_mut().unwrap().octets.push(b' ')),
        "receipt_proposal_altered"
    );
    let code = issued.code(|payload| payload.evidence = Evidence::None {});
    assert_eq!(code, "receipt_evidence_kind");
}

#[test]
fn two_halves_of_different_decisions_are_no_evidence() {
    let (mut world, ids) = consented();
    let first = Issued::of(crate::support::fork(&world), &ids.sink)
        .evidence()
        .clone();
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let again = world.consent("care", &["src/a"]);
    let issued = Issued::of(world, &again.sink);
    assert_eq!(
        issued.code(|payload| pair_of(payload).source = first.source.clone()),
        "receipt_halves_other"
    );
}

/// P42 of the receipts: a key from the message is no key. Nothing verifies but with keys that the
/// verifier brings along.
#[test]
fn keys_come_from_the_verifier() {
    let issued = Issued::pair();
    let sealed = Unsigned::new(issued.payload.clone())
        .sign(&issued.key)
        .unwrap()
        .seal();
    let own = KeyHistory::from(issued.key.public().clone());
    let stranger = KeyHistory::from(new_key("receipts-1").public().clone());
    let none = |_: &ServiceId| None;
    let wrong = |_: &ServiceId| Some(KeyHistory::from(new_key("sink-1").public().clone()));
    let with = |operator: Option<&KeyHistory>,
                service: &dyn Fn(&ServiceId) -> Option<KeyHistory>| {
        let trust = Trust {
            operator: &|_| operator.cloned(),
            service,
            crypto: &Chosen,
        };
        SignedReceipt::verify(&sealed, &trust).unwrap_err().code()
    };
    assert_eq!(
        with(Some(&stranger), &|id| issued.service(id)),
        "jws_signature_invalid"
    );
    assert_eq!(with(None, &none), "receipt_operator_unknown");
    assert_eq!(with(Some(&own), &none), "receipt_service_unknown");
    assert_eq!(with(Some(&own), &wrong), "jws_kid_unknown");
}

/// A key never serves two roles.
#[test]
fn the_key_of_receipts_signs_nothing_else() {
    let issued = Issued::pair();
    for key in [
        &issued.world.status_key,
        &issued.world.token_key,
        &issued.world.owner,
    ] {
        let fault = issued
            .read_signed_by(&issued.payload, &again(key))
            .unwrap_err();
        assert_eq!(fault.code(), "receipt_key_two_roles");
    }
}

/// A receipt with a longest history and a large proposal can be signed and read.
#[test]
fn a_long_life_fits() {
    let (mut world, ids) = consented();
    for _ in 0..200 {
        world.change(&ids.sink, ConsentChange::Disable).unwrap();
        world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    }
    let issued = Issued::of(world, &ids.sink);
    issued.read(&issued.payload).unwrap();
}
