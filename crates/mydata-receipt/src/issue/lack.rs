//! What is missing for a receipt.

use mydata_core::refusals;
use std::fmt;

refusals! {
    /// What is missing for a receipt, or contradicts something else.
    pub enum LackKind {
        DescriptionService = "receipt_description_service": "the description is one of another service than the record's",
        DescriptionVersion = "receipt_description_version": "the description is not the version that the record names",
        OtherDecision = "receipt_other_decision": "the records are not of one decision, or a status is not the record's",
        Times = "receipt_times_contradict": "times contradict each other: shown, decided, signed and told of follow in this order",
        OtherOperator = "receipt_other_operator": "the record is one of another operator",
        OtherLanguage = "receipt_other_language": "the record names another language than the one in which the notice was shown",
        PurposeUnknown = "receipt_purpose_unknown": "the description has no such purpose on this basis",
        DatasetUnknown = "receipt_dataset_unknown": "the description has no such dataset",
        Required = "receipt_required_missing": "a dataset that the purpose requires is not given: not in the record, or not by this source",
        Text = "receipt_text_missing": "a text is missing in the language in which the person was told",
        Address = "receipt_address_missing": "a provider has no postal address of four parts",
        Email = "receipt_email_missing": "a provider has no e-mail address",
        Phone = "receipt_phone_missing": "a provider has no telephone number with its country",
        Url = "receipt_url_missing": "a provider has no pages",
        Contact = "receipt_contact_missing": "a provider has no contact for data protection",
        Jurisdiction = "receipt_jurisdiction_missing": "a provider names no country whose law applies",
        Authority = "receipt_authority_missing": "the register has no supervisory authority for the country",
        Service = "receipt_service_missing": "the register does not know the service: policy and rights are missing",
        Purpose = "receipt_purpose_missing": "the register does not know the purpose: category, operations, recipients, storage and retention are missing",
        PurposeTerm = "receipt_purpose_term_missing": "neither the description nor the register has the purpose as a term of DPV",
        TermUnknown = "receipt_term_unknown": "DPV has no such term of this kind",
        Operations = "receipt_operations_missing": "the register says nothing of what is done with the data",
        Storage = "receipt_storage_missing": "the register says nothing of where the data is kept",
        Dataset = "receipt_dataset_missing": "the register does not know this kind of data",
        SpecialBasis = "receipt_special_basis_missing": "data of a special category is processed without an article that permits it (GDPR Art. 9(2))",
        NotExplicit = "receipt_not_explicit": "explicit consent is claimed (GDPR Art. 9(2)(a)), and the act was not about this consent alone",
        ArticleOther = "receipt_article_other": "an article is one of another legal basis than the purpose's",
        ObjectionUrl = "receipt_objection_url_missing": "one may object to the purpose, and the description does not say where",
        Cause = "receipt_cause_missing": "the operator has no record of who changed the status, and why, or one that cannot be",
        ActingAuthority = "receipt_acting_authority_missing": "by what right somebody acted for another is not recorded, or is blank",
        MinorAge = "receipt_minor_age_missing": "a parent acted for a child, and the child's age is not recorded",
        IsConsent = "receipt_is_consent": "processing on consent has a receipt of the decision, not of a notice",
    }
}

/// One thing that is missing, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Lack {
    /// What.
    pub kind: LackKind,
    /// The id of the service, provider, purpose, dataset or record: of what is published, never of a
    /// person.
    pub at: String,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An id of a schema is free text: escaped, it cannot forge a line of a log.
        write!(f, "{}: `{}`", self.kind, self.at.escape_debug())
    }
}

/// Everything that is missing; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} facts are missing, the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct Lacks(pub Vec<Lack>);

impl Lacks {
    /// The stable code: that of the first.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0
            .first()
            .map_or("receipt_incomplete", |lack| lack.kind.code())
    }
}

mydata_core::coded!(ref Lacks);

/// Collects what is missing while a receipt is put together.
#[derive(Debug, Default)]
pub(super) struct Wanting(Vec<Lack>);

impl Wanting {
    pub(super) fn note(&mut self, kind: LackKind, at: &str) {
        let lack = Lack {
            kind,
            at: at.to_owned(),
        };
        // A service may stand on both sides: one lack is named once.
        if !self.0.contains(&lack) {
            self.0.push(lack);
        }
    }

    /// The value; what is not there is noted.
    pub(super) fn need<T>(&mut self, value: Option<T>, kind: LackKind, at: &str) -> Option<T> {
        if value.is_none() {
            self.note(kind, at);
        }
        value
    }

    pub(super) fn hold(&mut self, holds: bool, kind: LackKind, at: &str) {
        if !holds {
            self.note(kind, at);
        }
    }

    /// The receipt, if nothing is missing.
    pub(super) fn settle<T>(self, whole: Option<T>) -> Result<T, Lacks> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(Lacks(self.0)),
        }
    }
}
