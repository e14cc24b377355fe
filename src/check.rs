//! The pipeline: open, declare, disclose, pair, judge.
//!
//! One package or statement is one isolated unit: whatever happens while it is read (a panic included) ends in a doubt
//! about that unit, and the run goes on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use sha2::{Digest, Sha256};

use crate::declaration::{Declaration, Origin, Package, SdkRange};
use crate::disclosure::{Disclosure, Scope, Statement};
use crate::doubt::{Code, Doubt, Reading};
use crate::error::Error;
use crate::knowledge::{Book, Platform};
use crate::report::{self, Command, MatrixRow, Report, State, Verdict};
use crate::rules::{self, Case, Finding, Severity, Subject};
use crate::source::{Place, Source};
use crate::{platform, statement};

/// Bytes that are hashed at a time.
const HASH_CHUNK: usize = 64 * 1024;

/// What decides the exit code, and what is read beyond the least.
#[derive(Debug, Clone)]
pub struct Options {
    /// The least severity that fails the run.
    pub fail_on: Severity,
    /// Findings do not fail the run.
    pub exit_zero: bool,
    /// Doubts that are accepted by code.
    pub accept_doubts: Vec<Code>,
    /// All statements make one disclosure.
    pub combine: bool,
    /// The whole of each package is hashed.
    pub hash: bool,
}

/// Packages against statements: every statement is judged by itself, or all as one with `combine`.
#[must_use]
pub fn check(packages: &[Source], statements: &[Source], options: &Options) -> Report {
    let run = Run::new(packages, statements, options);
    let mut report = run.report(Command::Check);
    let package_findings = rules::judge(&Case::new(&run.packages, &[], run.book), Subject::Packages);
    let alone: Vec<Vec<Finding>> = run.statements.iter().map(|s| run.judge_alone(s)).collect();

    let groups: Vec<Vec<usize>> = if options.combine {
        vec![(0..run.statements.len()).collect()]
    } else {
        (0..run.statements.len()).map(|index| vec![index]).collect()
    };
    let mut findings: Vec<(Option<String>, Finding)> = Vec::new();
    for members in groups {
        let group: Vec<&Statement> = members.iter().filter_map(|&index| run.statements.get(index)).collect();
        let names: Vec<String> = group.iter().map(|s| s.place.file.to_string()).collect();
        let name = names.join(" + ");
        let case = Case::new(&run.packages, &group, run.book);
        let pair = rules::judge(&case, Subject::Pair);
        let own = members.iter().filter_map(|&index| alone.get(index)).flatten();
        let established = run.established(&group);
        report.verdicts.push(run.verdict(&names, established, package_findings.iter().chain(own).chain(&pair)));
        report.matrices.push(matrix(&case));
        findings.extend(pair.into_iter().map(|finding| (Some(name.clone()), finding)));
    }
    for (statement, own) in run.statements.iter().zip(alone) {
        findings.extend(own.into_iter().map(|finding| (Some(statement.place.file.to_string()), finding)));
    }
    findings.extend(package_findings.into_iter().map(|finding| (None, finding)));
    run.finish(report, findings)
}

/// What packages declare.
#[must_use]
pub fn inspect(packages: &[Source], options: &Options) -> Report {
    let run = Run::new(packages, &[], options);
    let report = run.report(Command::Inspect);
    run.finish(report, Vec::new())
}

/// What statements disclose, and what is wrong with them by themselves.
#[must_use]
pub fn statements(sources: &[Source], options: &Options) -> Report {
    let run = Run::new(&[], sources, options);
    let mut report = run.report(Command::Statement);
    let mut findings = Vec::new();
    for statement in &run.statements {
        let group = [statement];
        let case = Case::new(&[], &group, run.book);
        let mut own = rules::judge(&case, Subject::Statement);
        own.extend(rules::judge(&case, Subject::Pair));
        let name = statement.place.file.to_string();
        report.verdicts.push(run.verdict(std::slice::from_ref(&name), run.established(&group), own.iter()));
        findings.extend(own.into_iter().map(|finding| (Some(name.clone()), finding)));
    }
    run.finish(report, findings)
}

struct Run<'o> {
    options: &'o Options,
    book: Book,
    packages: Vec<Package>,
    hashes: Vec<Option<String>>,
    statements: Vec<Statement>,
}

impl<'o> Run<'o> {
    fn new(packages: &[Source], statements: &[Source], options: &'o Options) -> Run<'o> {
        let book = Book;
        let (packages, hashes) = packages.iter().map(|source| read_package(source, options.hash)).unzip();
        let statements = statements.iter().map(|source| read_statement(source, &book)).collect();
        Run { options, book, packages, hashes, statements }
    }

    fn judge_alone(&self, statement: &Statement) -> Vec<Finding> {
        rules::judge(&Case::new(&self.packages, &[statement], self.book), Subject::Statement)
    }

    fn is_accepted(&self, doubt: &Doubt, unreadable: bool) -> bool {
        !unreadable && self.options.accept_doubts.contains(&doubt.code)
    }

    /// Read for certain (first), and free of doubts that fail the run (second).
    fn established(&self, statements: &[&Statement]) -> (bool, bool) {
        let of_packages = self.packages.iter().map(|p| (p.declarations.doubts(), p.unreadable));
        let of_statements = statements.iter().map(|s| (s.disclosures.doubts(), s.unreadable));
        of_packages.chain(of_statements).fold((true, true), |(whole, passes), (doubts, unreadable)| {
            let lifted = doubts.iter().all(|doubt| self.is_accepted(doubt, unreadable));
            (whole && doubts.is_empty(), passes && lifted && !unreadable)
        })
    }

    fn exit_code(&self, passes: bool, worst: Option<Severity>) -> u8 {
        match worst {
            _ if !passes => 3,
            Some(severity) if severity >= self.options.fail_on && !self.options.exit_zero => 1,
            _ => 0,
        }
    }

    fn verdict<'f>(
        &self,
        statements: &[String],
        (established, passes): (bool, bool),
        findings: impl Iterator<Item = &'f Finding>,
    ) -> Verdict {
        let severities: Vec<Severity> = findings.map(|finding| finding.severity).collect();
        let count = |severity| severities.iter().filter(|s| **s == severity).count();
        Verdict {
            packages: self.packages.iter().map(|p| p.place.file.to_string()).collect(),
            statements: statements.to_vec(),
            established,
            exit_code: self.exit_code(passes, severities.iter().copied().max()),
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }

    fn report(&self, command: Command) -> Report {
        let packages =
            self.packages.iter().zip(&self.hashes).map(|(package, hash)| self.package(package, hash.as_deref()));
        Report {
            schema_version: "1",
            tool: report::Tool { name: "permaudit", version: env!("CARGO_PKG_VERSION") },
            established: true,
            exit_code: 0,
            packages: packages.collect(),
            statements: self.statements.iter().map(|statement| self.statement(statement)).collect(),
            verdicts: Vec::new(),
            findings: Vec::new(),
            summary: report::Summary { errors: 0, warnings: 0, notes: 0, accepted: 0 },
            command,
            matrices: Vec::new(),
        }
    }

    /// Orders the findings, counts them, and sets the exit code of the run.
    fn finish(&self, mut report: Report, mut findings: Vec<(Option<String>, Finding)>) -> Report {
        let weight = |rule: &str| rules::RULES.iter().position(|r| r.id == rule);
        findings.sort_by_cached_key(|(statement, finding)| {
            let place = finding.place();
            let at = (place.lines, place.offset);
            let group = report.verdicts.iter().position(|v| Some(v.statements.join(" + ")) == *statement);
            let what = (finding.help.clone(), finding.permission.clone());
            (std::cmp::Reverse(finding.severity), weight(finding.rule), group, at, what)
        });
        let all: Vec<&Statement> = self.statements.iter().collect();
        let (established, passes) = self.established(&all);
        let worst = findings.iter().map(|(_, finding)| finding.severity).max();
        let count = |severity| findings.iter().filter(|(_, finding)| finding.severity == severity).count();
        report.established = established;
        report.exit_code = self.exit_code(passes, worst);
        report.summary.errors = count(Severity::Error);
        report.summary.warnings = count(Severity::Warning);
        report.summary.notes = count(Severity::Note);
        let mut ordinals = BTreeMap::new();
        report.findings = findings.into_iter().map(|(name, f)| self.finding(name, f, &mut ordinals)).collect();
        report
    }

    fn finding(
        &self,
        statement: Option<String>,
        finding: Finding,
        ordinals: &mut BTreeMap<String, u32>,
    ) -> report::Finding {
        let package = finding.package.and_then(|index| self.packages.get(index));
        let identity = [
            finding.rule,
            finding.platform.map_or("", Platform::name),
            package.and_then(|p| p.id.as_deref()).unwrap_or_default(),
            &statement.as_deref().map(portable).unwrap_or_default(),
            finding.permission.as_deref().unwrap_or_default(),
            &finding.written.as_deref().map(normal).unwrap_or_default(),
        ]
        .join("\0");
        // The same finding twice (three rows of one unknown name) is told apart by its turn, never by its line.
        let turn = ordinals.entry(identity.clone()).and_modify(|turn| *turn += 1).or_insert(0);
        let fingerprint = hex(Sha256::digest(format!("{identity}\0{turn}")).as_slice().get(..16).unwrap_or_default());
        report::Finding {
            rule: finding.rule,
            severity: finding.severity.name(),
            platform: finding.platform.map(Platform::name),
            package: package.map(|p| p.place.file.to_string()),
            statement,
            locations: finding.places().map(|place| self.location(place)).collect(),
            permission: finding.permission,
            message: finding.message,
            help: finding.help,
            fingerprint,
            accepted: None,
            fails: finding.severity >= self.options.fail_on,
        }
    }

    fn location(&self, place: &Place) -> report::Location {
        let lines = place.lines;
        let statement = self.statements.iter().find(|statement| statement.place.file == place.file);
        let line = lines.and_then(|lines| statement?.line(lines.line));
        report::Location {
            file: place.file.to_string(),
            entry: place.entry.as_deref().map(str::to_owned),
            path: place.path.clone(),
            line: lines.map(|l| l.line),
            column: lines.map(|l| l.column),
            end_line: lines.map(|l| l.end_line),
            end_column: lines.map(|l| l.end_column),
            offset: place.offset,
            excerpt: line.map(str::to_owned),
            words: place.to_string(),
        }
    }

    fn package(&self, package: &Package, hash: Option<&str>) -> report::Package {
        report::Package {
            path: package.place.file.to_string(),
            sha256: hash.map(str::to_owned),
            kind: package.kind.map(crate::declaration::PackageKind::name),
            platform: package.platform().map(Platform::name),
            id: package.id.clone(),
            version: package.version.clone(),
            sdk: report::Sdk { min: package.sdk.min, target: package.sdk.target },
            declarations: package.declarations.value.iter().map(|d| self.declaration(d)).collect(),
            doubts: self.doubts(package.declarations.doubts(), package.unreadable),
        }
    }

    fn declaration(&self, declaration: &Declaration) -> report::Declaration {
        let (origin, implied_by) = match &declaration.origin {
            Origin::Declared => ("declared", None),
            Origin::Implied { by } => ("implied", Some(by.clone())),
        };
        let conditions = &declaration.conditions;
        let fact = self.book.fact(declaration.platform, &declaration.permission);
        report::Declaration {
            permission: declaration.permission.clone(),
            kind: declaration.kind.name(),
            origin,
            implied_by,
            level: declaration.level.map(crate::knowledge::Level::name),
            conditions: (!conditions.is_empty()).then(|| report::Conditions {
                min_sdk: conditions.min_sdk,
                max_sdk: conditions.max_sdk,
                required_features: conditions.required_features.clone(),
                required_not_features: conditions.required_not_features.clone(),
                flags: conditions.flags.clone(),
            }),
            text: declaration.text.clone(),
            module: declaration.module.clone(),
            location: report::PackageLocation {
                entry: declaration.place.entry.as_deref().map(str::to_owned),
                path: declaration.place.path.clone(),
                offset: declaration.place.offset,
                line: declaration.place.lines.map(|l| l.line),
            },
            meaning: fact.map(|fact| fact.meaning_en).unwrap_or_default(),
        }
    }

    fn statement(&self, statement: &Statement) -> report::Statement {
        report::Statement {
            path: statement.place.file.to_string(),
            language: statement.language,
            disclosures: statement.disclosures.value.iter().map(disclosure).collect(),
            doubts: self.doubts(statement.disclosures.doubts(), statement.unreadable),
        }
    }

    fn doubts(&self, doubts: &[Doubt], unreadable: bool) -> Vec<report::Doubt> {
        let one = |doubt: &Doubt| report::Doubt {
            code: doubt.code.name(),
            message: doubt.message.clone(),
            accepted: self.is_accepted(doubt, unreadable),
            location: report::DoubtLocation {
                entry: doubt.place.entry.as_deref().map(str::to_owned),
                offset: doubt.place.offset,
                line: doubt.place.lines.map(|l| l.line),
            },
            place: doubt.place.to_string(),
        };
        doubts.iter().map(one).collect()
    }
}

fn disclosure(disclosure: &Disclosure) -> report::Disclosure {
    let names = |all: &[crate::disclosure::Named]| all.iter().map(|named| named.name.clone()).collect();
    let lines = disclosure.place.lines;
    let mut suggestions: Vec<String> = Vec::new();
    for named in disclosure.unknown.iter().flat_map(|unknown| &unknown.suggestions) {
        if !suggestions.contains(&named.name) {
            suggestions.push(named.name.clone());
        }
    }
    report::Disclosure {
        written: disclosure.written.clone(),
        platforms: disclosure.platforms.iter().map(|p| p.name()).collect(),
        form: disclosure.form.name(),
        scope: if disclosure.scope == Scope::App { "app" } else { "sdk" },
        sdk: match &disclosure.scope {
            Scope::Sdk(name) => name.clone(),
            Scope::App => None,
        },
        resolution: disclosure.resolution.name(),
        permissions: names(&disclosure.permissions),
        candidates: names(&disclosure.candidates),
        suggestions,
        description: disclosure.description.clone(),
        purpose: disclosure.purpose.clone(),
        location: report::TextLocation {
            line: lines.map_or(0, |l| l.line),
            column: lines.map_or(0, |l| l.column),
            end_line: lines.map_or(0, |l| l.end_line),
            end_column: lines.map_or(0, |l| l.end_column),
            offset: disclosure.place.offset.unwrap_or_default(),
            length: disclosure.place.length.unwrap_or_default(),
        },
    }
}

/// Permission by permission, how the two sides stand: declared ones first, then what is stale.
fn matrix(case: &Case<'_>) -> Vec<MatrixRow> {
    let platforms = case.platforms();
    let mut rows: Vec<MatrixRow> = Vec::new();
    for (named, row) in case.rows().filter(|(named, _)| platforms.contains(&named.platform)) {
        let line = |of: &[(&Statement, &Disclosure)]| {
            let (statement, disclosure) = of.first()?;
            Some((statement.place.file.to_string(), disclosure.place.lines?.line))
        };
        let unclear = |d: &Disclosure| !case.is_clear(named, d);
        let weight = case.weight(named, row);
        let implied = row.declared.iter().all(|(_, d)| d.origin != Origin::Declared);
        let (state, line) = match (row.declared.is_empty(), row.disclosed.is_empty()) {
            (true, true) => continue,
            (true, false) => (State::Stale, line(&row.disclosed)),
            (false, false) if row.disclosed.iter().all(|(_, d)| unclear(d)) => (State::Ambiguous, line(&row.disclosed)),
            (false, false) => (State::Disclosed, line(&row.disclosed)),
            (false, true) if weight.is_none() => (State::Own, None),
            (false, true) if implied => (State::Implied, None),
            (false, true) if row.candidates.is_empty() => (State::Missing, None),
            (false, true) => (State::Candidate, line(&row.candidates)),
        };
        let level = row.declared.first().and_then(|(_, declaration)| declaration.level);
        let level = level.or_else(|| case.book.fact(named.platform, &named.name)?.level);
        rows.push(MatrixRow {
            permission: named.name.clone(),
            level: level.map(crate::knowledge::Level::name),
            state,
            weight: weight.map(Severity::name),
            line,
        });
    }
    rows.sort_by_key(MatrixRow::rank);
    rows
}

fn read_package(source: &Source, hash: bool) -> (Package, Option<String>) {
    let package = isolated(source, || platform::read(source)).unwrap_or_else(|doubt| Package {
        place: source.place(),
        kind: None,
        id: None,
        version: None,
        sdk: SdkRange::default(),
        declarations: Reading::new(Vec::new(), vec![doubt]),
        unreadable: true,
    });
    if !hash {
        return (package, None);
    }
    match sha256(source) {
        Ok(digest) => (package, Some(digest)),
        Err(error) => {
            let mut package = package;
            package.declarations.doubt(error.into_doubt());
            (package, None)
        }
    }
}

fn read_statement(source: &Source, book: &Book) -> Statement {
    isolated(source, || statement::read(source, book)).unwrap_or_else(|doubt| Statement {
        place: source.place(),
        language: None,
        text: String::new(),
        sections: Vec::new(),
        disclosures: Reading::new(Vec::new(), vec![doubt]),
        unreadable: true,
    })
}

/// Runs `read`; a panic in it becomes a doubt about `source`.
fn isolated<T>(source: &Source, read: impl FnOnce() -> T) -> Result<T, Doubt> {
    catch_unwind(AssertUnwindSafe(read)).map_err(|panic| {
        let text =
            panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
        let message =
            format!("the program failed on this file: {}", text.unwrap_or_else(|| "no reason given".to_owned()));
        Doubt::new(Code::InternalFailure, source.place(), message)
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
    Ok(hex(&hasher.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A file name that is the same on every machine: `/` between folders, no leading `./`.
fn portable(name: &str) -> String {
    let name = name.replace('\\', "/");
    name.trim_start_matches("./").to_owned()
}

/// A written name for the fingerprint: letters and digits alone, small.
fn normal(written: &str) -> String {
    written.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
