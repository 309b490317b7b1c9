//! Copies of accounts, as another operator takes them in: nothing panics, what is read is written
//! and read the same, and what is believed was signed by the owner of the fixture.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::account::{Export, ExportFormat, Trust};
use mydata::core::lang::Language;
use mydata::keys::Ring;
use mydata_fuzz::{fixture, one};

fuzz_target!(|data: &[u8]| {
    let Ok(export) = Export::read(data) else {
        return;
    };
    let octets = export.write(ExportFormat::Json).unwrap();
    assert!(Export::read(&octets).unwrap() == export);
    let _text = export.write(ExportFormat::Text(Language::FI)).unwrap();
    let world = &fixture().world;
    let trust = Trust {
        owner: world.account.owner_keys(),
        service: &|id| match id.as_str() {
            "source" => Some(one(&world.source.key).into()),
            _ => Some(one(&world.sink.key).into()),
        },
        crypto: &Ring,
    };
    if let Ok(carried) = export.verify(&trust) {
        for link in &carried.links {
            assert!(world.account.link(&link.record.link_id).is_some());
        }
    }
});
