//! From sources to what they say, each in isolation.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

use sha2::{Digest, Sha256};

use super::{Counting, Options};
use crate::deadline::{self, Expired};
use crate::declaration::Package;
use crate::disclosure::Statement;
use crate::doubt::{Code, Doubt, Reading};
use crate::error::Error;
use crate::source::{Place, Source};
use crate::statement::Step;
use crate::{platform, statement};

/// Bytes that are hashed at a time.
const HASH_CHUNK: usize = 64 * 1024;

/// One product, read.
pub(super) struct Unit {
    pub(super) packages: Vec<Package>,
    pub(super) hashes: Vec<Option<String>>,
    pub(super) groups: Vec<Vec<Arc<Statement>>>,
    /// How the statements were understood, one after the other, where that was asked for.
    pub(super) steps: Vec<Vec<Step>>,
}

/// What both do, at the same time where there is a thread to be had. `other` goes to that thread.
fn both<A, B: Send>(own: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| {
        let spawned = thread::Builder::new().spawn_scoped(scope, &other);
        let own = own();
        // Whatever fails in it is a doubt; a panic of this program's own goes on.
        let other =
            spawned.map_or_else(|_| other(), |thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        (own, other)
    })
}

impl Unit {
    /// Reads the packages while it reads the statements.
    pub(super) fn read(packages: &[Source], groups: &[Vec<Source>], options: &Options) -> Unit {
        let mut steps = Vec::new();
        let mut read = |source: &Source| {
            if !options.explain_parse {
                return Arc::new(read_statement(source, options));
            }
            let (statement, own) = explain_statement(source, options);
            steps.push(own);
            Arc::new(statement)
        };
        let mut statements = || groups.iter().map(|group| group.iter().map(&mut read).collect()).collect();
        let of_packages = || read_packages(packages, options);
        let (groups, (packages, hashes)) = if packages.is_empty() || groups.is_empty() {
            (statements(), of_packages())
        } else {
            both(statements, of_packages)
        };
        Unit { packages, hashes, groups, steps }
    }

    pub(super) fn of(packages: &[Source], groups: Vec<Vec<Arc<Statement>>>, options: &Options) -> Unit {
        let (packages, hashes) = read_packages(packages, options);
        Unit { packages, hashes, groups, steps: Vec::new() }
    }
}

fn read_packages(packages: &[Source], options: &Options) -> (Vec<Package>, Vec<Option<String>>) {
    packages.iter().map(|source| read_package(source, options)).unzip()
}

/// Reads one package, and hashes it where that is asked for.
pub(crate) fn read_package(source: &Source, options: &Options) -> (Package, Option<String>) {
    // A folder has no bytes of its own to hash.
    let hash = options.hash && source.folder().is_none();
    let read = || {
        let mut package = platform::read(source);
        // What the platform's own names are granted by is known; of others the house may tell.
        for declaration in package.declarations.value.iter_mut().filter(|declaration| declaration.level.is_none()) {
            let fact = options.book.fact(declaration.platform, &declaration.permission);
            declaration.level = fact.filter(|fact| fact.house.is_some()).and_then(|fact| fact.level);
        }
        match hash.then(|| sha256(source)).transpose() {
            Ok(digest) => (package, digest),
            Err(error) => {
                package.declarations.doubt(error.into_doubt());
                (package, None)
            }
        }
    };
    isolated(&source.place(), options, read)
        .unwrap_or_else(|doubt| (Package::unreadable(source.place(), vec![doubt]), None))
}

/// Reads one statement; `options` say what of it counts, and which words the house adds.
#[must_use]
pub fn read_statement(source: &Source, options: &Options) -> Statement {
    let read = isolated(&source.place(), options, || statement::read(source, &options.book));
    counted(read.unwrap_or_else(|doubt| unreadable(source, doubt)), options.counting)
}

fn explain_statement(source: &Source, options: &Options) -> (Statement, Vec<Step>) {
    let read = isolated(&source.place(), options, || statement::explain(source, &options.book));
    let (statement, steps) = read.unwrap_or_else(|doubt| (unreadable(source, doubt), Vec::new()));
    (counted(statement, options.counting), steps)
}

fn counted(mut statement: Statement, counting: Counting) -> Statement {
    for disclosure in &mut statement.disclosures.value {
        disclosure.count(counting);
    }
    statement
}

/// The statement in `source`, of which nothing is known because of `doubt`.
fn unreadable(source: &Source, doubt: Doubt) -> Statement {
    Statement {
        place: source.place(),
        language: None,
        text: String::new(),
        sections: Vec::new(),
        disclosures: Reading::new(Vec::new(), vec![doubt]),
        unreadable: true,
    }
}

/// Runs `work` within the time limit; what stops it, that limit or a panic, becomes a doubt about what is at `place`.
pub(super) fn isolated<T>(place: &Place, options: &Options, work: impl FnOnce() -> T) -> Result<T, Doubt> {
    let _limited = deadline::start(options.timeout);
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let panic = match panic.downcast::<Expired>() {
            Ok(expired) => return expired.into_doubt(place.clone()),
            Err(panic) => panic,
        };
        let text =
            panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
        let message =
            format!("the program failed on this file: {}", text.unwrap_or_else(|| "no reason given".to_owned()));
        Doubt::new(Code::InternalFailure, place.clone(), message)
    })
}

fn sha256(source: &Source) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    let mut offset = 0;
    while offset < source.len() {
        let chunk = source.read_vec(offset, (source.len() - offset).min(HASH_CHUNK as u64))?;
        hasher.update(&chunk);
        offset += chunk.len() as u64;
    }
    Ok(super::hex(&hasher.finalize()))
}
