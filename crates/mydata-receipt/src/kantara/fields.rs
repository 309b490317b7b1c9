//! The table of the form: which members each object has, and of what kind (Kantara 1.1 §4.3 to §4.5).

use super::checks::Check;
use super::list::List;

/// A member of an object.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it must be there.
    pub(super) need: Need,
    /// What it holds.
    pub(super) form: Form,
    /// Wrong names that have been seen, beyond other capitals and separators.
    pub(super) also: &'static [&'static str],
}

/// Whether a member must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It must.
    Required,
    /// It may.
    Optional,
}

/// What a member holds.
#[derive(Debug)]
pub(super) enum Form {
    /// A text that is not empty.
    Text(Check),
    /// Seconds.
    Time,
    /// True or false.
    Flag,
    /// An object.
    Object(&'static Shape),
    /// One or more objects.
    Objects(&'static Shape),
    /// Categories: one or more.
    Categories(List),
    /// Categories: none or more.
    AnyCategories(List),
    /// The name of a third party, which a law of the object judges.
    ThirdParty,
    /// Our extension.
    Extension,
}

/// An object: its members, and the law between them.
#[derive(Debug)]
pub(super) struct Shape {
    /// The members, in the order of the specification.
    pub(super) fields: &'static [Field],
    /// What must hold between members.
    pub(super) law: Law,
    /// Whether the published schema looks into it.
    pub(super) is_in_schema: bool,
}

/// What must hold between the members of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// Nothing.
    Free,
    /// Sensitive categories are listed exactly when there is sensitive data.
    Sensitive,
    /// A third party is named exactly when data is disclosed.
    ThirdParty,
    /// At least one member is there.
    Address,
}

impl Shape {
    /// The member with this name, and its place in the table.
    pub(super) fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.name == name)
    }

    /// The member that is meant by a wrong name.
    pub(super) fn meant(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| {
            is_like(name, field.name) || field.also.iter().any(|other| is_like(name, other))
        })
    }
}

/// Whether two names differ in nothing but capitals and separators.
fn is_like(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes()
        .filter(|b| !matches!(b, b'_' | b'-' | b' '))
        .map(|b| b.to_ascii_lowercase())
}

/// Whether the form has a member with this name anywhere.
pub(super) fn is_known(name: &str) -> bool {
    let shapes = [&RECEIPT, &CONTROLLER, &ADDRESS, &SERVICE, &PURPOSE];
    shapes.iter().any(|shape| shape.field(name).is_some())
}

const fn must(name: &'static str, form: Form, also: &'static [&'static str]) -> Field {
    let need = Need::Required;
    Field {
        name,
        need,
        form,
        also,
    }
}

const fn may(name: &'static str, form: Form, also: &'static [&'static str]) -> Field {
    let need = Need::Optional;
    Field {
        name,
        need,
        form,
        also,
    }
}

use Form::{AnyCategories, Categories, Extension, Flag, Object, Objects, Text, Time};

/// §4.3, and what of §4.4 and §4.5 is told once for a receipt.
pub(super) static RECEIPT: Shape = Shape {
    fields: &[
        must("version", Text(Check::Version), &[]),
        must(
            "jurisdiction",
            Text(Check::Jurisdiction),
            &["jurisdictions"],
        ),
        must("consentTimestamp", Time, &["timestamp"]),
        must("collectionMethod", Text(Check::Free), &["moc"]),
        must("consentReceiptID", Text(Check::Uuid), &["receiptID"]),
        may("publicKey", Text(Check::Free), &[]),
        may("language", Text(Check::Language), &[]),
        must("piiPrincipalId", Text(Check::Free), &[]),
        must("piiControllers", Objects(&CONTROLLER), &[]),
        must("policyUrl", Text(Check::Url), &["policyUri"]),
        must("services", Objects(&SERVICE), &[]),
        must("sensitive", Flag, &[]),
        must(
            "spiCat",
            AnyCategories(List::Pii),
            &["spiCategory", "spiCats"],
        ),
        may("x_mydata", Extension, &[]),
    ],
    law: Law::Sensitive,
    is_in_schema: true,
};

/// §4.4.3 to §4.4.9.
pub(super) static CONTROLLER: Shape = Shape {
    fields: &[
        must("piiController", Text(Check::Free), &[]),
        may("onBehalf", Flag, &[]),
        must("contact", Text(Check::Free), &[]),
        must("address", Object(&ADDRESS), &[]),
        must("email", Text(Check::Email), &[]),
        must("phone", Text(Check::Phone), &["telephone"]),
        may("piiControllerUrl", Text(Check::Url), &[]),
    ],
    law: Law::Free,
    is_in_schema: true,
};

/// §4.4.6: schema.org.
pub(super) static ADDRESS: Shape = Shape {
    fields: &[
        may("@type", Text(Check::Free), &[]),
        may("streetAddress", Text(Check::Free), &["street"]),
        may("postOfficeBoxNumber", Text(Check::Free), &[]),
        may("postalCode", Text(Check::Free), &[]),
        may("addressLocality", Text(Check::Free), &[]),
        may("addressRegion", Text(Check::Free), &["addressionRegion"]),
        may("addressCountry", Text(Check::Free), &[]),
    ],
    law: Law::Address,
    is_in_schema: false,
};

/// §4.5.2.
pub(super) static SERVICE: Shape = Shape {
    fields: &[
        must("service", Text(Check::Free), &["serviceName"]),
        must("purposes", Objects(&PURPOSE), &[]),
    ],
    law: Law::Free,
    is_in_schema: true,
};

/// §4.5.4 to §4.5.11.
pub(super) static PURPOSE: Shape = Shape {
    fields: &[
        may("purpose", Text(Check::Free), &[]),
        must(
            "purposeCategory",
            Categories(List::Purpose),
            &["purposeCategories"],
        ),
        must("consentType", Text(Check::ConsentType), &[]),
        must("piiCategory", Categories(List::Pii), &["piiCategories"]),
        may("primaryPurpose", Flag, &[]),
        must("termination", Text(Check::Free), &[]),
        must("thirdPartyDisclosure", Flag, &[]),
        may("thirdPartyName", Form::ThirdParty, &[]),
    ],
    law: Law::ThirdParty,
    is_in_schema: true,
};
