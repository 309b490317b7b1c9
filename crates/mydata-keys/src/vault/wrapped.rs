//! What a store keeps of a secret.

use crate::vault::VaultFault;
use mydata_core::id::KeyId;
use std::fmt;

/// The form that is written here; a later one is read beside it.
const VERSION: u8 = 1;

/// What every bound context begins with, so that a master key that other programs use too unwraps
/// nothing of theirs as ours.
const LABEL: &[u8] = b"mydata vault";

/// What kind of secret is wrapped: each is opened by its own door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Secret,
    PrivateKey,
    StampKey,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Secret, Self::PrivateKey, Self::StampKey];

    const fn octet(self) -> u8 {
        match self {
            Self::Secret => 0,
            Self::PrivateKey => 1,
            Self::StampKey => 2,
        }
    }
}

/// A secret as it is stored: encrypted, with the id of the master key that opens it.
///
/// In octets: the version, the kind, the length of the id, the id, and what
/// [`KeyWrap::wrap`](crate::KeyWrap::wrap) gave ([`MasterKey`](crate::MasterKey): nonce, ciphertext and
/// tag). All before the last is authenticated by it, together with the context. Nothing in it is
/// secret; `Debug` shows the id and the length all the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Wrapped {
    kind: Kind,
    master: KeyId,
    sealed: Vec<u8>,
}

impl Wrapped {
    pub(super) fn new(kind: Kind, master: KeyId, sealed: Vec<u8>) -> Self {
        Self {
            kind,
            master,
            sealed,
        }
    }

    /// The id of the master key.
    #[must_use]
    pub fn master(&self) -> &KeyId {
        &self.master
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// The octets to be stored.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = head(self.kind, &self.master);
        octets.extend_from_slice(&self.sealed);
        octets
    }

    /// Reads what [`to_octets`](Self::to_octets) gave. Whether it was changed since is seen when it is
    /// opened.
    ///
    /// # Errors
    /// [`Version`](VaultFault::Version), and [`NotWrapped`](VaultFault::NotWrapped) for all else that
    /// has not this form.
    pub fn read(octets: &[u8]) -> Result<Self, VaultFault> {
        let (version, rest) = octets.split_first().ok_or(VaultFault::NotWrapped)?;
        if *version != VERSION {
            return Err(VaultFault::Version);
        }
        Self::read_first(rest).ok_or(VaultFault::NotWrapped)
    }

    fn read_first(octets: &[u8]) -> Option<Self> {
        let (kind, rest) = octets.split_first()?;
        let kind = Kind::ALL.into_iter().find(|known| known.octet() == *kind)?;
        let (length, rest) = rest.split_first()?;
        let (id, sealed) = rest.split_at_checked(usize::from(*length))?;
        let master = KeyId::parse(std::str::from_utf8(id).ok()?).ok()?;
        Some(Self::new(kind, master, sealed.to_vec()))
    }
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, master, length) = (self.kind, &self.master, self.sealed.len());
        write!(f, "Wrapped({kind:?}, {master}, {length} octets)")
    }
}

/// The context as the master key is given it. It can be taken apart in one way only, since the head
/// says its own length.
pub(super) fn bound(kind: Kind, master: &KeyId, context: &[u8]) -> Vec<u8> {
    [LABEL, &head(kind, master), context].concat()
}

/// What stands before the sealed octets.
fn head(kind: Kind, master: &KeyId) -> Vec<u8> {
    let id = master.as_str().as_bytes();
    // No id of a key is longer than 128.
    let length = u8::try_from(id.len()).unwrap_or(u8::MAX);
    [&[VERSION, kind.octet(), length], id].concat()
}
