//! What a person wishes to be told.

use super::NotificationRefusal;
use mydata_core::id::{NotificationTypeId, SubscriptionId, SurrogateId};
use mydata_core::json;
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// One entry of a subscription: a type, or a type with `-` in front, which cancels it (NT-08).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these two")]
pub enum Selection {
    /// To be told from now on.
    Subscribe(NotificationTypeId),
    /// Not to be told any more.
    Cancel(NotificationTypeId),
}

impl Selection {
    /// The type that the entry is about.
    #[must_use]
    pub const fn notification_type(&self) -> &NotificationTypeId {
        match self {
            Self::Subscribe(id) | Self::Cancel(id) => id,
        }
    }

    //= NT-08
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            Some(id) => NotificationTypeId::parse(id).map(Self::Cancel).ok(),
            None => NotificationTypeId::parse(text).map(Self::Subscribe).ok(),
        }
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Subscribe(id) => serializer.serialize_str(id.as_str()),
            Self::Cancel(id) => serializer.serialize_str(&["-", id.as_str()].concat()),
        }
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a notification type", Self::parse)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Selection {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Selection".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A notification type, or `-` and a notification type to cancel it",
            "type": "string",
            "pattern": "^-?[!#-,.-;=?-\\[\\]-_a-~][!#-;=?-\\[\\]-_a-~]{0,255}$"
        })
    }
}

/// A subscription (Notification 2.0 §4.1): immutable, signed by the owner; a later one changes what
/// the earlier ones say ([`Subscribed`](super::Subscribed)). It has no version member (C32).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Subscription {
    wire: Wire,
}

//= NT-12, NT-13, NT-14
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Subscription"))]
struct Wire {
    /// Unique.
    id: SubscriptionId,
    /// When the record was made.
    iat: Timestamp,
    /// The person, as in the link.
    sub: SurrogateId,
    /// One or more entries, none twice.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    notifications: Vec<Selection>,
    /// The person wishes notifications to be encrypted; the service may do so in any case.
    encrypted: bool,
}

impl Subscription {
    /// From its parts.
    ///
    /// # Errors
    /// [`NotificationRefusal::Selections`] for none, or for one type twice.
    pub fn new(
        id: SubscriptionId,
        iat: Timestamp,
        sub: SurrogateId,
        notifications: Vec<Selection>,
        encrypted: bool,
    ) -> Result<Self, NotificationRefusal> {
        Self::try_from(Wire {
            id,
            iat,
            sub,
            notifications,
            encrypted,
        })
    }

    /// Unique in the operator.
    #[must_use]
    pub const fn id(&self) -> &SubscriptionId {
        &self.wire.id
    }

    /// When it was made.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.wire.iat
    }

    /// The person, towards the service.
    #[must_use]
    pub const fn surrogate_id(&self) -> &SurrogateId {
        &self.wire.sub
    }

    /// What is subscribed and what is cancelled; at least one entry.
    #[must_use]
    pub fn selections(&self) -> &[Selection] {
        &self.wire.notifications
    }

    /// Whether the person wishes encryption. A service may encrypt when it is false, too (NT-15).
    #[must_use]
    pub const fn encrypted(&self) -> bool {
        self.wire.encrypted
    }
}

impl TryFrom<Wire> for Subscription {
    type Error = NotificationRefusal;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let types: BTreeSet<_> = wire
            .notifications
            .iter()
            .map(Selection::notification_type)
            .collect();
        if types.is_empty() || types.len() != wire.notifications.len() {
            return Err(NotificationRefusal::Selections);
        }
        Ok(Self { wire })
    }
}

impl From<Subscription> for Wire {
    fn from(subscription: Subscription) -> Self {
        subscription.wire
    }
}

//= NT-16
impl Payload for Subscription {
    const TYP: &'static str = "mydata-subscription+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    type Hint = SurrogateId;

    fn hint(&self) -> &SurrogateId {
        &self.wire.sub
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Subscription {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Subscription".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}
