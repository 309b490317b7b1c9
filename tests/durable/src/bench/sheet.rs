//! What is told while it is measured, and the table at the end.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

/// The middle of some figures, between the two middle ones where they are even; zero of none.
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let (last, middle) = (figures.len().saturating_sub(1), figures.len() / 2);
    let at = |place: usize| figures.get(place).copied().unwrap_or(0.0);
    f64::midpoint(at(last - middle.min(last)), at(middle))
}

/// The figure below which such a part of them lies; zero of none.
pub fn quantile(figures: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let last = figures.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index between the first and the last"
    )]
    let place = (last as f64 * part).round() as usize;
    figures.get(place).copied().unwrap_or(0.0)
}

/// How far something has come: a bar on a terminal, else a line for each tenth.
#[derive(Debug)]
pub struct Bar {
    name: &'static str,
    total: u64,
    told: u64,
    is_terminal: bool,
}

impl Bar {
    /// Of so many.
    #[must_use]
    pub fn new(name: &'static str, total: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            name,
            total: total.max(1),
            told: 0,
            is_terminal,
        }
    }

    /// So many are done.
    pub fn at(&mut self, done: u64) {
        let (name, steps) = (self.name, if self.is_terminal { 200 } else { 10 });
        let step = done * steps / self.total;
        if step <= self.told {
            return;
        }
        self.told = step;
        let percent = done * 100 / self.total;
        let mut out = std::io::stderr().lock();
        let _ = if self.is_terminal {
            let full = usize::try_from(percent.min(100)).unwrap_or(0) * 40 / 100;
            let (full, empty) = ("#".repeat(full), " ".repeat(40 - full));
            write!(out, "\r{name:<36} [{full}{empty}] {percent:>3} %")
        } else {
            writeln!(out, "{name}: {percent} %")
        };
        if done >= self.total && self.is_terminal {
            let _ = writeln!(out);
        }
        let _ = out.flush();
    }
}

/// What a figure is held against.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::exhaustive_enums,
    reason = "three ways to be held to something"
)]
pub enum Target {
    /// At least.
    AtLeast(f64),
    /// At most.
    AtMost(f64),
    /// Told, and held against nothing.
    None,
}

/// A line of the table.
#[derive(Debug)]
struct Row {
    what: String,
    figure: f64,
    unit: &'static str,
    target: Target,
    more: String,
}

/// The table.
#[derive(Debug, Default)]
pub struct Sheet(Vec<Row>);

impl Sheet {
    /// A figure, told at once.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        (figure, unit): (f64, &'static str),
        target: Target,
        more: impl Into<String>,
    ) {
        let row = Row {
            what: what.into(),
            figure,
            unit,
            target,
            more: more.into(),
        };
        eprintln!("  {}", row.line().replace(" | ", "  "));
        self.0.push(row);
    }

    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text =
            String::from("| what | measured | wanted | | beside it |\n|---|---|---|---|---|\n");
        for row in &self.0 {
            let _ = writeln!(text, "| {} |", row.line());
        }
        text
    }

    /// How many figures miss what was wanted.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.0.iter().filter(|row| !row.holds()).count()
    }
}

impl Row {
    fn holds(&self) -> bool {
        match self.target {
            Target::AtLeast(bound) => self.figure >= bound,
            Target::AtMost(bound) => self.figure <= bound,
            Target::None => true,
        }
    }

    fn line(&self) -> String {
        let (figure, unit) = (written(self.figure), self.unit);
        let (wanted, verdict) = match self.target {
            Target::AtLeast(bound) => (format!("≥ {bound} {unit}"), self.holds()),
            Target::AtMost(bound) => (format!("≤ {bound} {unit}"), self.holds()),
            Target::None => (String::new(), true),
        };
        let verdict = match (self.target, verdict) {
            (Target::None, _) => "",
            (_, true) => "met",
            (_, false) => "**missed**",
        };
        let (what, more) = (&self.what, &self.more);
        format!(
            "{what} | {figure} {unit} | {} | {verdict} | {more}",
            wanted.trim_end()
        )
    }
}

fn written(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

/// The processor, its cores, and the kernel.
#[must_use]
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": "));
    let model = model.map_or("an unnamed processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1));
    let memory = memory.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) >> 20;
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let kernel = kernel.trim();
    format!("{model}, {cores} cores, {memory} GiB, Linux {kernel}; load {load} when it began")
}
