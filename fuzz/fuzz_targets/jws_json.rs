//! The envelope in its JSON forms, around the one record with two signatures. What verifies is the
//! record that was signed, and reading what was written gives the same envelope.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::jws::Sealed;
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::Ring;
use mydata::record::link::LinkRecord;
use mydata_fuzz::{fixture, one};

fuzz_target!(|data: &[u8]| {
    let Ok(sealed) = Sealed::<LinkRecord>::from_json(data) else {
        return;
    };
    assert_eq!(
        Sealed::from_json(sealed.to_json().as_bytes()),
        Ok(sealed.clone())
    );
    let Ok(record) = sealed.open() else { return };
    let world = &fixture().world;
    let (owner, service) = (one(&world.owner), one(&world.sink.key));
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner)
        .with(Party::Service, &service);
    if let Ok(record) = record.verify(&Ring, &keys) {
        assert!(world.account.links().any(|(_, link)| link.record == record));
    }
});
