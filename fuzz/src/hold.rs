//! The rule for bad input, without chance: every target is given every shape at 64 KiB, 256 KiB and 1 MiB, and its
//! seeds and its share of the vectors besides. Nothing panics, each call stays within its allocations, and sixteen times
//! the input takes no more than sixty-four times the time.
//!
//! For a program of one thread, since the allocator counts for the whole process.

use crate::corpus::Corpus;
use crate::{TARGETS, Target, bound, peer, shapes};
use std::time::{Duration, Instant};

const SIZES: [usize; 3] = [64 << 10, 256 << 10, 1 << 20];

/// Four times what linear time would give: caches are shared with whatever else runs.
const LENIENCE: u32 = 4;

/// What takes less is not measured.
const FLOOR: Duration = Duration::from_millis(20);

/// How long this thread has been computing: what waits for a core in between is not counted. To a tick of the
/// system, some milliseconds.
fn on_a_core() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap())
}

/// Holds every target to the rule, and prints what it took.
///
/// # Panics
/// When one does not keep it.
pub fn all() {
    let corpus = Corpus::of_vectors();
    let (mut inputs, mut vectors) = (0, 0);
    let mut findings = Vec::new();
    for target in TARGETS {
        let before = Instant::now();
        target.warm();
        let seeds = target.seeds();
        for octets in seeds
            .iter()
            .map(Vec::as_slice)
            .chain(corpus.of(target.name))
        {
            target.run(octets);
            inputs += 1;
        }
        vectors += corpus.of(target.name).count();
        let known = bound::most();
        let mut most = known;
        for kind in 0..target.kinds() {
            let (count, share) = shaped(target, kind, &seeds, &mut findings);
            inputs += count;
            most = most.max(share);
        }
        println!(
            "shapes {}: {} vectors, {}‰ of what may be allocated, {}‰ with the shapes, {} ms",
            target.name,
            corpus.of(target.name).count(),
            known,
            most,
            before.elapsed().as_millis()
        );
    }
    let tally = peer::tally();
    println!("differential: {tally:?}");
    assert!(
        tally.both > 0 && tally.only_we > 0,
        "the other library was not asked"
    );
    assert!(
        findings.is_empty(),
        "more than may be, or slower:\n{}",
        findings.join("\n")
    );
    println!(
        "shapes: {} targets, {inputs} inputs, {vectors} of them of the vectors",
        TARGETS.len()
    );
}

/// Every shape, as a target reads it when its first octet is `kind`; the grown seeds with the first kind, since they
/// have an octet of their own.
fn shaped(
    target: &Target,
    kind: u8,
    seeds: &[Vec<u8>],
    findings: &mut Vec<String>,
) -> (usize, usize) {
    let all = |size: usize| {
        let mut shapes = shapes::plain(size);
        if target.kinds() > 1 {
            shapes
                .iter_mut()
                .for_each(|(_, octets)| octets.insert(0, kind));
        }
        if kind == 0 {
            shapes.extend(seeds.iter().flat_map(|seed| shapes::grown(seed, size)));
        }
        shapes
    };
    let mut first: Vec<Duration> = Vec::new();
    let (mut inputs, mut most) = (0, 0);
    for (step, size) in SIZES.into_iter().enumerate() {
        for (at, (name, octets)) in all(size).iter().enumerate() {
            let before = on_a_core();
            target.run(octets);
            let spent = on_a_core().saturating_sub(before);
            inputs += 1;
            let share = bound::most();
            most = most.max(share);
            let what = format!("{}, kind {kind}, {name}, {} KiB", target.name, size >> 10);
            if share > 1000 {
                findings.push(format!("{what}: {share}‰ of what may be allocated"));
            }
            match first.get(at) {
                None => first.push(spent),
                Some(first) if spent > (*first).max(FLOOR) * 4_u32.pow(step as u32) * LENIENCE => {
                    findings.push(format!("{what}: {spent:?}, and {first:?} for 64 KiB"));
                }
                Some(_) => {}
            }
        }
    }
    (inputs, most)
}
