//! The tolerant reader: what real emitters get wrong is repaired, told, and only then judged.

use super::checks::{self, Check, EXPLICIT};
use super::document::Document;
use super::fields::{self, Field, Form, Law, Need, Shape};
use super::list::{List, Said};
use super::rule::KantaraRule;
use super::validate::{self, WRAPPER, is_blank, is_wrapped};
use super::{VERSION, schema};
use crate::finding::Report;
use crate::receipt::Phone;
use crate::tree::{Tree, push_index, push_name};
use mydata_core::refusals;
use mydata_core::time::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;

refusals! {
    /// What the reader has put right.
    pub enum KantaraRepair {
        Unwrapped = "kantara_repair_unwrapped": "the receipt is taken out of the object around it, of which nothing else is kept",
        Renamed = "kantara_repair_renamed": "the member had another spelling",
        Listed = "kantara_repair_listed": "the value stood by itself where a list belongs",
        Version = "kantara_repair_version": "the version was written with a letter for the nought, or in other capitals",
        Milliseconds = "kantara_repair_milliseconds": "the time was in milliseconds; what is below a second is left out",
        TimeText = "kantara_repair_time_text": "the time was a text; what is below a second is left out",
        TimeFloat = "kantara_repair_time_float": "the time was written with a fraction of nought",
        Phone = "kantara_repair_phone": "the telephone was a number with its country and no URI",
        Language = "kantara_repair_language": "the language was in capitals, or had a script or a region, which is left out",
        ConsentTypeCase = "kantara_repair_consent_type_case": "the consent type was not in capitals",
        CategoryForm = "kantara_repair_category_form": "the category lacked its dash or its number",
        CategoryLabel = "kantara_repair_category_label": "the category had another spelling of the label of its number",
        CategoryFromZero = "kantara_repair_category_from_zero": "the categories were numbered from 0, as all their labels show",
        SpiCatAdded = "kantara_repair_spi_cat_added": "the list of sensitive categories was missing, and no data is sensitive",
        EmptyLeftOut = "kantara_repair_empty_left_out": "a member that may be left out was empty, and is left out",
        UnknownLeftOut = "kantara_repair_unknown_left_out": "members that the form does not know are left out",
    }
}

/// One repair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repair {
    /// Where, in the receipt as repaired: a JSON pointer of names of the form, and numbers.
    pub pointer: String,
    /// What was put right.
    pub repair: KantaraRepair,
}

impl fmt::Display for Repair {
    /// One line: `repaired at /policyUrl: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() {
            "the document"
        } else {
            &self.pointer
        };
        write!(f, "repaired at {pointer}: {}", self.repair)
    }
}

/// A receipt that somebody else may have written, as far as it could be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The receipt: without an error, by [`validate`](super::validate).
    pub document: Document,
    /// What was put right for it: names and forms first, then the categories.
    pub repairs: Vec<Repair>,
    /// What is still to be said against it, none of it an error.
    pub remaining: Report<KantaraRule>,
}

/// Reads a receipt of Kantara 1.1 as emitters write them, and tells every repair.
///
/// A member under a wrong name is taken for what it is meant to be, faults and all. It works on a
/// copy. Octets that somebody has signed stay the evidence, faults and all; what comes
/// out here is for looking at.
///
/// # Errors
/// Every error that is left after the repairs, at once: what could be put right only by inventing
/// something. Pointers are into the receipt, without the object that may have been around it.
pub fn read(octets: &[u8]) -> Result<Reading, Report<KantaraRule>> {
    let mut tree = validate::tree(octets).map_err(validate::only)?;
    let mut mender = Mender::default();
    mender.document(&mut tree);
    let remaining = validate::judge(&tree);
    if !remaining.is_valid() {
        return Err(remaining);
    }
    let document = Document::deserialize(&tree);
    Ok(Reading {
        document: document.map_err(|_| validate::only(KantaraRule::WrongType))?,
        repairs: mender.repairs,
        remaining,
    })
}

type Members<'a> = Vec<(Cow<'a, str>, Tree<'a>)>;

#[derive(Default)]
struct Mender {
    repairs: Vec<Repair>,
    pointer: String,
    has_settled: bool,
}

impl Mender {
    fn tell(&mut self, repair: KantaraRepair) {
        let pointer = self.pointer.clone();
        self.repairs.push(Repair { pointer, repair });
    }

    fn at<T>(&mut self, name: &str, mended: impl FnOnce(&mut Self) -> T) -> T {
        let whole = self.pointer.len();
        push_name(&mut self.pointer, name);
        let value = mended(self);
        self.pointer.truncate(whole);
        value
    }

    fn each(&mut self, values: &mut [Tree<'_>], mut mended: impl FnMut(&mut Self, &mut Tree<'_>)) {
        let whole = self.pointer.len();
        for (at, value) in values.iter_mut().enumerate() {
            push_index(&mut self.pointer, at);
            mended(self, value);
            self.pointer.truncate(whole);
        }
    }

    fn document(&mut self, tree: &mut Tree<'_>) {
        if is_wrapped(tree)
            && let Tree::Object(members) = &mut *tree
            && let Some(at) = members.iter().position(|(name, _)| name == WRAPPER)
        {
            let (_, receipt) = members.swap_remove(at);
            *tree = receipt;
            self.tell(KantaraRepair::Unwrapped);
        }
        if !is_wrapped(tree)
            && let Tree::Object(members) = tree
        {
            self.object(&fields::RECEIPT, members);
            self.labels(&fields::RECEIPT, members);
        }
    }

    /// Names and forms.
    fn object(&mut self, shape: &'static Shape, members: &mut Members<'_>) {
        self.names(shape, members);
        members.retain_mut(|(name, value)| match shape.field(name) {
            Some((_, field)) => self.at(field.name, |mender| mender.value(field, value)),
            None => false,
        });
        if shape.law == Law::Sensitive {
            self.absent(members);
        }
    }

    /// A name that is right wins over a wrong one for the same member, which then is an unknown one.
    fn names(&mut self, shape: &'static Shape, members: &mut Members<'_>) {
        let right: Vec<&str> = members
            .iter()
            .filter_map(|(name, _)| Some(shape.field(name)?.1.name))
            .collect();
        let mut has_unknown = false;
        for (name, _) in members {
            if shape.field(name).is_some() {
                continue;
            }
            let meant = shape.meant(name).map(|field| field.name);
            if let Some(meant) = meant.filter(|meant| !right.contains(meant)) {
                *name = Cow::Borrowed(meant);
                self.at(meant, |mender| mender.tell(KantaraRepair::Renamed));
            } else {
                has_unknown = true;
            }
        }
        if has_unknown {
            self.tell(KantaraRepair::UnknownLeftOut);
        }
    }

    /// What follows from the rest of the receipt.
    fn absent(&mut self, members: &mut Members<'_>) {
        let is_sensitive = schema::last(members, "sensitive") != Some(&Tree::Bool(false));
        if !is_sensitive && schema::last(members, "spiCat").is_none() {
            members.push(("spiCat".into(), Tree::Array(Vec::new())));
            self.at("spiCat", |mender| mender.tell(KantaraRepair::SpiCatAdded));
        }
    }

    /// Whether the member stays.
    fn value(&mut self, field: &Field, value: &mut Tree<'_>) -> bool {
        if field.need == Need::Optional && is_blank(value) {
            self.tell(KantaraRepair::EmptyLeftOut);
            return false;
        }
        match (&field.form, value) {
            (Form::Text(check), Tree::Text(text)) => {
                if let Some((right, repair)) = mended(*check, text) {
                    *text = Cow::Owned(right);
                    self.tell(repair);
                }
            }
            (Form::Time, value) => self.time(value),
            (Form::Object(inner), Tree::Object(members)) => self.object(inner, members),
            (Form::Objects(inner), value) => {
                self.listed(value, matches!(value, Tree::Object(_)));
                if let Tree::Array(values) = value {
                    self.each(values, |mender, value| {
                        if let Tree::Object(members) = value {
                            mender.object(inner, members);
                        }
                    });
                }
            }
            (Form::Categories(list) | Form::AnyCategories(list), value) => {
                self.listed(value, matches!(value, Tree::Text(_)));
                if let Tree::Array(values) = value {
                    for said in values.iter().filter_map(Tree::text).map(|t| list.said(t)) {
                        self.has_settled |= said.is_settled();
                    }
                }
            }
            (_, _) => {}
        }
        true
    }

    fn listed(&mut self, value: &mut Tree<'_>, is_one: bool) {
        if is_one {
            *value = Tree::Array(vec![std::mem::replace(value, Tree::Null)]);
            self.tell(KantaraRepair::Listed);
        }
    }

    fn time(&mut self, value: &mut Tree<'_>) {
        let (number, repair) = match &*value {
            Tree::Text(text) => (seconds(text), Some(KantaraRepair::TimeText)),
            Tree::Float(number) => (whole(*number), Some(KantaraRepair::TimeFloat)),
            Tree::Unsigned(number) => (Some(*number), None),
            Tree::Null | Tree::Bool(_) | Tree::Negative(_) | Tree::Array(_) | Tree::Object(_) => {
                return;
            }
        };
        let Some(number) = number else { return };
        if let Some(repair) = repair {
            self.tell(repair);
        }
        let is_thousandfold = checks::time(number) == Some(KantaraRule::TimeMilliseconds);
        if is_thousandfold {
            self.tell(KantaraRepair::Milliseconds);
        }
        *value = Tree::Unsigned(if is_thousandfold {
            number / 1000
        } else {
            number
        });
    }

    /// The categories, once it is known from which number they count.
    fn labels(&mut self, shape: &'static Shape, members: &mut Members<'_>) {
        for (name, value) in members {
            let (Some((_, field)), Tree::Array(values)) = (shape.field(name), value) else {
                continue;
            };
            self.at(field.name, |mender| {
                mender.each(values, |mender, value| match (&field.form, value) {
                    (Form::Objects(inner), Tree::Object(members)) => mender.labels(inner, members),
                    (Form::Categories(list) | Form::AnyCategories(list), Tree::Text(text)) => {
                        mender.label(*list, text);
                    }
                    (_, _) => {}
                });
            });
        }
    }

    fn label(&mut self, list: List, text: &mut Cow<'_, str>) {
        let (number, repair) = match list.said(text) {
            Said::Loose(number) | Said::Named(number) => (number, KantaraRepair::CategoryForm),
            Said::Drifted(number) => (number, KantaraRepair::CategoryLabel),
            Said::Shifted(number) if !self.has_settled => (number, KantaraRepair::CategoryFromZero),
            Said::Right(_)
            | Said::Bare
            | Said::Shifted(_)
            | Said::Contradicted
            | Said::Numbered
            | Said::Words => return,
        };
        if let Some(right) = list.written(number) {
            *text = Cow::Owned(right);
            self.tell(repair);
        }
    }
}

/// A text put right, and what was wrong with it; `None` for what is right and for what cannot be.
fn mended(check: Check, text: &str) -> Option<(String, KantaraRepair)> {
    check.broken(text)?;
    match check {
        Check::Version => {
            let read = text.trim().to_ascii_uppercase().replace('O', "0");
            read.eq_ignore_ascii_case(VERSION)
                .then(|| (VERSION.to_owned(), KantaraRepair::Version))
        }
        Check::Phone => {
            Phone::parse(text.trim()).map(|phone| (phone.to_uri(), KantaraRepair::Phone))
        }
        Check::Language => {
            checks::language(text.trim()).map(|language| (language, KantaraRepair::Language))
        }
        Check::ConsentType => text
            .eq_ignore_ascii_case(EXPLICIT)
            .then(|| (EXPLICIT.to_owned(), KantaraRepair::ConsentTypeCase)),
        Check::Free | Check::Jurisdiction | Check::Uuid | Check::Email | Check::Url => None,
    }
}

/// A number of seconds or milliseconds that stands as text, or as RFC 3339 in UTC.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let whole = match text.split_once('.') {
        Some((whole, rest)) => {
            let digits = rest.strip_suffix('Z')?;
            let is_fraction = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            is_fraction.then(|| [whole, "Z"].concat())?
        }
        None => text.to_owned(),
    };
    Timestamp::parse(&whole).map(Timestamp::seconds)
}

/// A number without a fraction that was written as one that might have had one.
fn whole(number: f64) -> Option<u64> {
    // Beyond this a float no longer tells one whole number from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && (0.0..EXACT).contains(&number);
    is_whole.then_some(number as u64)
}
