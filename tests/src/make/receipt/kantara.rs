//! Kantara Consent Receipt 1.1: what is found, by the text and by the published schema, and what is
//! repaired.

use super::super::case::{Book, Stated};
use super::alter::{self, Alter, Name, altered, note};
use crate::exam::task::ReceiptForm::Kantara;
use Alter::{Drop, Push, Put, Rename};
use serde_json::{Value, json};

const SHOWN: &str = "FW-25 FW-26 FW-27 FW-28";
const CHECKED: &str = "FW-25 FW-26 FW-27 FW-28 P42";
const REPAIRED: &str = "FW-25 FW-26 FW-27 FW-28 P43";

/// A receipt without a fault and with no more than it must have.
fn good() -> Value {
    json!({
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "FI",
        "consentTimestamp": 1_736_236_800,
        "collectionMethod": "web form",
        "consentReceiptID": "6b1d1d3c-7c5a-4e53-9e0e-2f6a4f0f3f10",
        "piiPrincipalId": "reader-1",
        "piiControllers": [{
            "piiController": "Town (demo)",
            "contact": "data protection officer",
            "address": { "addressCountry": "FI" },
            "email": "dpo@town.example",
            "phone": "tel:+358900000001",
        }],
        "policyUrl": "https://town.example/policy/1",
        "services": [{
            "service": "Library",
            "purposes": [{
                "purpose": "Reminders",
                "purposeCategory": ["4 - Contact Requested"],
                "consentType": "EXPLICIT",
                "piiCategory": ["2 - Contact"],
                "primaryPurpose": true,
                "termination": "when withdrawn at https://town.example/consents",
                "thirdPartyDisclosure": false,
            }],
        }],
        "sensitive": false,
        "spiCat": [],
    })
}

/// A case: its name, what is altered, whether the published schema accepts it, and what is found.
type Row = (Name<'static>, Vec<Alter>, bool, &'static str);

const ACCEPTS: bool = true;
const REFUSES: bool = false;

/// What was tried on the published schema, and what it said.
#[rustfmt::skip]
fn tried() -> Vec<Row> {
    const PURPOSE: &str = "/services/0/purposes/0/purposeCategory";
    vec![
        (("good", "A receipt without a fault."), vec![], ACCEPTS, ""),
        (("version-other", "The version is another text."), vec![Put("/version", json!("foo"))], ACCEPTS, "kantara_version /version"),
        (("version-empty", "The version is empty."), vec![Put("/version", json!(""))], ACCEPTS, "kantara_empty_text /version"),
        (("jurisdiction-empty", "There is no jurisdiction in it."), vec![Put("/jurisdiction", json!(""))], ACCEPTS, "kantara_empty_text /jurisdiction"),
        (("principal-empty", "The person has no identifier."), vec![Put("/piiPrincipalId", json!(""))], ACCEPTS, "kantara_empty_text /piiPrincipalId"),
        (("time-milliseconds", "Milliseconds for seconds."), vec![Put("/consentTimestamp", json!(1_736_236_800_000_u64))], ACCEPTS, "kantara_time_milliseconds /consentTimestamp"),
        (("time-text", "The time is a text."), vec![Put("/consentTimestamp", json!("2025-01-07T08:00:00Z"))], REFUSES, "kantara_wrong_type /consentTimestamp"),
        (("time-negative", "The time is before 1970."), vec![Put("/consentTimestamp", json!(-1))], REFUSES, "kantara_wrong_type /consentTimestamp"),
        (("time-float", "The time has a fraction of nought."), vec![Put("/consentTimestamp", json!(1_736_236_800.0))], REFUSES, "kantara_wrong_type /consentTimestamp"),
        (("controllers-none", "Nobody is responsible."), vec![Put("/piiControllers", json!([]))], ACCEPTS, "kantara_empty_list /piiControllers"),
        (("services-none", "There is no service."), vec![Put("/services", json!([]))], ACCEPTS, "kantara_empty_list /services"),
        (("purposes-none", "There is no purpose."), vec![Put("/services/0/purposes", json!([]))], ACCEPTS, "kantara_empty_list /services/0/purposes"),
        (("purpose-category-none", "A purpose has no category."), vec![Put(PURPOSE, json!([]))], ACCEPTS, "kantara_empty_list /services/0/purposes/0/purposeCategory"),
        (("purpose-untold", "The words of a purpose may be left out."), vec![Drop("/services/0/purposes/0/purpose")], ACCEPTS, ""),
        (("consent-type-word", "A consent type that is no type and describes nothing."), vec![Put("/services/0/purposes/0/consentType", json!("banana"))], ACCEPTS, "kantara_consent_undescribed /services/0/purposes/0/consentType"),
        (("category-off-the-list", "A number that is on no list."), vec![Put(PURPOSE, json!(["99 - X"]))], ACCEPTS, "warning kantara_category_unknown /services/0/purposes/0/purposeCategory/0"),
        (("primary-untold", "Whether a purpose is primary may be left out."), vec![Drop("/services/0/purposes/0/primaryPurpose")], ACCEPTS, ""),
        (("purpose-category-scalar", "A category stands by itself where a list belongs."), vec![Put(PURPOSE, json!("4 - Contact Requested"))], REFUSES, "kantara_wrong_type /services/0/purposes/0/purposeCategory"),
        (("disclosed-to-nobody", "Data is disclosed, and no name stands there."), vec![Put("/services/0/purposes/0/thirdPartyDisclosure", json!(true))], REFUSES, "kantara_third_party_unnamed /services/0/purposes/0/thirdPartyName"),
        (("disclosed-to-empty", "Data is disclosed to an empty name."), vec![Put("/services/0/purposes/0/thirdPartyDisclosure", json!(true)), Put("/services/0/purposes/0/thirdPartyName", json!(""))], ACCEPTS, "kantara_empty_text /services/0/purposes/0/thirdPartyName"),
        (("disclosed-to-a-number", "Data is disclosed to a number."), vec![Put("/services/0/purposes/0/thirdPartyDisclosure", json!(true)), Put("/services/0/purposes/0/thirdPartyName", json!(42))], REFUSES, "kantara_wrong_type /services/0/purposes/0/thirdPartyName"),
        (("undisclosed-with-a-name", "Nothing is disclosed, to a name."), vec![Put("/services/0/purposes/0/thirdPartyName", json!("Print shop"))], ACCEPTS, "kantara_third_party_denied /services/0/purposes/0/thirdPartyName"),
        (("undisclosed-with-a-number", "Nothing is disclosed, to a number."), vec![Put("/services/0/purposes/0/thirdPartyName", json!(42))], ACCEPTS, "kantara_third_party_type /services/0/purposes/0/thirdPartyName"),
        (("undisclosed-with-null", "Nothing is disclosed, and null names nobody."), vec![Put("/services/0/purposes/0/thirdPartyName", json!(null))], ACCEPTS, "kantara_third_party_type /services/0/purposes/0/thirdPartyName"),
        (("undisclosed-with-an-empty-name", "Nothing is disclosed, to an empty name."), vec![Put("/services/0/purposes/0/thirdPartyName", json!(""))], ACCEPTS, "warning kantara_empty_optional /services/0/purposes/0/thirdPartyName"),
        (("disclosure-untold", "Whether data is disclosed is left out."), vec![Drop("/services/0/purposes/0/thirdPartyDisclosure")], REFUSES, "kantara_missing /services/0/purposes/0/thirdPartyDisclosure"),
        (("termination-untold", "How it ends is left out."), vec![Drop("/services/0/purposes/0/termination")], REFUSES, "kantara_missing /services/0/purposes/0/termination"),
        (("sensitive-unlisted", "Sensitive data of no category."), vec![Put("/sensitive", json!(true))], ACCEPTS, "kantara_sensitive_unlisted /spiCat"),
        (("sensitive-denied", "A sensitive category of no sensitive data."), vec![Put("/spiCat", json!(["6 - Health"]))], ACCEPTS, "kantara_sensitive_denied /spiCat"),
        (("sensitive-without-a-list", "No sensitive data, and no list of its categories."), vec![Drop("/spiCat")], REFUSES, "kantara_missing /spiCat"),
        (("policy-misspelt", "`policyURL` for `policyUrl`."), vec![Rename("/policyUrl", "policyURL")], REFUSES, "kantara_missing /policyUrl, warning kantara_misspelt /policyUrl"),
        (("phone-untold", "A controller has no telephone."), vec![Drop("/piiControllers/0/phone")], REFUSES, "kantara_missing /piiControllers/0/phone"),
        (("contact-untold", "A controller has no contact."), vec![Drop("/piiControllers/0/contact")], REFUSES, "kantara_missing /piiControllers/0/contact"),
        (("address-empty", "An address without a member."), vec![Put("/piiControllers/0/address", json!({}))], ACCEPTS, "kantara_address /piiControllers/0/address"),
        (("on-behalf-misspelt", "`on_behalf` for `onBehalf`."), vec![Put("/piiControllers/0/on_behalf", json!(true))], ACCEPTS, "warning kantara_misspelt /piiControllers/0/onBehalf"),
        (("policy-at-a-desk", "The policy has no address."), vec![Put("/policyUrl", json!("see desk"))], ACCEPTS, "kantara_url /policyUrl"),
        (("language-unknown", "A language that is none."), vec![Put("/language", json!("zz-ZZZZ"))], ACCEPTS, "kantara_language /language"),
        (("unknown-member", "A member that the form does not know."), vec![Put("/x_other", json!({ "a": [1] }))], ACCEPTS, "note kantara_unknown_member"),
        (("unknown-members-inside", "Several are told once for each object, at it and not by name."), vec![Put("/services/0/x_a", json!(1)), Put("/services/0/x_b", json!(2)), Put("/services/0/purposes/0/x_c", json!(3))], ACCEPTS, "note kantara_unknown_member /services/0, note kantara_unknown_member /services/0/purposes/0"),
    ]
}

/// What was not tried there: the schema's word follows from what it asks for.
#[rustfmt::skip]
fn others() -> Vec<Row> {
    const PURPOSE: &str = "/services/0/purposes/0/purposeCategory/0";
    const DATA: &str = "/services/0/purposes/0/piiCategory/0";
    const TYPE: &str = "/services/0/purposes/0/consentType";
    vec![
        (("full", "A receipt with every member, of a processor and with sensitive data."), vec![
            Put("/publicKey", json!("a key in no particular form")), Put("/language", json!("fi")), Put("/jurisdiction", json!("FI SE")),
            Put("/piiControllers/0/onBehalf", json!(false)), Put("/piiControllers/0/piiControllerUrl", json!("https://town.example/")),
            Push("/piiControllers", json!({ "piiController": "Print shop", "onBehalf": true, "contact": "the manager",
                "address": { "@type": "PostalAddress", "streetAddress": "Street 1", "postOfficeBoxNumber": "1", "postalCode": "00100",
                    "addressLocality": "Town", "addressRegion": "Region", "addressCountry": "FI" },
                "email": "office@print.example", "phone": "tel:9000-1;phone-context=+358" })),
            Put(DATA, json!("6 - Health")), Put("/services/0/purposes/0/thirdPartyDisclosure", json!(true)),
            Put("/services/0/purposes/0/thirdPartyName", json!("Print shop")), Put("/sensitive", json!(true)), Put("/spiCat", json!(["6 - Health"])),
        ], ACCEPTS, ""),
        (("as-in-the-field", "The faults of the published example together: none of them is caught."), vec![
            Put("/jurisdiction", json!("DW")), Put("/publicKey", json!("04:be:\r\n:ef")), Put("/piiControllers/0/phone", json!("(555) 555-0100")),
            Put(TYPE, json!("N/A")), Put(PURPOSE, json!("5 - Personalize Experience")), Put("/services/0/purposes/0/thirdPartyName", json!("Print shop")),
            Put("/sensitive", json!(true)), Put("/spiCat", json!(["1 - Biographical"])),
        ], ACCEPTS, "warning kantara_jurisdiction /jurisdiction, kantara_phone /piiControllers/0/phone, kantara_consent_undescribed /services/0/purposes/0/consentType, \
            warning kantara_category_drift /services/0/purposes/0/purposeCategory/0, kantara_third_party_denied /services/0/purposes/0/thirdPartyName"),
        (("time-beyond", "A time after the year 9999, in seconds and in milliseconds."), vec![Put("/consentTimestamp", json!(253_402_300_800_000_u64))], ACCEPTS, "kantara_time_beyond /consentTimestamp"),
        (("time-last", "The last second of the year 9999."), vec![Put("/consentTimestamp", json!(253_402_300_799_u64))], ACCEPTS, ""),
        (("id-no-uuid", "The id of the receipt is no UUID."), vec![Put("/consentReceiptID", json!("receipt-1"))], ACCEPTS, "warning kantara_id_not_uuid /consentReceiptID"),
        (("id-uuid-of-time", "A UUID of another version."), vec![Put("/consentReceiptID", json!("6b1d1d3c-7c5a-1e53-9e0e-2f6a4f0f3f10"))], ACCEPTS, "warning kantara_id_not_uuid /consentReceiptID"),
        (("jurisdiction-in-words", "A jurisdiction in words."), vec![Put("/jurisdiction", json!("Finland"))], ACCEPTS, "warning kantara_jurisdiction /jurisdiction"),
        (("language-in-capitals", "A language in capitals."), vec![Put("/language", json!("FI"))], ACCEPTS, "kantara_language /language"),
        (("language-of-three-letters", "A language that ISO 639-1 does not have."), vec![Put("/language", json!("sms"))], ACCEPTS, "kantara_language /language"),
        (("optional-empty", "Members that may be left out are there and empty."), vec![Put("/publicKey", json!("")), Put("/services/0/purposes/0/purpose", json!("  "))], ACCEPTS, "warning kantara_empty_optional /publicKey, warning kantara_empty_optional /services/0/purposes/0/purpose"),
        (("method-of-spaces", "The method is white space."), vec![Put("/collectionMethod", json!(" \t"))], ACCEPTS, "kantara_empty_text /collectionMethod"),
        (("address-of-a-type", "An address that says only that it is one."), vec![Put("/piiControllers/0/address", json!({ "@type": "PostalAddress" }))], ACCEPTS, "kantara_address /piiControllers/0/address"),
        (("address-member-number", "A postal code as a number."), vec![Put("/piiControllers/0/address/postalCode", json!(100))], ACCEPTS, "kantara_address_member /piiControllers/0/address/postalCode"),
        (("address-text", "An address that is a text."), vec![Put("/piiControllers/0/address", json!("Street 1, Town"))], REFUSES, "kantara_wrong_type /piiControllers/0/address"),
        (("email-none", "An e-mail address without a domain."), vec![Put("/piiControllers/0/email", json!("office"))], ACCEPTS, "warning kantara_email /piiControllers/0/email"),
        (("phone-no-uri", "A telephone number that is no URI."), vec![Put("/piiControllers/0/phone", json!("+358 9 000 001"))], ACCEPTS, "kantara_phone /piiControllers/0/phone"),
        (("phone-local", "A local number without its context."), vec![Put("/piiControllers/0/phone", json!("tel:9000001"))], ACCEPTS, "kantara_phone /piiControllers/0/phone"),
        (("url-of-a-file", "The pages of a controller are no http or https URL."), vec![Put("/piiControllers/0/piiControllerUrl", json!("ftp://town.example/"))], ACCEPTS, "kantara_url /piiControllers/0/piiControllerUrl"),
        (("url-no-host", "What browsers do not take for a host."), vec![Put("/policyUrl", json!("https://[[["))], ACCEPTS, "kantara_url /policyUrl"),
        (("url-port", "A port that there is not."), vec![Put("/policyUrl", json!("https://town.example:99999999/"))], ACCEPTS, "kantara_url /policyUrl"),
        (("url-label", "A host with an empty label."), vec![Put("/policyUrl", json!("https://town..example/"))], ACCEPTS, "kantara_url /policyUrl"),
        (("url-octet", "A per cent sign that begins no octet."), vec![Put("/policyUrl", json!("https://town.example/%zz"))], ACCEPTS, "kantara_url /policyUrl"),
        (("consent-type-case", "The consent type in small letters."), vec![Put(TYPE, json!("explicit"))], ACCEPTS, "warning kantara_consent_type_case /services/0/purposes/0/consentType"),
        (("consent-type-implicit", "Implicit, and not how."), vec![Put(TYPE, json!("IMPLICIT"))], ACCEPTS, "kantara_consent_undescribed /services/0/purposes/0/consentType"),
        (("consent-type-described", "Implicit, with how it was."), vec![Put(TYPE, json!("IMPLICIT: went on after the sign"))], ACCEPTS, ""),
        (("consent-type-unspaced", "Described in a language without spaces."), vec![Put(TYPE, json!("IMPLICIT：図書館カードを使い続けることによる"))], ACCEPTS, ""),
        (("consent-type-unspaced-bare", "Not explicit, in Japanese, and not how."), vec![Put(TYPE, json!("明示的でない同意"))], ACCEPTS, "kantara_consent_undescribed /services/0/purposes/0/consentType"),
        (("category-form", "A category without its dash, and one without its label."), vec![Put(PURPOSE, json!("4 Contact Requested")), Put(DATA, json!("2"))], ACCEPTS, "warning kantara_category_form /services/0/purposes/0/purposeCategory/0, warning kantara_category_form /services/0/purposes/0/piiCategory/0"),
        (("category-named", "A category without its number."), vec![Put(DATA, json!("Contact"))], ACCEPTS, "warning kantara_category_form /services/0/purposes/0/piiCategory/0"),
        (("category-drift", "A label as others write it."), vec![Put(DATA, json!("4 - Communications/Social"))], ACCEPTS, "warning kantara_category_drift /services/0/purposes/0/piiCategory/0"),
        (("category-from-zero", "Every category has the number before its own."), vec![Put(PURPOSE, json!("3 - Contact Requested")), Put(DATA, json!("1 - Contact"))], ACCEPTS, "kantara_category_from_zero /services/0/purposes/0/purposeCategory/0, kantara_category_from_zero /services/0/purposes/0/piiCategory/0"),
        (("category-one-from-zero", "One category has the number before its own, and another its own: a contradiction."), vec![Put(PURPOSE, json!("3 - Contact Requested"))], ACCEPTS, "kantara_category_contradicted /services/0/purposes/0/purposeCategory/0"),
        (("category-contradicted", "A category has the label of another number."), vec![Put(DATA, json!("7 - Contact"))], ACCEPTS, "kantara_category_contradicted /services/0/purposes/0/piiCategory/0"),
        (("category-in-words", "A category in words that are on no list."), vec![Put(DATA, json!("Shoe size"))], ACCEPTS, "warning kantara_category_unknown /services/0/purposes/0/piiCategory/0"),
        (("category-number", "A category that is a number."), vec![Put(DATA, json!(2))], REFUSES, "kantara_wrong_type /services/0/purposes/0/piiCategory/0"),
        (("flag-text", "A truth value that is a text."), vec![Put("/sensitive", json!("false"))], REFUSES, "kantara_wrong_type /sensitive"),
        (("service-text", "A service that is a text."), vec![Put("/services/0", json!("Library"))], REFUSES, "kantara_wrong_type /services/0"),
        (("extension-empty", "Our member with nothing in it."), vec![Put("/x_mydata", json!({}))], ACCEPTS, "kantara_extension /x_mydata"),
        (("null", "Null is no value of a member."), vec![Put("/language", json!(null))], REFUSES, "kantara_wrong_type /language"),
    ]
}

/// Documents that are no table of alterations.
#[rustfmt::skip]
fn texts() -> Vec<(Name<'static>, String, bool, &'static str)> {
    let good = good().to_string();
    let twice = good.replacen("\"sensitive\":false", "\"sensitive\":\"x\",\"sensitive\":false", 1);
    let inside = good.replacen("\"service\":\"Library\"", "\"service\":\"Library\",\"service\":\"\"", 1);
    let members: Vec<String> = (0..1025).map(|at| format!("\"m{at}\":0")).collect();
    let many = format!("{{{}}}", members.join(","));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let missing = "kantara_missing /version, kantara_missing /jurisdiction, kantara_missing /consentTimestamp, kantara_missing /collectionMethod, \
        kantara_missing /consentReceiptID, kantara_missing /piiPrincipalId, kantara_missing /piiControllers, kantara_missing /policyUrl, \
        kantara_missing /services, kantara_missing /sensitive, kantara_missing /spiCat";
    vec![
        (("empty-object", "`{}`: everything that is missing is named at once."), "{}".to_owned(), REFUSES, missing),
        (("empty-inside", "A controller, a service and a purpose with nothing in them."),
            r#"{"piiControllers":[{}],"services":[{"purposes":[{}]}]}"#.to_owned(), REFUSES,
            "kantara_missing /version, kantara_missing /jurisdiction, kantara_missing /consentTimestamp, kantara_missing /collectionMethod, \
             kantara_missing /consentReceiptID, kantara_missing /piiPrincipalId, kantara_missing /policyUrl, kantara_missing /sensitive, kantara_missing /spiCat, \
             kantara_missing /piiControllers/0/piiController, kantara_missing /piiControllers/0/contact, kantara_missing /piiControllers/0/address, \
             kantara_missing /piiControllers/0/email, kantara_missing /piiControllers/0/phone, kantara_missing /services/0/service, \
             kantara_missing /services/0/purposes/0/purposeCategory, kantara_missing /services/0/purposes/0/consentType, \
             kantara_missing /services/0/purposes/0/piiCategory, kantara_missing /services/0/purposes/0/termination, \
             kantara_missing /services/0/purposes/0/thirdPartyDisclosure"),
        (("wrapped", "The receipt stands in a member of another object."), format!("{{\"consentReceipt\":{good}}}"), REFUSES, "kantara_wrapped"),
        (("duplicate", "A name stands twice: the last value counts, and the first is told."), twice, ACCEPTS, "kantara_duplicate_member"),
        (("duplicate-inside", "A name stands twice inside, the second time empty."), inside, ACCEPTS, "kantara_duplicate_member /services/0, kantara_empty_text /services/0/service"),
        (("no-octets", "Nothing."), String::new(), REFUSES, "kantara_not_json"),
        (("not-json", "Two comment lines before it, as in the published schema."), format!("// a receipt\n// of ours\n{good}"), REFUSES, "kantara_not_json"),
        (("cut-off", "The end is missing."), good.strip_suffix('}').unwrap().to_owned(), REFUSES, "kantara_not_json"),
        (("something-after", "Something stands after it."), format!("{good} x"), REFUSES, "kantara_not_json"),
        (("array", "An array."), "[]".to_owned(), REFUSES, "kantara_not_an_object"),
        (("text", "A text."), "\"receipt\"".to_owned(), REFUSES, "kantara_not_an_object"),
        (("too-deep", "Nested 40 deep."), deep, REFUSES, "kantara_too_deep"),
        (("too-many", "An object of 1025 members."), many, REFUSES, "kantara_too_many"),
    ]
}

fn stated(accepts: bool, found: &str) -> String {
    let word = if accepts { "accepts" } else { "refuses" };
    format!("schema {word}, {found}")
}

pub(super) fn validated() -> Book {
    let title =
        "Kantara Consent Receipt 1.1: all that is wrong, and what the published schema says to it";
    let mut book = Book::new("receipt/kantara", title);
    let rows = tried().into_iter().chain(others());
    let rows = rows.map(|(name, alter, accepts, found)| {
        (name, altered(&good(), &alter).to_string(), accepts, found)
    });
    for (name, text, accepts, found) in rows.chain(texts()) {
        let task = alter::validate(Kantara, text);
        let stated = stated(accepts, found);
        note(&mut book, CHECKED, name, task, Stated::Found(&stated));
    }
    for (id, says, spaces) in [
        (
            "too-large",
            "Ten million spaces stand after it.",
            10_000_000,
        ),
        (
            "too-large-by-one",
            "One octet more than may be.",
            2_097_153 - good().to_string().len(),
        ),
    ] {
        let task = alter::padded(Kantara, good(), spaces);
        let stated = stated(REFUSES, "kantara_too_large");
        note(&mut book, CHECKED, (id, says), task, Stated::Found(&stated));
    }
    let task = alter::padded(Kantara, good(), 2_097_152 - good().to_string().len());
    let name = ("as-large-as-may-be", "As many octets as may be.");
    note(
        &mut book,
        CHECKED,
        name,
        task,
        Stated::Found(&stated(ACCEPTS, "")),
    );
    book
}

/// A case: its name, what is altered, and what is repaired.
type Mended = (Name<'static>, Vec<Alter>, &'static str);

#[rustfmt::skip]
fn mended() -> Vec<Mended> {
    const PURPOSE: &str = "/services/0/purposes/0/purposeCategory";
    const DATA: &str = "/services/0/purposes/0/piiCategory";
    const TYPE: &str = "/services/0/purposes/0/consentType";
    vec![
        (("good", "What is right is read as it is."), vec![], ""),
        (("renamed", "`policyURL` is read as `policyUrl`."), vec![Rename("/policyUrl", "policyURL")], "kantara_repair_renamed /policyUrl"),
        (("renamed-separators", "`on_behalf`, `pii_principal_id`."), vec![Put("/piiControllers/0/on_behalf", json!(true)), Rename("/piiPrincipalId", "pii_principal_id")],
            "kantara_repair_renamed /piiControllers/0/onBehalf, kantara_repair_renamed /piiPrincipalId"),
        (("renamed-region", "The region as one library reads it."), vec![Put("/piiControllers/0/address/addressionRegion", json!("Region"))],
            "kantara_repair_renamed /piiControllers/0/address/addressRegion"),
        (("renamed-beside-the-right-one", "A right name wins over a wrong one, which is left out."), vec![Put("/policyURL", json!("https://other.example/"))], "kantara_repair_unknown_left_out"),
        (("listed", "One category and one controller by themselves."), vec![
            Put(PURPOSE, json!("4 - Contact Requested")), Put("/piiControllers", good()["piiControllers"][0].clone())],
            "kantara_repair_listed /piiControllers, kantara_repair_listed /services/0/purposes/0/purposeCategory"),
        (("listed-services", "One service and one purpose by themselves."), vec![
            Put("/services", json!({ "service": "Library", "purposes": good()["services"][0]["purposes"][0] }))],
            "kantara_repair_listed /services, kantara_repair_listed /services/0/purposes"),
        (("version-letter", "A letter O for the nought."), vec![Put("/version", json!("KI-CR-v1.1.O"))], "kantara_repair_version /version"),
        (("version-capitals", "Other capitals."), vec![Put("/version", json!("ki-cr-V1.1.0"))], "kantara_repair_version /version"),
        (("milliseconds", "Milliseconds for seconds."), vec![Put("/consentTimestamp", json!(1_736_236_800_999_u64))], "kantara_repair_milliseconds /consentTimestamp"),
        (("time-rfc3339", "RFC 3339 for seconds, with a fraction that is left out."), vec![Put("/consentTimestamp", json!("2025-01-07T08:00:00.500Z"))], "kantara_repair_time_text /consentTimestamp"),
        (("time-digits", "Milliseconds as a text."), vec![Put("/consentTimestamp", json!("1736236800000"))], "kantara_repair_time_text /consentTimestamp, kantara_repair_milliseconds /consentTimestamp"),
        (("time-float", "Seconds with a fraction of nought."), vec![Put("/consentTimestamp", json!(1_736_236_800.0))], "kantara_repair_time_float /consentTimestamp"),
        (("phone", "A number with its country and with spaces."), vec![Put("/piiControllers/0/phone", json!("+358 9 000 0001"))], "kantara_repair_phone /piiControllers/0/phone"),
        (("language-region", "A language with a region."), vec![Put("/language", json!("fi-FI"))], "kantara_repair_language /language"),
        (("language-script", "A language with a script and a region."), vec![Put("/language", json!("sr-Cyrl-RS"))], "kantara_repair_language /language"),
        (("language-capitals", "A language in capitals."), vec![Put("/language", json!("SV"))], "kantara_repair_language /language"),
        (("consent-type", "The consent type in small letters."), vec![Put(TYPE, json!("Explicit"))], "kantara_repair_consent_type_case /services/0/purposes/0/consentType"),
        (("category-form", "Without the dash, without the number."), vec![Put(DATA, json!(["2 Contact", "Health"]))],
            "kantara_repair_category_form /services/0/purposes/0/piiCategory/0, kantara_repair_category_form /services/0/purposes/0/piiCategory/1"),
        (("category-bare", "A number without a label stays as it is: which one is meant depends on the count."), vec![Put(DATA, json!(["0", "5"]))], ""),
        (("category-label", "Labels as others write them."), vec![Put(DATA, json!(["4 - Communications/Social"])), Put(PURPOSE, json!(["11 - 3rd Party Sharing for"]))],
            "kantara_repair_category_label /services/0/purposes/0/piiCategory/0, kantara_repair_category_label /services/0/purposes/0/purposeCategory/0"),
        (("category-from-zero", "Every category has the number before its own."), vec![Put(PURPOSE, json!(["3 - Contact Requested"])), Put(DATA, json!(["1 - Contact"]))],
            "kantara_repair_category_from_zero /services/0/purposes/0/purposeCategory/0, kantara_repair_category_from_zero /services/0/purposes/0/piiCategory/0"),
        (("category-free", "Words that are on no list stay as they are: no error is left."), vec![Put(DATA, json!(["Shoe size"]))], ""),
        (("spi-cat-missing", "No list of sensitive categories, and no sensitive data."), vec![Drop("/spiCat")], "kantara_repair_spi_cat_added /spiCat"),
        (("empty-left-out", "An optional member that is empty."), vec![Put("/publicKey", json!("")), Put("/language", json!(null)), Put("/services/0/purposes/0/thirdPartyName", json!(" "))],
            "kantara_repair_empty_left_out /publicKey, kantara_repair_empty_left_out /language, kantara_repair_empty_left_out /services/0/purposes/0/thirdPartyName"),
        (("unknown-left-out", "Members that the form does not know."), vec![Put("/x_other", json!(1)), Put("/services/0/x_other", json!(1))],
            "kantara_repair_unknown_left_out, kantara_repair_unknown_left_out /services/0"),
        (("field", "Every fault that emitters have been seen to make, at once."), vec![
            Put("/version", json!("KI-CR-v1.1.O")), Put("/consentTimestamp", json!("1736236800000")), Rename("/policyUrl", "policyURL"), Drop("/spiCat"),
            Put("/language", json!("EN")), Put("/publicKey", json!("")), Put("/x_other", json!(1)),
            Put("/piiControllers", json!({ "piiController": "Town (demo)", "on_behalf": true, "contact": "data protection officer",
                "address": { "street": "Street 1" }, "email": "dpo@town.example", "telephone": "+358 9 000 0001" })),
            Put(PURPOSE, json!("3 - Contact Requested")), Put(DATA, json!(["1 - Contact", "3 Communications/Social"])), Put(TYPE, json!("explicit")),
        ], "kantara_repair_version /version, kantara_repair_time_text /consentTimestamp, kantara_repair_milliseconds /consentTimestamp, \
            kantara_repair_renamed /policyUrl, kantara_repair_spi_cat_added /spiCat, kantara_repair_language /language, kantara_repair_empty_left_out /publicKey, \
            kantara_repair_unknown_left_out, kantara_repair_listed /piiControllers, kantara_repair_renamed /piiControllers/0/onBehalf, \
            kantara_repair_renamed /piiControllers/0/phone, kantara_repair_phone /piiControllers/0/phone, kantara_repair_renamed /piiControllers/0/address/streetAddress, \
            kantara_repair_listed /services/0/purposes/0/purposeCategory, kantara_repair_category_from_zero /services/0/purposes/0/purposeCategory/0, \
            kantara_repair_category_from_zero /services/0/purposes/0/piiCategory/0, kantara_repair_category_from_zero /services/0/purposes/0/piiCategory/1, \
            kantara_repair_consent_type_case /services/0/purposes/0/consentType"),
    ]
}

/// What could be put right only by inventing something.
#[rustfmt::skip]
fn beyond() -> Vec<Mended> {
    const DATA: &str = "/services/0/purposes/0/piiCategory";
    vec![
        (("beyond-version", "Another version."), vec![Put("/version", json!("KI-CR-v2.0.0"))], "kantara_version"),
        (("beyond-empty", "Texts that are empty, and nobody who is responsible."), vec![Put("/jurisdiction", json!("")), Put("/piiControllers", json!([]))], "kantara_empty_text kantara_empty_list"),
        (("beyond-missing", "No telephone, and no word on disclosure."), vec![Drop("/piiControllers/0/phone"), Drop("/services/0/purposes/0/thirdPartyDisclosure")], "kantara_missing"),
        (("beyond-phone", "A telephone number without its country."), vec![Put("/piiControllers/0/phone", json!("09 000 0001"))], "kantara_phone"),
        (("beyond-time", "A time that is a date, and so no moment."), vec![Put("/consentTimestamp", json!("2025-01-07"))], "kantara_wrong_type"),
        (("beyond-fraction", "A time with half a second: nobody knows what was meant."), vec![Put("/consentTimestamp", json!(1_736_236_800.5))], "kantara_wrong_type"),
        (("beyond-from-zero", "Some categories count from 0 and some from 1."), vec![Put(DATA, json!(["1 - Contact", "7 - Financial"]))], "kantara_category_contradicted"),
        (("beyond-sensitive", "Sensitive data of no category."), vec![Put("/sensitive", json!(true))], "kantara_sensitive_unlisted"),
        (("beyond-sensitive-missing", "Sensitive data, and no list."), vec![Put("/sensitive", json!(true)), Drop("/spiCat")], "kantara_missing"),
        (("beyond-third-party", "A name to which nothing is disclosed: which of the two is meant is not known."), vec![Put("/services/0/purposes/0/thirdPartyName", json!("Print shop"))], "kantara_third_party_denied"),
        (("beyond-url", "No address of the policy."), vec![Put("/policyUrl", json!("see desk"))], "kantara_url"),
        (("beyond-consent-type", "A type that describes nothing."), vec![Put("/services/0/purposes/0/consentType", json!("N/A"))], "kantara_consent_undescribed"),
        (("beyond-language", "A language that is none."), vec![Put("/language", json!("zz-ZZZZ"))], "kantara_language"),
        (("beyond-language-word", "A word that begins like Norwegian."), vec![Put("/language", json!("no-idea"))], "kantara_language"),
        (("beyond-language-region", "A language with something that is no region."), vec![Put("/language", json!("is-unknown"))], "kantara_language"),
        (("beyond-version-missing", "No version: nothing else says which it is."), vec![Drop("/version")], "kantara_missing"),
        (("beyond-from-zero-bare", "Labels count from 0, and a number without one leaves it open."), vec![Put("/services/0/purposes/0/purposeCategory", json!(["3 - Contact Requested"])), Put(DATA, json!(["5"]))], "kantara_category_contradicted"),
    ]
}

pub(super) fn read() -> Book {
    let title =
        "Kantara Consent Receipt 1.1 as emitters write it: what is repaired, and what cannot be";
    let mut book = Book::new("receipt/kantara-read", title);
    for (name, alter, repairs) in mended() {
        let task = alter::read(Kantara, altered(&good(), &alter));
        note(&mut book, REPAIRED, name, task, Stated::Found(repairs));
    }
    let wrapped = json!({ "consentReceipt": good(), "iss": "Town (demo)" });
    let name = (
        "unwrapped",
        "The receipt is taken out of the object of a token.",
    );
    let stated = Stated::Found("kantara_repair_unwrapped");
    note(
        &mut book,
        REPAIRED,
        name,
        alter::read(Kantara, wrapped),
        stated,
    );
    for (name, alter, codes) in beyond() {
        let task = alter::read(Kantara, altered(&good(), &alter));
        note(&mut book, REPAIRED, name, task, Stated::Refused(codes));
    }
    let good = good().to_string();
    let twice = good.replacen(
        "\"sensitive\":false",
        "\"sensitive\":true,\"sensitive\":false",
        1,
    );
    for (id, says, text, code) in [
        (
            "nothing-in-it",
            "`{}` is no receipt.",
            "{}".to_owned(),
            "kantara_missing",
        ),
        ("not-json", "No JSON.", "{".to_owned(), "kantara_not_json"),
        (
            "array",
            "An array.",
            "[]".to_owned(),
            "kantara_not_an_object",
        ),
        (
            "wrapped-twice",
            "A wrapper in a wrapper.",
            format!("{{\"consentReceipt\":{{\"consentReceipt\":{good}}}}}"),
            "kantara_wrapped",
        ),
        (
            "duplicate",
            "A name stands twice: which of the two is meant is not known.",
            twice,
            "kantara_duplicate_member",
        ),
        (
            "too-deep",
            "Nested 40 deep.",
            "[".repeat(40),
            "kantara_too_deep",
        ),
    ] {
        let task = alter::read(Kantara, text);
        note(&mut book, SHOWN, (id, says), task, Stated::Refused(code));
    }
    book
}
