//! Service and operator descriptions: what a service holds, why it processes it, and where it is
//! reached (Service Descriptions 2.0).
//!
//! [`Service`] is the document as it is written. [`ServiceDescription`] is a document that has been
//! [checked](ServiceDescription::check): every rule holds, or every fault is named at once.

mod check;
mod data;
mod operator;
mod purpose;
mod service;

pub use check::{
    DescriptionError, DescriptionFault, DescriptionRefusal, Policy, ServiceDescription,
};
pub use data::{Category, DataExtension, Dataset, DatasetSchema, DatasetText, Distribution};
pub use operator::{OperatorDescription, OperatorUrls};
pub use purpose::{
    Activation, Basis, NotificationText, NotificationType, ProcessingBases, Purpose,
    PurposeExtension, PurposeText,
};
pub use service::{
    About, Certificate, Profile, Provider, ProviderExtension, Service, ServiceExtension,
    ServiceText, ServiceTextExtension, ServiceUrls,
};
