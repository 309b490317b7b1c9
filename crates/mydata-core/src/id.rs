//! A newtype for every name of the protocol, so that no id passes where another belongs.
//!
//! An id is 1 to 256 visible ASCII characters without `"`, `\`, `<`, `>` and `` ` ``, and never the
//! word `NULL` in any case: that word ends a chain of status records (contradiction C10). Ids
//! compare by equality and by nothing else.

use crate::base64;
use crate::json;
use crate::resource::Origin;
use crate::text::ShortText;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, thiserror::Error)]
#[error("not a valid id")]
#[non_exhaustive]
pub struct InvalidId;

impl InvalidId {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "id_invalid"
    }
}

fn is_id(text: &str) -> bool {
    let of_id = |b: u8| OF_ID.get(usize::from(b)) == Some(&true);
    (1..=256).contains(&text.len()) && text.bytes().all(of_id) && !text.eq_ignore_ascii_case("null")
}

/// The octets of an id: an account has a thousand ids, so it takes one look for each.
#[expect(clippy::indexing_slicing, reason = "every octet has its place")]
const OF_ID: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = b'!';
    while octet <= b'~' {
        table[octet as usize] = !matches!(octet, b'"' | b'\\' | b'<' | b'>' | b'`');
        octet += 1;
    }
    table
};

/// RFC 8725 §3.10: a key id is only ever compared, and can carry nothing but a name.
fn is_kid(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b':' | b'-'))
}

/// A `-` in front cancels a subscription, so no notification type begins with one (NT-08).
fn is_notification_type(text: &str) -> bool {
    is_id(text) && !text.starts_with('-')
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $check:ident, $pattern:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(ShortText);

        impl $name {
            /// Checks the characters and the length.
            ///
            /// # Errors
            /// [`InvalidId`]; the text is not repeated in it.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if $check(text) { Ok(Self(ShortText::new(text))) } else { Err(InvalidId) }
            }

            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                json::from_text(deserializer, "a valid id", |text| Self::parse(text).ok())
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

macro_rules! shown {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

/// Ids that stand for a person: `Debug` redacts them and `Display` does not exist.
macro_rules! redacted {
    ($($name:ident)+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )+};
}

/// Ids that we make ourselves: 128 random bits as 22 characters of base64url.
macro_rules! random {
    ($($name:ident)+) => {$(
        impl $name {
            /// From 128 fresh random bits: unguessable, and says nothing about a person or a time.
            #[must_use]
            pub fn from_random(bits: [u8; 16]) -> Self {
                Self(ShortText::new(&base64::encode(&bits)))
            }
        }
    )+};
}

id!(
    /// A MyData account at its operator. It never leaves the operator (SL-02, contradiction C52).
    AccountId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A service, unique in its registry (Service Descriptions 2.0 §2.1).
    ServiceId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// An operator (Service Descriptions 2.0 §3.1).
    OperatorId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A person towards one service and one operator: a pseudonym of 128 random bits that the
    /// service makes (Service Linking 2.0 §2.3, contradiction C41).
    SurrogateId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A service link, `link_id` or `slr_id` on the wire (Service Linking 2.0 §4.1, C50).
    LinkId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// The short-lived code that ties the messages of one linking together.
    LinkCode, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A consent record, `cr_id` on the wire (Consenting 2.0 §4).
    ConsentId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A status record, `record_id` on the wire (Service Linking 2.0 §4.2, Consenting 2.0 §4.4).
    RecordId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A resource set, `rs_id` on the wire; opaque to its readers (Consenting 2.0 §2.2, C42).
    ResourceSetId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A dataset of a service description (Service Descriptions 2.0 §2.2).
    DatasetId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A distribution of a dataset (Service Descriptions 2.0 §2.2).
    DistributionId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A purpose, unique in its service description (Service Descriptions 2.0 §2.3).
    PurposeId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A token, `jti` on the wire (RFC 7519 §4.1.7).
    TokenId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A one-time value of a signed data request.
    Nonce, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A version of a service description, free text without spaces.
    DescriptionVersion, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A contract, unique among those of one service (Framework 2.0 §7).
    ContractId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A version of a contract, free text without spaces.
    ContractVersion, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A key, `kid` on the wire: 1 to 128 of `A–Z a–z 0–9 . _ ~ : -`.
    KeyId, is_kid, "^[A-Za-z0-9._~:-]{1,128}$"
);
id!(
    /// A one-time code that a person is sent, to show that it is the person who asks (Account 2.0
    /// §3.1): 128 random bits.
    VerificationCode, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// Who acted, as the operator's own records name them: an employee, a guardian, a job.
    ActorId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A subscription to notifications (Notification 2.0 §4.1).
    SubscriptionId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A notification: the same one sent again has the same id (Notification 2.0 §4.2, C32).
    NotificationId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// A type of notification that a service offers; never begins with `-` (Service Descriptions
    /// 2.0 §2.5).
    NotificationTypeId, is_notification_type, "^[!#-,.-;=?-\\[\\]-_a-~][!#-;=?-\\[\\]-_a-~]{0,255}$"
);
id!(
    /// An objection (Objection 2.0 §4.1).
    ObjectionId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// One thing objected to, unique in its objection (Objection 2.0 §4.1).
    ObjectedId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);
id!(
    /// An answer to an objection (Objection 2.0 §4.2).
    ObjectionResponseId, is_id, "^[!#-;=?-\\[\\]-_a-~]{1,256}$"
);

shown!(ServiceId OperatorId LinkId ConsentId RecordId ResourceSetId DatasetId DistributionId);
shown!(SubscriptionId NotificationId);
shown!(NotificationTypeId ObjectionId ObjectedId ObjectionResponseId);
shown!(PurposeId TokenId DescriptionVersion ContractId ContractVersion KeyId);
redacted!(AccountId SurrogateId LinkCode Nonce ActorId VerificationCode);
random!(SurrogateId LinkId LinkCode ConsentId RecordId TokenId Nonce SubscriptionId);
random!(NotificationId ObjectionId ObjectionResponseId VerificationCode);

impl ResourceSetId {
    /// The source's origin, a full stop and 128 random bits (CN-08, C42); neither part says
    /// anything about a person or the data (CN-11).
    #[must_use]
    //= CN-08, CN-11
    pub fn from_random(source: &Origin, bits: [u8; 16]) -> Self {
        let key = base64::encode(&bits);
        let text = [source.as_str(), ".", &key].concat();
        // An origin that leaves no room is left out: the key alone makes the id unique.
        Self(ShortText::new(if is_id(&text) { &text } else { &key }))
    }
}

crate::coded!(InvalidId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_never_the_word_that_ends_a_chain() {
        for word in ["NULL", "null", "Null", ""] {
            assert_eq!(RecordId::parse(word), Err(InvalidId), "{word}");
        }
        assert!(RecordId::parse("NULL-1").is_ok());
    }

    #[test]
    fn a_person_is_not_printed() {
        let account = AccountId::parse("acc-sofia").unwrap();
        assert_eq!(format!("{account:?}"), "AccountId(redacted)");
        let surrogate = SurrogateId::from_random([7; 16]);
        assert!(!format!("{surrogate:?}").contains(surrogate.as_str()));
    }

    #[test]
    fn a_kid_cannot_carry_a_path_or_a_statement() {
        for kid in ["../../etc", "a b", "'--", "k/1", "å", &"k".repeat(129)] {
            assert_eq!(KeyId::parse(kid), Err(InvalidId), "{kid}");
        }
        assert!(KeyId::parse("acc-kid-1:2~3_4.5").is_ok());
    }
}
