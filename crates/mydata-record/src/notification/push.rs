//! What a service sends to a person.

use super::NotificationRefusal;
use mydata_core::id::{NotificationId, NotificationTypeId, ServiceId, SurrogateId};
use mydata_core::json::{self, Limits};
use mydata_core::jws::{Payload, Sealed};
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use mydata_core::web::WebLink;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// So many messages stand in one notification at the most.
const MAX_MESSAGES: usize = 64;

/// A JWE in compact form has at most so many characters.
const MAX_JWE: usize = 64 * 1024;

/// A notification (Notification 2.0 §4.2): signed by the service, for one person. It has no version
/// member (C32).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Notification {
    wire: Wire,
}

//= NT-17
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Notification"))]
struct Wire {
    /// Unique in the service: the same notification sent again has the same id (C32).
    id: NotificationId,
    /// When the record was made.
    iat: Timestamp,
    /// The service.
    service_id: ServiceId,
    /// The person, as in the link.
    sub: SurrogateId,
    /// One or more.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 64)))]
    messages: Vec<NotificationMessage>,
}

//= NT-02
/// One message. Its text is the service's and may say anything (NT-02), so `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct NotificationMessage {
    /// A line.
    pub subject: String,
    /// The type that the person has subscribed to (NT-09).
    pub id: NotificationTypeId,
    /// The text.
    pub message: String,
    /// Where to read on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebLink>,
}

impl fmt::Debug for NotificationMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Notification {
    /// From its parts.
    ///
    /// # Errors
    /// [`NotificationRefusal`].
    pub fn new(
        id: NotificationId,
        iat: Timestamp,
        service_id: ServiceId,
        sub: SurrogateId,
        messages: Vec<NotificationMessage>,
    ) -> Result<Self, NotificationRefusal> {
        Self::try_from(Wire {
            id,
            iat,
            service_id,
            sub,
            messages,
        })
    }

    /// Unique in the service.
    #[must_use]
    pub const fn id(&self) -> &NotificationId {
        &self.wire.id
    }

    /// When it was made.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.wire.iat
    }

    /// The service.
    #[must_use]
    pub const fn service_id(&self) -> &ServiceId {
        &self.wire.service_id
    }

    /// The person.
    #[must_use]
    pub const fn surrogate_id(&self) -> &SurrogateId {
        &self.wire.sub
    }

    /// The messages; at least one.
    #[must_use]
    pub fn messages(&self) -> &[NotificationMessage] {
        &self.wire.messages
    }
}

impl TryFrom<Wire> for Notification {
    type Error = NotificationRefusal;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        if !(1..=MAX_MESSAGES).contains(&wire.messages.len()) {
            return Err(NotificationRefusal::Messages);
        }
        Ok(Self { wire })
    }
}

impl From<Notification> for Wire {
    fn from(notification: Notification) -> Self {
        notification.wire
    }
}

//= NT-18
impl Payload for Notification {
    const TYP: &'static str = "mydata-notification+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Service]);
    const LIMITS: Limits = Limits::MESSAGE;
    type Hint = SurrogateId;

    fn hint(&self) -> &SurrogateId {
        &self.wire.sub
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Notification {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Notification".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

//= NT-19, NT-20
/// An encrypted notification: a JWE in compact form (RFC 7516 §7.1), which only the person can open.
/// Nothing in it is read here, and no algorithm is chosen.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Jwe(Box<str>);

impl Jwe {
    /// Five parts of base64url between full stops; those of the key, the vector and the tag may be
    /// empty.
    ///
    /// # Errors
    /// [`NotificationRefusal::Jwe`].
    pub fn parse(text: &str) -> Result<Self, NotificationRefusal> {
        let is_part = |part: &str| {
            part.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            [header, _, _, ciphertext, _]
                if text.len() <= MAX_JWE
                    && !header.is_empty()
                    && !ciphertext.is_empty()
                    && parts.iter().all(|part| is_part(part)) =>
            {
                Ok(Self(text.into()))
            }
            _ => Err(NotificationRefusal::Jwe),
        }
    }

    /// The compact form, as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Jwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jwe({} octets)", self.0.len())
    }
}

impl Serialize for Jwe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Jwe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a compact JWE", |text| Self::parse(text).ok())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Jwe {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Jwe".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A JWE in compact form (RFC 7516 section 7.1)",
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*$"
        })
    }
}

/// A notification on its way to the operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "readable, or not")]
pub enum PushedNotification {
    /// Signed by the service.
    Signed(Sealed<Notification>),
    /// Encrypted for the person; the service's signature is inside (NT-15, NT-18).
    Encrypted(Jwe),
}

/// What a service sends to the operator (Notification 2.0 §3.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct NotificationPush {
    /// The person, as in the link.
    pub surrogate_id: SurrogateId,
    /// The notification.
    pub notification: PushedNotification,
}
