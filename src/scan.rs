//! `permaudit scan`: many packages, or pairs of a package and its statements; one line of JSON each.
//!
//! Packages are read on every core, each in isolation: whatever one of them is, the others are read. Lines come out in
//! the order in which the packages went in, unless that is given up. Memory is bounded by the window of packages that
//! are under way and by a cache of statements, whatever the count.

mod cache;
mod done;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use crate::check::{self, Options};
use crate::report::{self, Report};
use crate::source::{Escaped, Source};

use cache::Statements;
pub use done::Done;
use done::Seen;

/// Packages under way for each core: as many as keep a core busy while a large one in front is still being read.
const WINDOW: usize = 64;

/// One package to scan, with the statements that it is judged against; none for what it declares alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The package.
    pub package: PathBuf,
    /// Its statements, each judged by itself.
    pub statements: Vec<PathBuf>,
}

/// How the work is spread.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Threads that read packages.
    pub threads: NonZero<usize>,
    /// Lines come out in the order of the jobs.
    pub ordered: bool,
}

/// What became of the packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Exit code 0.
    pub clean: usize,
    /// Exit code 1.
    pub findings: usize,
    /// Exit code 3.
    pub not_established: usize,
    /// Exit code 2: could not be opened.
    pub errors: usize,
    /// Left as an earlier run found them.
    pub skipped: usize,
}

impl Tally {
    /// Counts one exit code.
    pub fn count(&mut self, exit_code: u8) {
        match exit_code {
            0 => self.clean += 1,
            1 => self.findings += 1,
            2 => self.errors += 1,
            _ => self.not_established += 1,
        }
    }

    /// Packages that were read or could not be opened, those left as they were not counted.
    #[must_use]
    pub fn read(&self) -> usize {
        self.clean + self.findings + self.not_established + self.errors
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: &Tally) -> Tally {
        Tally {
            clean: self.clean + other.clean,
            findings: self.findings + other.findings,
            not_established: self.not_established + other.not_established,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }

    /// The exit code of the run: what could not be read wins over what could not be opened, and that over findings.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Tally { not_established: 1.., .. } => 3,
            Tally { errors: 1.., .. } => 2,
            Tally { findings: 1.., .. } => 1,
            _ => 0,
        }
    }
}

/// `12 packages: 10 clean, 1 with findings, 1 not established`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.read();
        write!(f, "{read} package{}: {} clean", if read == 1 { "" } else { "s" }, self.clean)?;
        let others = [
            (self.findings, "with findings"),
            (self.not_established, "not established"),
            (self.errors, "not opened"),
            (self.skipped, "unchanged since the earlier scan"),
        ];
        others.iter().filter(|(number, _)| *number > 0).try_for_each(|(number, words)| write!(f, ", {number} {words}"))
    }
}

/// One line of the output.
#[derive(Serialize)]
struct Line<'r> {
    id: Option<&'r str>,
    #[serde(flatten)]
    seen: &'r Seen,
    status: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    statements: &'r [Seen],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'r report::Package>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    verdicts: &'r [report::Verdict],
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'r [report::Finding]>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    statement_doubts: &'r [&'r report::Doubt],
}

/// The state that the threads share.
struct Shared<I> {
    jobs: Mutex<std::iter::Enumerate<I>>,
    written: Mutex<usize>,
    moved: Condvar,
    stopped: AtomicBool,
}

impl<I: Iterator<Item = Job>> Shared<I> {
    /// The next job, once it lies in the window.
    fn next(&self, window: usize) -> Option<(usize, Job)> {
        let (index, job) = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |written: &mut usize| index >= *written + window && !self.stopped.load(Ordering::Relaxed);
        let _written = self.moved.wait_while(written, waits).unwrap_or_else(PoisonError::into_inner);
        (!self.stopped.load(Ordering::Relaxed)).then_some((index, job))
    }

    fn advance(&self) {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.moved.notify_all();
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.moved.notify_all();
    }
}

/// Scans `jobs`, hands each line (with its end) to `write` in the calling thread, and counts. Jobs that are
/// [done](Done) already are left out.
///
/// # Errors
/// The first one of `write`, which ends the scan.
pub fn scan(
    jobs: impl Iterator<Item = Job> + Send,
    spread: Spread,
    options: &Options,
    done: &Done,
    mut write: impl FnMut(&[u8], &Tally) -> io::Result<()>,
) -> io::Result<Tally> {
    let window = WINDOW * spread.threads.get();
    let shared = Shared {
        jobs: Mutex::new(jobs.enumerate()),
        written: Mutex::new(0),
        moved: Condvar::new(),
        stopped: AtomicBool::new(false),
    };
    let statements = Statements::default();
    let (sender, receiver) = mpsc::sync_channel::<(usize, Option<(u8, Vec<u8>)>)>(window);
    thread::scope(|scope| {
        for _ in 0..spread.threads.get() {
            let (sender, shared, statements) = (sender.clone(), &shared, &statements);
            scope.spawn(move || {
                while let Some((index, job)) = shared.next(window) {
                    if sender.send((index, one(&job, options, done, statements))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut tally = Tally::default();
        let mut waiting: BTreeMap<usize, Option<(u8, Vec<u8>)>> = BTreeMap::new();
        let mut next = 0;
        for (index, line) in receiver {
            waiting.insert(index, line);
            while let Some(entry) = waiting.first_entry().filter(|entry| !spread.ordered || *entry.key() == next) {
                next += 1;
                match entry.remove() {
                    Some((exit_code, line)) => {
                        tally.count(exit_code);
                        if let Err(error) = write(&line, &tally) {
                            shared.stop();
                            return Err(error);
                        }
                    }
                    None => tally.skipped += 1,
                }
                shared.advance();
            }
        }
        Ok(tally)
    })
}

/// The exit code and line of one job; `None` when it is done already.
fn one(job: &Job, options: &Options, done: &Done, statements: &Statements) -> Option<(u8, Vec<u8>)> {
    let seen = Seen::of(&job.package);
    let statements_seen: Vec<Seen> = job.statements.iter().map(|path| Seen::of(path)).collect();
    if done.holds(&seen, &statements_seen) {
        return None;
    }
    let read = open(&job.package).and_then(|source| against(&source, job, options, statements));
    let (status, exit_code) = match &read {
        Ok(Report { exit_code: 0, .. }) => ("clean", 0),
        Ok(Report { exit_code: 1, .. }) => ("findings", 1),
        Ok(_) => ("not-established", 3),
        Err(_) => ("error", 2),
    };
    let report = read.as_ref().ok();
    let package = report.and_then(|report| report.packages.first());
    let of_statements = report.into_iter().flat_map(|report| &report.statements);
    let doubts: Vec<&report::Doubt> = of_statements.flat_map(|statement| &statement.doubts).collect();
    let line = Line {
        id: package.and_then(|package| package.id.as_deref()),
        seen: &seen,
        status,
        exit_code,
        statements: &statements_seen,
        error: read.as_ref().err().map(String::as_str),
        package,
        verdicts: report.map_or(&[], |report| &report.verdicts),
        findings: report.filter(|_| !job.statements.is_empty()).map(|report| report.findings.as_slice()),
        statement_doubts: &doubts,
    };
    Some((exit_code, report::line(&line)))
}

fn against(source: &Source, job: &Job, options: &Options, statements: &Statements) -> Result<Report, String> {
    if job.statements.is_empty() {
        return Ok(check::inspect(std::slice::from_ref(source), options));
    }
    let read = job.statements.iter().map(|path| statements.read(path, options));
    let read = read.collect::<Result<Vec<_>, String>>()?;
    Ok(check::against(source, read, options))
}

fn open(path: &Path) -> Result<Source, String> {
    Source::open_package(path).map_err(|error| format!("{}: {error}", Escaped(&path.to_string_lossy())))
}
