//! Keys at rest: what a store may keep of a secret, and how it is had again.

mod fault;
mod master;
mod stamp;
mod wrapped;

pub use fault::VaultFault;
pub use master::MasterKey;
pub use stamp::{Stamp, StampKey};
pub use wrapped::Wrapped;

use crate::backend::Backend;
use crate::private::PrivateKey;
use crate::secret::Secret;
use mydata_core::id::KeyId;
use std::fmt;
use std::sync::Arc;
use wrapped::Kind;

/// Wraps secrets under one master key: [`MasterKey`] is ours, an HSM or a KMS implements it as well.
///
/// What is wrapped must be encrypted and authenticated together with its context, so that it can be
/// unwrapped in that context only (AES-GCM, or a key service with additional authenticated data).
/// One whose data has another form gives the SHA-256 of the context. An error says nothing of the
/// secret. A [`Vault`] calls it; it puts the id of the key and the kind of secret into the context.
pub trait KeyWrap: fmt::Debug + Send + Sync {
    /// The id of the master key: it stands beside all that the key wraps, so it is given to no other.
    fn id(&self) -> &KeyId;

    /// `secret`, wrapped for `context`.
    ///
    /// # Errors
    /// [`NoRandomness`](VaultFault::NoRandomness), [`WrapFailed`](VaultFault::WrapFailed) or, of a key
    /// that lives elsewhere, [`Unreachable`](VaultFault::Unreachable).
    fn wrap(&self, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultFault>;

    /// The secret that was wrapped for `context`.
    ///
    /// # Errors
    /// [`UnwrapFailed`](VaultFault::UnwrapFailed) for whatever this key did not wrap for this context;
    /// [`Unreachable`](VaultFault::Unreachable).
    fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Secret, VaultFault>;
}

/// The master keys that are known: the present one wraps, and each unwraps what it has wrapped.
///
/// The *context* of a secret is where it belongs, written so that no two places are written alike: the
/// table, the account, the role. It is bound to what is wrapped and not stored in it, so that a wrapped
/// secret that was moved to another row is refused. So is one whose kind was changed: a private key is
/// had with [`open_key`](Self::open_key) only, a stamp key with [`open_stamp`](Self::open_stamp), and
/// other secrets with [`open`](Self::open).
///
/// # Rotation
///
/// No moment is needed in which nobody works: start each process with the new key as present and the
/// old one as earlier; then take each row through [`rewrap`](Self::rewrap) and store what it gives;
/// when no row says [`Wrapped::master`] of the old key any more, leave it out.
///
/// ```
/// use mydata_core::id::KeyId;
/// use mydata_core::jwk::Algorithm;
/// use mydata_keys::{MasterKey, PrivateKey, Vault};
/// use std::sync::Arc;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = Arc::new(MasterKey::generate(KeyId::parse("master-2025")?)?);
/// let vault = Vault::new(old.clone());
/// let kid = KeyId::parse("owner-1")?;
/// let key = PrivateKey::generate(kid.clone(), Algorithm::Ed25519)?;
/// let stored = vault.seal_key(b"owner-key/account-7", &key)?.to_octets();
///
/// let new = Arc::new(MasterKey::generate(KeyId::parse("master-2026")?)?);
/// let vault = Vault::new(new).with_earlier(old)?;
/// let wrapped = mydata_keys::Wrapped::read(&stored)?;
/// let again = vault.open_key(b"owner-key/account-7", &kid, &wrapped)?;
/// assert!(vault.open_key(b"owner-key/account-8", &kid, &wrapped).is_err());
/// let stored = vault.rewrap(b"owner-key/account-7", &wrapped)?;
/// assert_eq!(stored.map(|stored| stored.master().clone()), Some(KeyId::parse("master-2026")?));
/// # Ok(())
/// # }
/// ```
pub struct Vault {
    present: Arc<dyn KeyWrap>,
    earlier: Vec<Arc<dyn KeyWrap>>,
}

impl Vault {
    /// A vault of one master key.
    #[must_use]
    pub fn new(present: Arc<dyn KeyWrap>) -> Self {
        let earlier = Vec::new();
        Self { present, earlier }
    }

    /// Adds a master key that wraps nothing more, and unwraps what it has wrapped.
    ///
    /// # Errors
    /// [`KeyTwice`](VaultFault::KeyTwice) when a key of this id is there: which of the two has wrapped a
    /// secret could not be told.
    pub fn with_earlier(mut self, earlier: Arc<dyn KeyWrap>) -> Result<Self, VaultFault> {
        if self.find(earlier.id()).is_some() {
            return Err(VaultFault::KeyTwice);
        }
        self.earlier.push(earlier);
        Ok(self)
    }

    /// The id of the key that wraps.
    #[must_use]
    pub fn present(&self) -> &KeyId {
        self.present.id()
    }

    /// Wraps a secret that is neither a private key nor a stamp key.
    ///
    /// # Errors
    /// Those of [`KeyWrap::wrap`].
    pub fn seal(&self, context: &[u8], secret: &[u8]) -> Result<Wrapped, VaultFault> {
        self.wrap(Kind::Secret, context, secret)
    }

    /// The secret that was sealed for this context.
    ///
    /// # Errors
    /// [`KeyUnknown`](VaultFault::KeyUnknown), [`Kind`](VaultFault::Kind), and those of
    /// [`KeyWrap::unwrap`].
    pub fn open(&self, context: &[u8], wrapped: &Wrapped) -> Result<Secret, VaultFault> {
        self.unwrap(Kind::Secret, context, wrapped)
    }

    /// Wraps a private key together with its id.
    ///
    /// # Errors
    /// Those of [`KeyWrap::wrap`].
    pub fn seal_key(&self, context: &[u8], key: &PrivateKey) -> Result<Wrapped, VaultFault> {
        self.wrap(Kind::PrivateKey, context, key.to_named_pkcs8().expose())
    }

    /// The private key that was sealed for this context, which must have this id; it works with ring.
    ///
    /// # Errors
    /// [`NotKey`](VaultFault::NotKey) when what was sealed is no private key of this id, and those of
    /// [`open`](Self::open).
    pub fn open_key(
        &self,
        context: &[u8],
        kid: &KeyId,
        wrapped: &Wrapped,
    ) -> Result<PrivateKey, VaultFault> {
        self.open_key_on(Backend::Ring, context, kid, wrapped)
    }

    /// [`open_key`](Self::open_key), with this backend.
    ///
    /// # Errors
    /// Those of [`open_key`](Self::open_key).
    pub fn open_key_on(
        &self,
        backend: Backend,
        context: &[u8],
        kid: &KeyId,
        wrapped: &Wrapped,
    ) -> Result<PrivateKey, VaultFault> {
        let named = self.unwrap(Kind::PrivateKey, context, wrapped)?;
        let key = PrivateKey::from_named_pkcs8(backend, kid, named.expose());
        key.ok_or(VaultFault::NotKey)
    }

    /// Wraps a stamp key.
    ///
    /// # Errors
    /// Those of [`KeyWrap::wrap`].
    pub fn seal_stamp(&self, context: &[u8], key: &StampKey) -> Result<Wrapped, VaultFault> {
        self.wrap(Kind::StampKey, context, key.as_octets())
    }

    /// The stamp key that was sealed for this context.
    ///
    /// # Errors
    /// [`NotKey`](VaultFault::NotKey) when what was sealed has not the length of one, and those of
    /// [`open`](Self::open).
    pub fn open_stamp(&self, context: &[u8], wrapped: &Wrapped) -> Result<StampKey, VaultFault> {
        let secret = self.unwrap(Kind::StampKey, context, wrapped)?;
        StampKey::copy(secret.expose()).ok_or(VaultFault::NotKey)
    }

    /// The same secret under the present key, whatever its kind; `None` when it is there already.
    ///
    /// What is there already is not unwrapped, so that a row costs nothing the second time.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) but for the kind, and those of [`seal`](Self::seal).
    pub fn rewrap(&self, context: &[u8], wrapped: &Wrapped) -> Result<Option<Wrapped>, VaultFault> {
        if wrapped.master() == self.present() {
            return Ok(None);
        }
        let secret = self.unwrap(wrapped.kind(), context, wrapped)?;
        self.wrap(wrapped.kind(), context, secret.expose())
            .map(Some)
    }

    fn wrap(&self, kind: Kind, context: &[u8], secret: &[u8]) -> Result<Wrapped, VaultFault> {
        let bound = wrapped::bound(kind, self.present(), context);
        let octets = self.present.wrap(&bound, secret)?;
        Ok(Wrapped::new(kind, self.present().clone(), octets))
    }

    fn unwrap(&self, kind: Kind, context: &[u8], wrapped: &Wrapped) -> Result<Secret, VaultFault> {
        let key = self.find(wrapped.master()).ok_or(VaultFault::KeyUnknown)?;
        if wrapped.kind() != kind {
            return Err(VaultFault::Kind);
        }
        let bound = wrapped::bound(kind, wrapped.master(), context);
        key.unwrap(&bound, wrapped.sealed())
    }

    fn find(&self, id: &KeyId) -> Option<&dyn KeyWrap> {
        let mut keys = std::iter::once(&self.present).chain(&self.earlier);
        keys.find(|key| key.id() == id).map(|key| &**key)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let earlier: Vec<&KeyId> = self.earlier.iter().map(|key| key.id()).collect();
        f.debug_struct("Vault")
            .field("present", self.present())
            .field("earlier", &earlier)
            .finish()
    }
}
