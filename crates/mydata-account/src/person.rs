//! The person of an account (Account 2.0 §4.1, §4.2).

use crate::password::PasswordHash;
use crate::personal::{ContactText, Date, Email, IdentitySubject, Name, Setting, Username};
use mydata_core::lang::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What the account holds of its person beside the records. The names and one way to reach the
/// person are always there; the rest is there when the person has given it (AC-05, AC-48).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// How the person signs in.
    pub credentials: Credentials,
    /// Names, contact details and wishes.
    pub info: AccountInfo,
}

/// How the person signs in. The username is the local identity, which every account has (AC-46);
/// identities at other providers may be linked to it (AC-15, AC-47).
//= AC-46
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credentials {
    /// The local identity.
    pub username: Username,
    /// The hash of the password, where there is one.
    pub password: Option<PasswordHash>,
    /// Identities at other providers.
    //= AC-15, AC-47
    pub identities: Vec<LinkedIdentity>,
}

/// Names, contact details and wishes: `AccountInfo` of the account's API. What the framework's
/// schema does not have stands under `x_mydata`.
//= AC-04, AC-05, AC-48
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountInfo {
    /// The given names.
    pub firstname: Name,
    /// The family names.
    pub lastname: Name,
    /// A picture, by its address or as the program keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Setting>,
    /// What the framework leaves open.
    pub x_mydata: InfoExtension,
}

/// What we add to the account info of MyData 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InfoExtension {
    /// Where codes are sent.
    pub email: Email,
    /// The day of birth, where the person has given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<Date>,
    /// Further contact details.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Wishes for the user interface.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
}

/// One more way to reach the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Contact {
    /// Of which kind.
    pub kind: ContactKind,
    /// The number or address.
    pub value: ContactText,
}

/// Kinds of contact details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContactKind {
    /// Another e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A postal address.
    Post,
}

/// What the person wishes of the user interface, and presets of theirs.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Preferences {
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Whatever else the program lets the person set, by the program's own names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Setting>,
}

impl Preferences {
    /// Whether the person has set nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for Preferences {
    /// How many: what a person has set can say much.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preferences({} settings)", self.settings.len())
    }
}

/// An identity at another provider, linked to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct LinkedIdentity {
    /// The provider, by its own name for itself.
    pub provider: IdentitySubject,
    /// Who the person is there.
    pub subject: IdentitySubject,
}

impl Profile {
    /// A person with what every person has.
    #[must_use]
    pub const fn new(username: Username, firstname: Name, lastname: Name, email: Email) -> Self {
        Self {
            credentials: Credentials {
                username,
                password: None,
                identities: Vec::new(),
            },
            info: AccountInfo {
                firstname,
                lastname,
                avatar: None,
                x_mydata: InfoExtension {
                    email,
                    date_of_birth: None,
                    contacts: Vec::new(),
                    preferences: Preferences {
                        language: None,
                        settings: BTreeMap::new(),
                    },
                },
            },
        }
    }
}
