//! What the disk and the key can do by themselves, measured between the slices of what rests on them.

use super::sheet::median;
use mydata::core::crypto::Signer;
use std::fs::File;
use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one slice is measured.
#[derive(Debug, Clone, Copy)]
pub struct Slices {
    /// How many.
    pub count: usize,
    /// One of what is measured.
    pub of_store: Duration,
    /// One of the disk.
    pub of_disk: Duration,
}

/// What came of some slices.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// Per second, of each slice.
    pub rates: Vec<f64>,
    /// Raw per second, around each slice.
    pub raw: Vec<f64>,
}

impl Ratio {
    /// The median of the ratios of the slices.
    #[must_use]
    pub fn median(&self) -> f64 {
        median(
            self.rates
                .iter()
                .zip(&self.raw)
                .map(|(rate, raw)| rate / raw),
        )
    }

    /// Both, per second.
    #[must_use]
    pub fn told(&self) -> String {
        let rate = median(self.rates.iter().copied());
        let raw = median(self.raw.iter().copied());
        format!("{rate:.0}/s, raw {raw:.0}/s")
    }
}

/// The time.
#[expect(clippy::disallowed_methods, reason = "what measures reads a clock")]
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// A file that grows by the same octets, each append synced.
#[derive(Debug)]
pub struct Disk {
    file: File,
    octets: Vec<u8>,
    written: u64,
}

impl Disk {
    /// In this folder, which must be on the disk of the store.
    #[must_use]
    pub fn new(folder: &Path, octets: Vec<u8>) -> Self {
        let file = File::create(folder.join("raw")).unwrap();
        Self {
            file,
            octets,
            written: 0,
        }
    }

    /// How many octets one append has.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.octets.len()
    }

    /// Appends and syncs for so long; how many per second.
    pub fn slice(&mut self, length: Duration) -> f64 {
        if self.written > 64 << 20 {
            self.file.set_len(0).unwrap();
            std::io::Seek::rewind(&mut self.file).unwrap();
            self.file.sync_all().unwrap();
            self.written = 0;
        }
        let (begin, mut count) = (now(), 0_u32);
        while begin.elapsed() < length {
            self.file.write_all(&self.octets).unwrap();
            self.file.sync_data().unwrap();
            self.written += self.octets.len() as u64;
            count += 1;
        }
        f64::from(count) / begin.elapsed().as_secs_f64()
    }
}

/// Measures in slices, each between two of the disk. `slice` prepares what it needs, measures, and says
/// how many it did in which time.
pub async fn interleaved<F>(
    disk: &mut Disk,
    slices: Slices,
    mut slice: impl FnMut(Duration) -> F,
    mut watch: impl FnMut(usize),
) -> Ratio
where
    F: Future<Output = Slice>,
{
    let (mut rates, mut raw) = (Vec::new(), Vec::new());
    for number in 0..slices.count {
        let prepared = slice(slices.of_store).await;
        let before = disk.slice(slices.of_disk);
        rates.push(prepared.run().await);
        let after = disk.slice(slices.of_disk);
        raw.push(f64::midpoint(before, after));
        watch(number + 1);
    }
    Ratio { rates, raw }
}

/// A slice that is prepared and waits to be run: how many per second.
pub struct Slice(std::pin::Pin<Box<dyn Future<Output = f64> + Send>>);

impl std::fmt::Debug for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slice")
    }
}

impl Slice {
    /// Of this work.
    #[must_use]
    pub fn new(work: impl Future<Output = f64> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }

    async fn run(self) -> f64 {
        self.0.await
    }
}

/// Signatures per second by one key on one core, over as many octets as a status record has.
pub fn signing(signer: &dyn Signer, length: Duration) -> f64 {
    let message = [b'a'; 600];
    let (begin, mut count) = (now(), 0_u32);
    while begin.elapsed() < length {
        for _ in 0..50 {
            let _ = std::hint::black_box(signer.sign(&message)).unwrap();
        }
        count += 50;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}
