//! Where a master key comes from: a file, the environment, or [`KeyWrap`](mydata::keys::KeyWrap) for
//! a hardware module or a key service.

use crate::operator::fault::{OperatorFault, OperatorRefusal};
use mydata::core::id::KeyId;
use mydata::keys::{MasterKey, Secret};
use std::io::Read as _;
use std::path::Path;

/// A key and a line feed or two; more is no key.
const MOST: u64 = 256;

/// The master key in a file: 43 characters of base64url or 64 hexadecimal digits. The file is its
/// owner's alone.
///
/// # Errors
/// [`OperatorRefusal::MasterExposed`] when others may read or write the file,
/// [`OperatorRefusal::MasterUnreadable`], and what [`MasterKey::parse`] refuses.
pub fn master_from_file(id: KeyId, path: &Path) -> Result<MasterKey, OperatorFault> {
    let unreadable = |_| OperatorRefusal::MasterUnreadable;
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let kept = file.metadata().map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if kept.permissions().mode() & 0o077 != 0 {
            return Err(OperatorRefusal::MasterExposed.into());
        }
    }
    if !kept.is_file() {
        return Err(OperatorRefusal::MasterUnreadable.into());
    }
    let mut octets = Vec::with_capacity(MOST as usize);
    file.take(MOST)
        .read_to_end(&mut octets)
        .map_err(unreadable)?;
    parse(id, octets)
}

/// The master key in a variable of the environment. Whoever may read the process's environment has it: a
/// file is better.
///
/// # Errors
/// [`OperatorRefusal::MasterUnreadable`] when the variable is not set, and what [`MasterKey::parse`]
/// refuses.
pub fn master_from_env(id: KeyId, variable: &str) -> Result<MasterKey, OperatorFault> {
    let text = std::env::var_os(variable).ok_or(OperatorRefusal::MasterUnreadable)?;
    parse(id, text.into_encoded_bytes())
}

fn parse(id: KeyId, octets: Vec<u8>) -> Result<MasterKey, OperatorFault> {
    let secret = Secret::from_octets(octets);
    let text =
        std::str::from_utf8(secret.expose()).map_err(|_| OperatorRefusal::MasterUnreadable)?;
    Ok(MasterKey::parse(id, text.trim_ascii())?)
}
