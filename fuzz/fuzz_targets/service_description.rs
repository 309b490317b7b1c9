//! Descriptions are written by strangers. Every rule is applied without a panic; an accepted one
//! can be asked anything, and is accepted again as written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::json;
use mydata::record::description::{Policy, ServiceDescription};

fuzz_target!(|data: &[u8]| {
    let policy = Policy::default();
    match ServiceDescription::from_json(data, &policy) {
        Ok(description) => {
            for distribution in description
                .data_description
                .iter()
                .flat_map(|d| &d.distribution)
            {
                assert!(description.distribution_url(distribution).is_ok());
            }
            for (_, purpose) in description.purposes() {
                assert!(description.purpose(&purpose.purpose_id).is_some());
            }
            let written = json::to_vec(&*description).unwrap();
            assert_eq!(
                ServiceDescription::from_json(&written, &policy),
                Ok(description)
            );
        }
        Err(error) => assert!(!error.code().is_empty() && !error.to_string().is_empty()),
    }
});
