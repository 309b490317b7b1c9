//! Signing up (Account 2.0 §3.1.1).

use crate::password::{self, Password, PasswordHash};
use crate::person::Profile;
use crate::personal::{Date, Email, Name, Username};
use crate::typed::{Tag, kinds};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::refusals;
use serde::Deserialize;
use std::fmt;

kinds! {
    /// The word for an account.
    AccountKind = "Account"
}

refusals! {
    /// What is wrong with one member of a registration.
    pub enum RegistrationRefusal {
        UsernameInvalid = "registration_username_invalid": "a username has 3 to 250 letters, digits and . _ - + @",
        NameInvalid = "registration_name_invalid": "a name has 1 to 250 characters, and no control characters or outer spaces",
        EmailInvalid = "registration_email_invalid": "this is no e-mail address",
        DateInvalid = "registration_date_invalid": "a date of birth is a day, written YYYY-MM-DD",
        PasswordShort = "registration_password_short": "a password has 12 characters or more",
        PasswordLong = "registration_password_long": "a password has 128 characters at the most",
        PasswordKnown = "registration_password_known": "the password is on a list of those that are tried first",
        PasswordPersonal = "registration_password_personal": "the password has the username, the e-mail address or the name in it",
        NotNaturalPerson = "registration_not_natural_person": "an account is for a natural person, who says so",
    }
}

/// One fault: which member, and what is wrong with it. It never repeats what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{member}`: {refusal}")]
#[non_exhaustive]
pub struct RegistrationFault {
    /// The member of the form.
    pub member: &'static str,
    /// What is wrong with it.
    pub refusal: RegistrationRefusal,
}

impl RegistrationFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.refusal.code()
    }
}

mydata_core::coded!(RegistrationFault);

/// What somebody has filled in, not checked: `POST /accounts/` of the account's API.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Submitted {
    /// The one resource of the body.
    pub data: SubmittedAccount,
}

/// The resource of the body.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SubmittedAccount {
    /// `Account`.
    #[serde(rename = "type")]
    pub kind: Tag<AccountKind>,
    /// What was filled in.
    pub attributes: SubmittedAttributes,
}

/// What was filled in. The framework's text wants an e-mail address and a date of birth and its API
/// file has neither; ours are `email`, and `x_mydata.date_of_birth` for those who give it.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SubmittedAttributes {
    /// The username.
    pub username: String,
    /// The password.
    pub password: Password,
    /// The given names.
    pub firstname: String,
    /// The family names.
    pub lastname: String,
    /// Where the code is sent.
    pub email: String,
    /// What the framework leaves open.
    pub x_mydata: SubmittedExtension,
}

/// What we add to a registration.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SubmittedExtension {
    /// "I am a natural person, and this account is for me" (AC-09).
    pub natural_person: bool,
    /// The day of birth.
    #[serde(default)]
    pub date_of_birth: Option<String>,
}

impl fmt::Debug for SubmittedAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubmittedAttributes(redacted)")
    }
}

impl fmt::Debug for SubmittedExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubmittedExtension(redacted)")
    }
}

impl Submitted {
    /// Reads a body.
    ///
    /// # Errors
    /// [`JsonFault`].
    pub fn read(octets: &[u8]) -> Result<Self, JsonFault> {
        json::from_slice(octets, Limits::TOKEN)
    }
}

/// A registration in which everything is as it should be; whether the username is free is for the
/// [`Directory`](crate::Directory) to say.
#[derive(Debug)]
#[non_exhaustive]
pub struct Registration {
    /// The person; without the password's hash.
    pub profile: Profile,
    /// The password, to be hashed.
    pub password: Password,
}

impl Registration {
    /// Checks all that was filled in. `is_known` says whether a password stands on the program's
    /// list of passwords that are guessed first.
    ///
    /// # Errors
    /// Every [`RegistrationFault`] at once, in the order of the form (AC-10); at least one.
    //= AC-09, AC-10
    pub fn check(
        submitted: Submitted,
        is_known: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Vec<RegistrationFault>> {
        let form = submitted.data.attributes;
        let person = PersonForm {
            username: &form.username,
            firstname: &form.firstname,
            lastname: &form.lastname,
            email: &form.email,
            natural_person: form.x_mydata.natural_person,
            date_of_birth: form.x_mydata.date_of_birth.as_deref(),
        };
        let profile = person.check_with(password_fault(&form, is_known))?;
        let password = form.password;
        Ok(Self { profile, password })
    }

    /// The person, once the password is hashed.
    #[must_use]
    pub fn with_hash(mut self, hash: PasswordHash) -> Profile {
        self.profile.credentials.password = Some(hash);
        self.profile
    }
}

/// What somebody has filled in of themselves, not checked. By itself it is for whom an identity provider
/// signs in: such an account has no password here.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new member of the form must break whoever fills it in"
)]
pub struct PersonForm<'f> {
    /// The username.
    pub username: &'f str,
    /// The given names.
    pub firstname: &'f str,
    /// The family names.
    pub lastname: &'f str,
    /// Where codes are sent.
    pub email: &'f str,
    /// "I am a natural person, and this account is for me" (AC-09).
    pub natural_person: bool,
    /// The day of birth.
    pub date_of_birth: Option<&'f str>,
}

impl PersonForm<'_> {
    /// Checks all that was filled in.
    ///
    /// # Errors
    /// Every [`RegistrationFault`] at once, in the order of the form (AC-10); at least one.
    //= AC-09, AC-10
    pub fn check(&self) -> Result<Profile, Vec<RegistrationFault>> {
        self.check_with(None)
    }

    /// With what is wrong with the password, which stands behind the username.
    fn check_with(
        &self,
        password: Option<RegistrationFault>,
    ) -> Result<Profile, Vec<RegistrationFault>> {
        let mut faults = Faults(Vec::new());
        let username = Username::parse(self.username);
        let username = faults.need(username, "username", RegistrationRefusal::UsernameInvalid);
        faults.0.extend(password);
        let firstname = Name::parse(self.firstname);
        let firstname = faults.need(firstname, "firstname", RegistrationRefusal::NameInvalid);
        let lastname = Name::parse(self.lastname);
        let lastname = faults.need(lastname, "lastname", RegistrationRefusal::NameInvalid);
        let email = Email::parse(self.email);
        let email = faults.need(email, "email", RegistrationRefusal::EmailInvalid);
        faults.need(
            self.natural_person.then_some(()),
            "natural_person",
            RegistrationRefusal::NotNaturalPerson,
        );
        let date_of_birth = self.date_of_birth.and_then(|day| {
            let day = Date::parse(day);
            faults.need(day, "date_of_birth", RegistrationRefusal::DateInvalid)
        });
        match (username, firstname, lastname, email) {
            (Some(username), Some(firstname), Some(lastname), Some(email))
                if faults.0.is_empty() =>
            {
                let mut profile = Profile::new(username, firstname, lastname, email);
                profile.info.x_mydata.date_of_birth = date_of_birth;
                Ok(profile)
            }
            _ => Err(faults.0),
        }
    }
}

impl fmt::Debug for PersonForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonForm(redacted)")
    }
}

struct Faults(Vec<RegistrationFault>);

impl Faults {
    fn need<T>(
        &mut self,
        value: Option<T>,
        member: &'static str,
        refusal: RegistrationRefusal,
    ) -> Option<T> {
        if value.is_none() {
            self.0.push(RegistrationFault { member, refusal });
        }
        value
    }
}

/// One fault of a password is enough: the next shows when this one is mended.
fn password_fault(
    form: &SubmittedAttributes,
    is_known: &dyn Fn(&str) -> bool,
) -> Option<RegistrationFault> {
    let length = form.password.length();
    let text = zeroize::Zeroizing::new(form.password.expose().to_lowercase());
    let local = form.email.rsplit_once('@').map_or("", |(local, _)| local);
    let own = [&form.username, local, &form.firstname, &form.lastname];
    let is_own = |own: &&str| own.chars().count() >= 4 && text.contains(&own.to_lowercase());
    let refusal = if length < password::SHORTEST {
        RegistrationRefusal::PasswordShort
    } else if length > password::LONGEST {
        RegistrationRefusal::PasswordLong
    } else if own.iter().any(is_own) {
        RegistrationRefusal::PasswordPersonal
    } else if is_known(form.password.expose()) {
        RegistrationRefusal::PasswordKnown
    } else {
        return None;
    };
    Some(RegistrationFault {
        member: "password",
        refusal,
    })
}
