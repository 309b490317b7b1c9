//! What a service is sent by its operator. A message is written as it was read, and one that comes
//! a second time changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::json::JsonRefusal;
use mydata::keys::Ring;
use mydata::record::message::{self, ToService};
use mydata::service::Setting;
use mydata_fuzz::fixture;

fuzz_target!(|data: &[u8]| {
    let message = match message::read::<ToService>(data) {
        Ok(message) => message,
        // What is JSON is refused for its form, and not for its syntax.
        Err(fault) if fault.refusal == JsonRefusal::Syntax => {
            assert!(serde_json::from_slice::<serde_json::Value>(data).is_err());
            return;
        }
        Err(_) => return,
    };
    let written = message::write(&message).unwrap();
    assert_eq!(message::read(&written), Ok(message.clone()));
    let world = &fixture().world;
    let setting = Setting {
        from: &world.operator_id,
        now: world.now,
        crypto: &Ring,
    };
    for side in [&world.source, &world.sink] {
        let mut service = side.service.clone();
        let first = service.receive(&message, setting);
        let once = service.clone();
        let second = service.receive(&message, setting);
        assert_eq!(first.is_ok(), second.is_ok());
        // A refusal may leave a consent in doubt, and does so each time anew.
        if first.is_ok() {
            assert_eq!(service, once);
        }
    }
});
