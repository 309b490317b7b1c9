//! Service and operator descriptions: what a service holds, why it processes it, and where it is
//! reached (Service Descriptions 2.0).
//!
//! [`Service`] is the document as it is written. [`ServiceDescription`] is a document that has been
//! [checked](ServiceDescription::check): every rule holds, or every fault is named at once.
//! [`Published`] is a description as it is found somewhere, signed or not; [`well_known`] says where
//! to look:
//!
//! ```text
//! Lookup ─url─▶ (fetch) ─found─▶ Published ─check─▶ Found, which reads as the checked description
//! ```

mod check;
mod data;
mod issued;
mod operator;
mod published;
mod purpose;
mod service;
mod warning;
pub mod well_known;

pub use check::{
    DescriptionError, DescriptionFault, DescriptionRefusal, Policy, ServiceDescription,
};
pub use data::{Category, DataExtension, Dataset, DatasetSchema, DatasetText, Distribution};
pub use issued::Issued;
pub use operator::{CheckedOperator, OperatorDescription, OperatorUrls};
pub use published::{Description, Found, Published, PublishedRefusal, Trust};
pub use purpose::{
    Activation, Basis, NotificationText, NotificationType, ProcessingBases, Purpose,
    PurposeExtension, PurposeText,
};
pub use service::{
    About, Certificate, Profile, Provider, ProviderExtension, Service, ServiceExtension,
    ServiceText, ServiceTextExtension, ServiceUrls,
};
pub use warning::{DescriptionAdvice, DescriptionWarning};
