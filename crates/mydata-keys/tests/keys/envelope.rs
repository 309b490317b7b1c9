//! Records signed, sent, received and believed.

use crate::support::{Deal, Either, Note, Offer, bound, generate, set};
use mydata_chosen::Chosen;
use mydata_core::jwk::Algorithm;
use mydata_core::jws::{Sealed, Unsigned, Verified};
use mydata_core::party::Party;

#[test]
fn through_every_form() {
    for algorithm in Algorithm::ALL {
        let key = generate("op-1", algorithm);
        let keys = set(&key);
        let keys = bound(&[(Party::Operator, &keys)]);
        let sealed = Unsigned::new(Note::new()).sign(&key).unwrap().seal();
        let flattened: Sealed<Note> = Sealed::from_json(sealed.to_json().as_bytes()).unwrap();
        let compact: Sealed<Note> = Sealed::from_compact(&sealed.to_compact().unwrap()).unwrap();
        for received in [&sealed, &flattened, &compact] {
            assert_eq!(received, &sealed);
            let opened = received.open().unwrap();
            assert_eq!(opened.hint(), "note-1");
            let believed = opened.verify(&Chosen, &keys).unwrap();
            assert_eq!(*believed, Note::new());
            assert!(believed.is_signed_by(Party::Operator));
            assert_eq!(believed.seal(), sealed);
        }
    }
}

/// The digest commits to what was signed: two signatures of ES256 over one record have one digest.
#[test]
fn a_digest_does_not_depend_on_the_signature() {
    let key = generate("op-1", Algorithm::Es256);
    let keys = set(&key);
    let keys = bound(&[(Party::Operator, &keys)]);
    let unsigned = Unsigned::new(Note::new());
    let [one, other] = [0, 1].map(|_| unsigned.sign(&key).unwrap().seal());
    assert_ne!(one, other, "ES256 is randomised");
    let verify = |sealed: &Sealed<Note>| sealed.open().unwrap().verify(&Chosen, &keys).unwrap();
    assert_eq!(verify(&one).digest(&Chosen), verify(&other).digest(&Chosen));
    assert_eq!(verify(&one), verify(&other));
}

#[test]
fn signed_elsewhere() {
    use mydata_core::crypto::Signer;
    for algorithm in Algorithm::ALL {
        let wallet = generate("op-1", algorithm);
        let unsigned = Unsigned::new(Note::new());
        let input = unsigned.signing_input(wallet.public());
        let signature = wallet.sign(input.as_bytes()).unwrap();
        let sealed = unsigned.signed(wallet.public(), &signature).unwrap().seal();
        let keys = set(&wallet);
        let believed = sealed
            .open()
            .unwrap()
            .verify(&Chosen, &bound(&[(Party::Operator, &keys)]));
        assert_eq!(*believed.unwrap(), Note::new());
    }
}

#[test]
fn either_party_may_sign() {
    let (owner, operator) = (
        generate("owner-1", Algorithm::Es256),
        generate("op-1", Algorithm::Ed25519),
    );
    let (owners, operators) = (set(&owner), set(&operator));
    let keys = bound(&[(Party::Owner, &owners), (Party::Operator, &operators)]);
    for (key, party) in [(&owner, Party::Owner), (&operator, Party::Operator)] {
        let sealed = Unsigned::new(Either::new()).sign(key).unwrap().seal();
        let believed = sealed.open().unwrap().verify(&Chosen, &keys).unwrap();
        assert_eq!(
            believed
                .signed_by()
                .iter()
                .map(|by| by.party)
                .collect::<Vec<_>>(),
            [party]
        );
    }
}

#[test]
fn two_parties_sign_one_record() {
    for (first, second) in [
        (Algorithm::Ed25519, Algorithm::Es256),
        (Algorithm::Es256, Algorithm::Ed25519),
    ] {
        let (owner, service) = (generate("owner-1", first), generate("service-1", second));
        let (owners, services) = (set(&owner), set(&service));
        let keys = bound(&[(Party::Owner, &owners), (Party::Service, &services)]);
        let offer = Unsigned::new(Offer::new()).sign(&owner).unwrap().seal();
        let offer: Verified<Offer> = offer.open().unwrap().verify(&Chosen, &keys).unwrap();
        let deal: Sealed<Deal> = offer.countersign(&service).unwrap().seal();
        assert_eq!(deal.to_compact(), None);
        let deal: Sealed<Deal> = Sealed::from_json(deal.to_json().as_bytes()).unwrap();
        let deal = deal.open().unwrap().verify(&Chosen, &keys).unwrap();
        assert_eq!(*deal, Deal::new());
        assert_eq!(deal.signed_by().len(), 2);
        assert_eq!(deal.digest(&Chosen), offer.digest(&Chosen));
    }
}

#[test]
fn a_record_is_not_countersigned_as_another() {
    let owner = generate("owner-1", Algorithm::Ed25519);
    let owners = set(&owner);
    let offer = Unsigned::new(Offer::new()).sign(&owner).unwrap().seal();
    let offer = offer
        .open()
        .unwrap()
        .verify(&Chosen, &bound(&[(Party::Owner, &owners)]))
        .unwrap();
    assert_eq!(
        offer.countersign::<Note>(&owner).unwrap_err().code(),
        "sign_other_kind"
    );
}
