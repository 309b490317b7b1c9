//! What the journal and the access log ask of a file system.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Only its owner reads what is made so.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the names in a folder durable; the empty path is the folder of the process.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let is_here = folder.as_os_str().is_empty();
    let folder = if is_here { Path::new(".") } else { folder };
    // Where a folder cannot be opened, as on Windows, its names are the file system's care.
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// How long whoever has a lock is waited for, and how often it is looked: a process that ends lets go of it a moment
/// later, and one that this process starts has it until it is another program.
const PATIENCE: (u32, Duration) = (20, Duration::from_millis(50));

/// The right to write what a lock file stands for, as long as the file is held; `None` while another has it, and keeps
/// it for a second. Blocks.
pub(crate) fn claim(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = private(&mut options).open(path)?;
    let (times, pause) = PATIENCE;
    for _ in 0..times {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}
