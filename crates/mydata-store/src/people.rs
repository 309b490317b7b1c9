//! People: who is behind an account, and how they are found again.
//!
//! | what | document | its octets | erased |
//! |---|---|---|---|
//! | a person's details | `person/` account, on [`Shelf::Person`] | wrapped by the master key | with the account |
//! | a username | `name:` and a stamp, on [`Shelf::Username`] | a stamp over the name and its holder | with the account |
//! | an identity at a provider | `oidc:` and a stamp, on [`Shelf::Username`] | the same | with the account |
//!
//! Whoever reads the store learns no name, no address and no identity: what is looked up by is stamped with
//! a key that stands wrapped in the store, and is compared as it stands. Whoever writes it can give nobody's
//! username or identity to another account, since that would need the key too.

use crate::custody::Custody;
use crate::fault::StoreRefusal;
use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::paper::{Paper, PaperName, Shelf};
use crate::store::Store;
use mydata::account::{
    AccountInfo, DirectoryRefusal, LinkedIdentity, PasswordHash, Profile, Username,
};
use mydata::core::base64;
use mydata::core::crypto::Random as _;
use mydata::core::id::{AccountId, ActorId};
use mydata::core::json::{self, Limits};
use mydata::keys::{Stamp, StampKey, SystemRandom, Vault, Wrapped};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// By what a person is known at the operator; never to two accounts at once.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these two")]
pub enum KnownBy<'a> {
    /// The local identity; upper and lower case are one.
    Username(&'a Username),
    /// An identity at another provider.
    Identity(&'a LinkedIdentity),
}

/// The people of one operator.
pub struct People<S> {
    store: Arc<S>,
    vault: Arc<Vault>,
    key: StampKey,
}

/// The details as they are kept, before they are wrapped.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    username: Username,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    identities: Vec<LinkedIdentity>,
    info: AccountInfo,
}

impl<S: Store> People<S> {
    /// The people in `store`, wrapped by `vault`: the vault of the operator.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn open(store: Arc<S>, vault: Arc<Vault>) -> Result<Self, OperatorFault> {
        let custody = Custody::new(Arc::clone(&store), Arc::clone(&vault));
        let key = custody.stamp_key().await?;
        Ok(Self { store, vault, key })
    }

    /// Whose username or identity it is.
    ///
    /// # Errors
    /// [`OperatorRefusal::MarkBroken`] when somebody else has written the document, and other
    /// [`OperatorFault`]s.
    pub async fn holder(&self, by: KnownBy<'_>) -> Result<Option<AccountId>, OperatorFault> {
        let held = self.held(&self.name(by)?).await?;
        Ok(held.map(|(_, holder)| holder))
    }

    /// Who has this name, by the paper of this revision.
    async fn held(&self, name: &PaperName) -> Result<Option<(u64, AccountId)>, OperatorFault> {
        let Some((revision, paper)) = self.store.paper(name).await? else {
            return Ok(None);
        };
        let holder = paper.account.ok_or(OperatorRefusal::MarkBroken)?;
        let stamp = <[u8; 32]>::try_from(&*paper.octets);
        let stamp = stamp.map_err(|_| OperatorRefusal::MarkBroken)?;
        let is_ours = self
            .key
            .check(&parts(name, &holder), &Stamp::from_octets(stamp));
        match is_ours {
            true => Ok(Some((revision, holder))),
            false => Err(OperatorRefusal::MarkBroken.into()),
        }
    }

    /// Gives a username or an identity to an account. Of two accounts at once one has it; to give it to its
    /// holder again changes nothing.
    ///
    /// # Errors
    /// [`DirectoryRefusal::UsernameTaken`], [`OperatorRefusal::IdentityTaken`] and other
    /// [`OperatorFault`]s. Who asks for a username learns that somebody has it.
    //= AC-11, AC-15
    pub async fn claim(&self, account: &AccountId, by: KnownBy<'_>) -> Result<(), OperatorFault> {
        let name = self.name(by)?;
        let paper = Paper {
            account: Some(account.clone()),
            octets: self.key.stamp(&parts(&name, account)).as_octets().to_vec(),
        };
        if self.store.file(&name, 0, Some(&paper)).await? {
            return Ok(());
        }
        match self.holder(by).await? {
            Some(holder) if holder == *account => Ok(()),
            Some(_) | None => Err(match by {
                KnownBy::Username(_) => DirectoryRefusal::UsernameTaken.into(),
                KnownBy::Identity(_) => OperatorRefusal::IdentityTaken.into(),
            }),
        }
    }

    /// Takes a username or an identity from the account that has it.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn release(&self, account: &AccountId, by: KnownBy<'_>) -> Result<(), OperatorFault> {
        let name = self.name(by)?;
        if let Some((revision, holder)) = self.held(&name).await?
            && holder == *account
        {
            self.store.file(&name, revision, None).await?;
        }
        Ok(())
    }

    /// The account that an identity has, or is to have: a new id, which is the identity's from now on. Who
    /// signs up and has got no answer gets the same one again.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn reserve(&self, identity: &LinkedIdentity) -> Result<AccountId, OperatorFault> {
        let by = KnownBy::Identity(identity);
        if let Some(holder) = self.holder(by).await? {
            return Ok(holder);
        }
        let number = SystemRandom::new().bits128();
        let number = number.map_err(|_| StoreRefusal::Engine)?;
        let id = AccountId::parse(&base64::encode(&number));
        let id = id.map_err(|_| OperatorRefusal::NameInvalid)?;
        match self.claim(&id, by).await {
            Ok(()) => Ok(id),
            Err(OperatorFault::Rule(OperatorRefusal::IdentityTaken)) => {
                let holder = self.holder(by).await?;
                holder.ok_or_else(|| OperatorRefusal::Contended.into())
            }
            Err(fault) => Err(fault),
        }
    }

    /// Keeps the details of a person, with username and identities claimed first: all of it can be done
    /// again after it was broken off.
    ///
    /// # Errors
    /// [`OperatorRefusal::PersonLarge`], before anything is claimed, and those of [`claim`](Self::claim).
    //= AC-05, AC-11
    pub async fn enter(&self, account: &AccountId, profile: &Profile) -> Result<(), OperatorFault> {
        let octets = octets_of(profile)?;
        let credentials = &profile.credentials;
        self.claim(account, KnownBy::Username(&credentials.username))
            .await?;
        for identity in &credentials.identities {
            self.claim(account, KnownBy::Identity(identity)).await?;
        }
        let name = of_person(account)?;
        loop {
            let revision = self
                .store
                .paper(&name)
                .await?
                .map_or(0, |(revision, _)| revision);
            if self.write(&name, revision, account, &octets).await? {
                return Ok(());
            }
        }
    }

    /// The details of a person; `None` when nothing is kept of them.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn profile(&self, account: &AccountId) -> Result<Option<Profile>, OperatorFault> {
        Ok(self.read(account).await?.map(|(_, profile)| profile))
    }

    /// Puts other names, contact details and wishes in the place of what is kept, whatever else changes at
    /// the same time; `false` when nothing is kept of the person.
    ///
    /// # Errors
    /// [`OperatorRefusal::PersonLarge`] and other [`OperatorFault`]s.
    //= AC-05
    pub async fn inform(
        &self,
        account: &AccountId,
        info: &AccountInfo,
    ) -> Result<bool, OperatorFault> {
        let name = of_person(account)?;
        loop {
            let Some((revision, mut profile)) = self.read(account).await? else {
                return Ok(false);
            };
            profile.info = info.clone();
            let octets = octets_of(&profile)?;
            if self.write(&name, revision, account, &octets).await? {
                return Ok(true);
            }
        }
    }

    /// The name under which the operator's records say who acted: a pseudonym of the identity, the same each
    /// time, from which nobody without the key comes back to it.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub fn actor(&self, identity: &LinkedIdentity) -> Result<ActorId, OperatorFault> {
        let name = self.stamped(b"actor", KnownBy::Identity(identity));
        ActorId::parse(&name).map_err(|_| OperatorRefusal::NameInvalid.into())
    }

    async fn read(&self, account: &AccountId) -> Result<Option<(u64, Profile)>, OperatorFault> {
        let name = of_person(account)?;
        let Some((revision, paper)) = self.store.paper(&name).await? else {
            return Ok(None);
        };
        let wrapped = Wrapped::read(&paper.octets)?;
        let octets = self.vault.open(name.name().as_bytes(), &wrapped)?;
        let kept: Kept =
            json::from_slice(octets.expose(), Limits::RECORD).map_err(|_| StoreRefusal::Corrupt)?;
        let Kept {
            username,
            password,
            identities,
            info,
        } = kept;
        let (first, last) = (info.firstname.clone(), info.lastname.clone());
        let mut profile = Profile::new(username, first, last, info.x_mydata.email.clone());
        profile.credentials.password = password.as_deref().map(PasswordHash::new);
        profile.credentials.identities = identities;
        profile.info = info;
        Ok(Some((revision, profile)))
    }

    async fn write(
        &self,
        name: &PaperName,
        revision: u64,
        account: &AccountId,
        octets: &[u8],
    ) -> Result<bool, OperatorFault> {
        let wrapped = self.vault.seal(name.name().as_bytes(), octets)?;
        let paper = Paper {
            account: Some(account.clone()),
            octets: wrapped.to_octets(),
        };
        Ok(self.store.file(name, revision, Some(&paper)).await?)
    }

    fn name(&self, by: KnownBy<'_>) -> Result<PaperName, OperatorFault> {
        let kind = match by {
            KnownBy::Username(_) => "name:",
            KnownBy::Identity(_) => "oidc:",
        };
        let name = [kind, &*self.stamped(b"known by", by)].concat();
        PaperName::new(Shelf::Username, &name).ok_or_else(|| OperatorRefusal::NameInvalid.into())
    }

    fn stamped(&self, what: &[u8], by: KnownBy<'_>) -> String {
        let stamp = match by {
            KnownBy::Username(name) => {
                let name = name.expose().to_ascii_lowercase();
                self.key.stamp(&[what, b"name", name.as_bytes()])
            }
            KnownBy::Identity(LinkedIdentity { provider, subject }) => {
                let (provider, subject) = (provider.expose(), subject.expose());
                self.key
                    .stamp(&[what, b"oidc", provider.as_bytes(), subject.as_bytes()])
            }
        };
        base64::encode(stamp.as_octets())
    }
}

/// What is stamped of a claim: nobody moves it to another account, or another name.
fn parts<'a>(name: &'a PaperName, holder: &'a AccountId) -> [&'a [u8]; 3] {
    [
        b"holder",
        name.name().as_bytes(),
        holder.as_str().as_bytes(),
    ]
}

/// The details as octets that can be read again.
fn octets_of(profile: &Profile) -> Result<Vec<u8>, OperatorFault> {
    let Profile {
        credentials, info, ..
    } = profile;
    let password = credentials.password.as_ref();
    let kept = Kept {
        username: credentials.username.clone(),
        password: password.map(|hash| hash.expose().to_owned()),
        identities: credentials.identities.clone(),
        info: info.clone(),
    };
    let octets = json::to_vec(&kept).map_err(|_| StoreRefusal::Corrupt)?;
    let read = json::from_slice::<Kept>(&octets, Limits::RECORD);
    read.map_err(|_| OperatorRefusal::PersonLarge)?;
    Ok(octets)
}

fn of_person(account: &AccountId) -> Result<PaperName, OperatorFault> {
    let name = ["person/", account.as_str()].concat();
    PaperName::new(Shelf::Person, &name).ok_or_else(|| OperatorRefusal::NameInvalid.into())
}

impl<S> fmt::Debug for People<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("People").field(&self.vault).finish()
    }
}
