//! What a process did to its files, out of what `strace -f -y -xx` has written down.

use std::collections::BTreeMap;

/// One thing that was done, in the order in which it took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Octets went to the standard output.
    Said(Vec<u8>),
    /// A file was opened that may have been made by that.
    Opened(Vec<u8>),
    /// Octets went to a place in a file.
    Wrote(Vec<u8>, usize, Vec<u8>),
    /// A file got another length.
    Cut(Vec<u8>, usize),
    /// What was written to a file, or the names in a folder, are on the disk.
    Synced(Vec<u8>),
    /// A name is gone.
    Removed(Vec<u8>),
}

/// Which calls are traced.
pub const CALLS: &str = "trace=openat,write,pwrite64,pwritev,writev,fsync,fdatasync,sync_file_range,ftruncate,\
     fallocate,unlink,unlinkat,rename,renameat,renameat2,mmap";

/// Reads a trace.
///
/// A write takes effect when its call has returned, and what is said is said when its call begins: what
/// is between them in doubt is so to the store's disadvantage.
///
/// # Errors
/// A call that has changed a file and is not understood here.
pub fn read(trace: &[u8]) -> Result<Vec<Step>, String> {
    let mut begun: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    let mut steps = Vec::new();
    for line in trace.split(|octet| *octet == b'\n') {
        let Some((thread, rest)) = cut(line, b" ") else {
            continue;
        };
        let rest = rest.trim_ascii_start();
        if let Some(rest) = rest.strip_prefix(b"<... ") {
            let Some(call) = begun.remove(thread) else {
                continue;
            };
            let result = cut(rest, b"resumed>").map_or(rest, |(_, result)| result);
            steps.extend(done(call, result)?);
        } else if let Some(call) = rest.strip_suffix(b" <unfinished ...>") {
            steps.extend(said(call));
            begun.insert(thread, call);
        } else {
            steps.extend(said(rest));
            steps.extend(done(rest, rest)?);
        }
    }
    Ok(steps)
}

fn cut<'a>(of: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = of.windows(at.len()).position(|window| window == at)?;
    Some((of.get(..found)?, of.get(found + at.len()..)?))
}

/// The descriptor of a call, and the file behind it.
fn descriptor(arguments: &[u8]) -> Option<(usize, Vec<u8>)> {
    let (number, rest) = cut(arguments, b"<")?;
    let (name, _) = cut(rest, b">")?;
    Some((number_of(number)?, octets(name)))
}

fn number_of(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// `\x41\x42`.
fn octets(text: &[u8]) -> Vec<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16).unwrap_or_default() as u8;
    let each = text.chunks_exact(4);
    each.map(|four| match four {
        [b'\\', b'x', high, low] => digit(*high) << 4 | digit(*low),
        _ => b'?',
    })
    .collect()
}

/// What stands in quotation marks, from here on.
fn quoted(arguments: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (_, rest) = cut(arguments, b"\"")?;
    let (text, rest) = cut(rest, b"\"")?;
    Some((octets(text), rest))
}

fn said(call: &[u8]) -> Option<Step> {
    let arguments = call.strip_prefix(b"write(")?;
    let (number, _) = descriptor(arguments)?;
    let (text, _) = quoted(arguments)?;
    (number == 1).then_some(Step::Said(text))
}

fn done(call: &[u8], result: &[u8]) -> Result<Option<Step>, String> {
    let Some((name, arguments)) = cut(call, b"(") else {
        return Ok(None);
    };
    // A short call is filled up with blanks before it.
    let answer = result.windows(3).rposition(|window| window == b" = ");
    let answer = answer.and_then(|at| result.get(at + 3..));
    let answer = answer.unwrap_or_default();
    if answer.starts_with(b"-1") || answer.is_empty() || answer.starts_with(b"?") {
        return Ok(None);
    }
    let odd = || {
        format!(
            "a call was not understood: {}",
            String::from_utf8_lossy(name)
        )
    };
    let file = || descriptor(arguments).map(|(_, file)| file).ok_or_else(odd);
    Ok(match name {
        b"openat" => {
            let opened = answer
                .split(|octet| *octet == b'<')
                .nth(1)
                .and_then(|name| cut(name, b">"));
            opened.map(|(name, _)| Step::Opened(octets(name)))
        }
        b"pwrite64" => {
            let (octets, rest) = quoted(arguments).ok_or_else(odd)?;
            let numbers = rest.split(|octet| *octet == b',').nth(2).ok_or_else(odd)?;
            let at = numbers.split(|octet| *octet == b')').next();
            let written = number_of(answer).ok_or_else(odd)?;
            let octets = octets.get(..written).ok_or_else(odd)?.to_vec();
            Some(Step::Wrote(
                file()?,
                at.and_then(number_of).ok_or_else(odd)?,
                octets,
            ))
        }
        b"ftruncate" => {
            let length = arguments
                .split(|octet| *octet == b',')
                .nth(1)
                .ok_or_else(odd)?;
            let length = length.split(|octet| *octet == b')').next();
            Some(Step::Cut(
                file()?,
                length.and_then(number_of).ok_or_else(odd)?,
            ))
        }
        b"fsync" | b"fdatasync" => Some(Step::Synced(file()?)),
        b"unlink" => Some(Step::Removed(quoted(arguments).ok_or_else(odd)?.0)),
        b"unlinkat" | b"rename" | b"renameat" | b"renameat2" | b"pwritev" | b"fallocate" => {
            return Err(odd());
        }
        // To the standard output, or to wake a thread; and what is mapped is read, or the index of the
        // log, which is made anew.
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Step, read};

    #[test]
    fn a_trace_with_two_threads_is_read_in_the_order_of_its_effects() {
        let trace = br#"7 openat(AT_FDCWD<\x2f>, "\x61", O_RDWR|O_CREAT, 0600) = 5<\x2f\x61>
7 openat(AT_FDCWD<\x2f>, "\x62", O_RDWR) = -1 ENOENT (No such file or directory)
7 pwrite64(5<\x2f\x61>, "\x00\x29\x20\x3d", 4, 4096) = 4
8 write(1<\x70\x69\x70\x65>, "\x61\x63\x6b\x0a", 4 <unfinished ...>
7 fsync(5<\x2f\x61> <unfinished ...>
8 <... write resumed>) = 4
7 <... fsync resumed>)      = 0
7 pwrite64(5<\x2f\x61>, "\x01\x02", 2, 0) = 1
7 write(4<\x65>, "\x01", 1) = 1
7 fdatasync(5<\x2f\x61>) = -1 EIO (Input/output error) (INJECTED)
7 ftruncate(5<\x2f\x61>, 12) = 0
7 unlink("\x2f\x61") = 0
7 pwrite64(5<\x2f\x61>, "\x01\x02", 2, 0 <unfinished ...>
7 +++ killed by SIGKILL +++
"#;
        let a = || b"/a".to_vec();
        let expected = vec![
            Step::Opened(a()),
            Step::Wrote(a(), 4096, vec![0, 0x29, 0x20, 0x3d]),
            Step::Said(b"ack\n".to_vec()),
            Step::Synced(a()),
            Step::Wrote(a(), 0, vec![1]),
            Step::Cut(a(), 12),
            Step::Removed(a()),
        ];
        assert_eq!(read(trace), Ok(expected));
    }
}
