//! The world's account from its creation to its end, and its person.

use crate::World;
use mydata::account::{
    Contact, ContactKind, ContactText, Date, Email, Export, Holdings, IdentitySubject,
    LinkedIdentity, Name, Profile, Retention, Setting, Username,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::VerificationCode;
use mydata::core::jwk::KeySet;
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata::operator::{
    Account, Capacity, Command, ExportPermit, Proof, Rejection, Reply, ToPerson, Verification,
};

/// Words of the person's that nobody may find in a log.
pub const CANARIES: [&str; 7] = [
    "sofia.lind",
    "Sofia Maria",
    "Lindqvist",
    "sofia@post.example",
    "1988-02-29",
    "+358401234567",
    "subject-4711",
];

/// The person, with all that a person may have given.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test world that fails fails the test")]
pub fn sofia() -> Profile {
    let [username, first, last, email, born, phone, subject] = CANARIES;
    let mut profile = Profile::new(
        Username::parse(username).unwrap(),
        Name::parse(first).unwrap(),
        Name::parse(last).unwrap(),
        Email::parse(email).unwrap(),
    );
    profile.credentials.identities.push(LinkedIdentity {
        provider: IdentitySubject::parse("https://id.example").unwrap(),
        subject: IdentitySubject::parse(subject).unwrap(),
    });
    let own = &mut profile.info.x_mydata;
    own.date_of_birth = Date::parse(born);
    own.contacts.push(Contact {
        kind: ContactKind::Phone,
        value: ContactText::parse(phone).unwrap(),
    });
    own.preferences.language = Some(Language::SV);
    let setting = Setting::parse("dark").unwrap();
    own.preferences.settings.insert("theme".to_owned(), setting);
    profile
}

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test world that fails fails the test"
)]
impl World {
    /// The account is made, and its person has a week to activate it.
    #[must_use]
    pub fn created() -> Self {
        let mut world = Self::new();
        let keys = KeySet::from(world.owner.public().clone());
        let until = world.now.plus(Seconds::days(7));
        world.account = Account::create(world.account.id().clone(), keys, until);
        world
    }

    /// The person asks for a code and reads it.
    pub fn ask(&mut self, what: Verification) -> Result<VerificationCode, Rejection> {
        let command = Command::AskVerification { what };
        self.command(&self.owner_act(), &command)?;
        match self.letters.last() {
            Some(ToPerson::Verify { code, .. }) => Ok(code.clone()),
            other => panic!("no code: {other:?}"),
        }
    }

    /// The person gives a code.
    pub fn confirm(
        &mut self,
        what: Verification,
        code: &VerificationCode,
    ) -> Result<Reply, Rejection> {
        let proof = Proof::Code(code.clone());
        self.command(&self.owner_act(), &Command::Confirm { what, proof })
    }

    /// The person asks for a code and gives it.
    pub fn verified(&mut self, what: Verification) -> Result<Reply, Rejection> {
        let code = self.ask(what)?;
        self.confirm(what, &code)
    }

    /// Timers run.
    pub fn expire(&mut self) {
        self.command(&self.act(Capacity::System), &Command::Expire)
            .unwrap();
    }

    /// The owner may take everything out.
    pub fn permit(&mut self) -> ExportPermit {
        self.verified(Verification::Export).unwrap();
        let reply = self.command(&self.owner_act(), &Command::Export).unwrap();
        let Reply::Export(permit) = reply else {
            panic!("no permit: {reply:?}")
        };
        permit
    }

    /// Everything that the operator holds of the person.
    #[must_use]
    pub fn holdings<'w>(&'w self, profile: &'w Profile) -> Holdings<'w> {
        Holdings {
            account: &self.account,
            profile,
            events: &self.log,
            retention: Retention::Whole,
            operator: &self.operator_id,
        }
    }

    /// A copy of everything.
    pub fn export(&mut self) -> Export {
        let permit = self.permit();
        Export::collect(permit, self.holdings(&sofia()), self.now).unwrap()
    }
}
