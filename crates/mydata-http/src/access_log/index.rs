//! Where a person's rows are: kept in memory, and made again from the files at each start.

use super::{AccessEntry, Page, Period, Position, RequestId, Span};
use mydata::core::id::SurrogateId;
use mydata::core::time::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// The positions of a page, the newest first, and how many there are in the span.
pub(super) fn pick(
    found: impl Iterator<Item = (Timestamp, Position)>,
    span: &Span,
    page: &Page,
) -> (usize, Vec<Position>) {
    let mut found: Vec<_> = found.filter(|(at, _)| span.has(*at)).collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    let total = found.len();
    let rows = found.into_iter().skip(page.offset).take(page.limit);
    (total, rows.map(|(_, position)| position).collect())
}

/// A day's file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Segment {
    rows: usize,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// What is in the files. A usage takes 24 octets here and its surrogate once; other rows take none.
#[derive(Default)]
pub(super) struct Index {
    usages: HashMap<SurrogateId, Vec<(Timestamp, Position)>>,
    segments: BTreeMap<u64, Segment>,
    /// Grants of which nobody has said what came of them.
    open: HashMap<RequestId, AccessEntry>,
}

impl Index {
    /// Takes a row in.
    pub(super) fn add(&mut self, position: Position, entry: &AccessEntry) {
        let segment = self.segments.entry(position.segment).or_default();
        segment.rows += 1;
        segment.first = segment.first.into_iter().chain([entry.at]).min();
        segment.last = segment.last.max(Some(entry.at));
        let surrogate = entry.surrogate_id.as_ref();
        if let Some(surrogate) = surrogate.filter(|_| entry.stage.is_usage()) {
            let found = self.usages.entry(surrogate.clone()).or_default();
            found.push((entry.at, position));
        }
    }

    /// Follows what comes of each grant: asked only while the files are read.
    pub(super) fn follow(&mut self, entry: &AccessEntry) {
        if entry.stage == super::Stage::Granted {
            self.open.insert(entry.request.clone(), entry.clone());
        } else if entry.stage.is_end() {
            self.open.remove(&entry.request);
        }
    }

    /// Grants without an end, in the order of their time; none are left here.
    pub(super) fn lost(&mut self) -> Vec<AccessEntry> {
        let mut lost: Vec<_> = std::mem::take(&mut self.open).into_values().collect();
        lost.sort_by(|one, other| (one.at, &one.request).cmp(&(other.at, &other.request)));
        lost
    }

    /// The positions of a page, and how many there are.
    pub(super) fn find(
        &self,
        whose: &[SurrogateId],
        span: &Span,
        page: &Page,
    ) -> (usize, Vec<Position>) {
        let mut whose: Vec<_> = whose.iter().collect();
        whose.sort_unstable();
        whose.dedup();
        let found = whose.into_iter().filter_map(|id| self.usages.get(id));
        pick(found.flatten().copied(), span, page)
    }

    pub(super) fn period(&self) -> Period {
        let segments = self.segments.values();
        Period {
            first: segments.clone().filter_map(|segment| segment.first).min(),
            last: segments.filter_map(|segment| segment.last).max(),
        }
    }

    /// Segments in which every row is older.
    pub(super) fn before(&self, time: Timestamp) -> Vec<u64> {
        let is_older = |(_, segment): &(&u64, &Segment)| segment.last < Some(time);
        let older = self.segments.iter().filter(is_older);
        older.map(|(segment, _)| *segment).collect()
    }

    /// Forgets a segment: how many rows it had.
    pub(super) fn forget(&mut self, segment: u64) -> usize {
        let Some(forgotten) = self.segments.remove(&segment) else {
            return 0;
        };
        self.usages.retain(|_, found| {
            found.retain(|(_, position)| position.segment != segment);
            !found.is_empty()
        });
        forgotten.rows
    }

    pub(super) fn rows(&self) -> usize {
        self.segments.values().map(|segment| segment.rows).sum()
    }
}
