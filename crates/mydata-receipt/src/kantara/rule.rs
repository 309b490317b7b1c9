//! The rules of the form, and what each is worth.

use crate::finding::{Finding, Level, Report};
use mydata_core::refusals;

refusals! {
    /// What can be found wrong with a receipt of this form (Kantara 1.1 §4, and our bounds).
    pub enum KantaraRule {
        NotJson = "kantara_not_json": "the octets are not one JSON document",
        TooLarge = "kantara_too_large": "the document has too many octets",
        TooDeep = "kantara_too_deep": "the document is nested too deep",
        TooMany = "kantara_too_many": "the document has too many values, or an object too many members",
        NotAnObject = "kantara_not_an_object": "the document is not an object",
        Wrapped = "kantara_wrapped": "the receipt stands inside a member of another object",
        DuplicateMember = "kantara_duplicate_member": "an object has a member name twice",
        Missing = "kantara_missing": "a member that every receipt has is missing",
        WrongType = "kantara_wrong_type": "the value is not of the type of this member",
        EmptyText = "kantara_empty_text": "a text that every receipt has is empty",
        EmptyOptional = "kantara_empty_optional": "a member that may be left out is there and empty",
        EmptyList = "kantara_empty_list": "a list has nothing in it",
        Misspelt = "kantara_misspelt": "this member is there under another spelling, which readers pass over",
        UnknownMember = "kantara_unknown_member": "the object has a member that the form does not know",
        Version = "kantara_version": "the version is not `KI-CR-v1.1.0`",
        Jurisdiction = "kantara_jurisdiction": "the jurisdiction is not countries (ISO 3166-1 alpha-2) with spaces between them",
        TimeMilliseconds = "kantara_time_milliseconds": "the time is in milliseconds and not in seconds",
        TimeBeyond = "kantara_time_beyond": "the time is after the year 9999",
        IdNotUuid = "kantara_id_not_uuid": "the id of the receipt is not a UUID of version 4",
        Language = "kantara_language": "the language is not one of ISO 639-1",
        Address = "kantara_address": "the address has no member of a schema.org PostalAddress",
        AddressMember = "kantara_address_member": "a member of the address is not a text",
        Email = "kantara_email": "the e-mail address is none",
        Phone = "kantara_phone": "the telephone is not a `tel:` URI (RFC 3966)",
        Url = "kantara_url": "the address of a page is not an http or https URL",
        ConsentTypeCase = "kantara_consent_type_case": "the consent type is not in capitals",
        ConsentUndescribed = "kantara_consent_undescribed": "consent is not explicit, and the method is not described",
        CategoryForm = "kantara_category_form": "the category is not written `N - Label`",
        CategoryDrift = "kantara_category_drift": "the label of the category is another spelling of the list's",
        CategoryFromZero = "kantara_category_from_zero": "the categories are numbered from 0 and not from 1",
        CategoryContradicted = "kantara_category_contradicted": "the category has the label of another number",
        CategoryUnknown = "kantara_category_unknown": "the category is not on the list",
        ThirdPartyUnnamed = "kantara_third_party_unnamed": "data is disclosed to a third party that is not named",
        ThirdPartyDenied = "kantara_third_party_denied": "a third party is named, and nothing is disclosed to it",
        ThirdPartyType = "kantara_third_party_type": "nothing is disclosed to a third party, and its name is not a text",
        SensitiveUnlisted = "kantara_sensitive_unlisted": "data is sensitive, and no sensitive category is listed",
        SensitiveDenied = "kantara_sensitive_denied": "sensitive categories are listed, and no data is sensitive",
        Extension = "kantara_extension": "the member `x_mydata` is not of our form",
    }
}

/// What the published schema says to a fault, when it is the only one. It takes a document
/// ([`schema_accepts`](super::schema_accepts)) exactly when it lets through every fault of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "it does, it does not, or it was not asked"
)]
pub enum Schema {
    /// It refuses the document too.
    Catches,
    /// It takes the document for a receipt.
    LetsThrough,
    /// It was not asked, since the document is beyond our bounds: nothing is said for it.
    NotAsked,
}

impl KantaraRule {
    /// How bad it is to break the rule. An error where the text says that something must be, or where
    /// the document contradicts itself in what the person agreed to; a warning where the text says
    /// should, or where only practice has a form.
    #[must_use]
    pub const fn level(self) -> Level {
        self.worth().0
    }

    /// Whether the published schema catches it.
    #[must_use]
    pub const fn schema(self) -> Schema {
        self.worth().1
    }

    const fn worth(self) -> (Level, Schema) {
        use Level::{Error, Note, Warning};
        use Schema::{Catches, LetsThrough, NotAsked};
        match self {
            Self::NotJson
            | Self::NotAnObject
            | Self::Wrapped
            | Self::Missing
            | Self::WrongType
            | Self::ThirdPartyUnnamed => (Error, Catches),
            Self::TooLarge | Self::TooDeep | Self::TooMany => (Error, NotAsked),
            Self::DuplicateMember
            | Self::EmptyText
            | Self::EmptyList
            | Self::Version
            | Self::TimeMilliseconds
            | Self::TimeBeyond
            | Self::Language
            | Self::Address
            | Self::AddressMember
            | Self::Phone
            | Self::Url
            | Self::ConsentUndescribed
            | Self::CategoryFromZero
            | Self::CategoryContradicted
            | Self::ThirdPartyDenied
            | Self::ThirdPartyType
            | Self::SensitiveUnlisted
            | Self::SensitiveDenied
            | Self::Extension => (Error, LetsThrough),
            Self::EmptyOptional
            | Self::Misspelt
            | Self::Jurisdiction
            | Self::IdNotUuid
            | Self::Email
            | Self::ConsentTypeCase
            | Self::CategoryForm
            | Self::CategoryDrift
            | Self::CategoryUnknown => (Warning, LetsThrough),
            Self::UnknownMember => (Note, LetsThrough),
        }
    }
}

impl Finding<KantaraRule> {
    /// Whether the published schema catches it.
    #[must_use]
    pub const fn schema(&self) -> Schema {
        self.rule.schema()
    }
}

impl Report<KantaraRule> {
    /// What the published schema alone would have let through.
    pub fn let_through(&self) -> impl Iterator<Item = &Finding<KantaraRule>> {
        self.findings
            .iter()
            .filter(|found| found.schema() == Schema::LetsThrough)
    }

    /// Adds a finding, with the level of its rule.
    pub(super) fn find(&mut self, pointer: &str, rule: KantaraRule) {
        self.findings.push(Finding {
            pointer: pointer.to_owned(),
            rule,
            level: rule.level(),
        });
    }
}
