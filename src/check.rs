//! The pipeline: open, declare, disclose, pair, judge.
//!
//! One package or statement is one isolated unit: whatever happens while it is read (a panic included) ends in a doubt
//! about that unit, and the run goes on.

mod matrix;
mod shown;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::declaration::{Declaration, DeclarationKind, Origin, Package};
pub use crate::disclosure::Counting;
use crate::disclosure::Statement;
use crate::doubt::{Code, Doubt};
use crate::knowledge::{Book, Platform};
use crate::report::{self, Command, Report, Verdict};
use crate::rules::{self, Case, Date, Fate, Finding, Policy, Severity, Subject, Waiver};
use crate::source::Source;
use crate::statement::Step;
pub(crate) use unit::read_package;
pub use unit::read_statement;
use unit::{Unit, isolated};

/// What decides the exit code, and what is read beyond the least.
#[derive(Debug, Clone)]
pub struct Options {
    /// The least severity that fails the run.
    pub fail_on: Severity,
    /// Findings do not fail the run.
    pub exit_zero: bool,
    /// Doubts that are accepted by code.
    pub accept_doubts: Vec<Code>,
    /// The whole of each package is hashed.
    pub hash: bool,
    /// The longest that reading one package or statement may take, and judging one disclosure; `None` for no limit.
    pub timeout: Option<Duration>,
    /// Statements come with how each of their blocks was understood.
    pub explain_parse: bool,
    /// The facts, with those that the house adds.
    pub book: Book,
    /// The house's decisions.
    pub policy: Policy,
    /// What counts beside the app's own rows and items.
    pub counting: Counting,
    /// The day on which waivers are judged.
    pub today: Date,
    /// Fingerprints of findings that an earlier report holds: they do not fail the run.
    pub baseline: BTreeSet<String>,
}

/// Errors fail the run; nothing is accepted, nothing is known.
impl Default for Options {
    fn default() -> Options {
        Options {
            fail_on: Severity::Error,
            exit_zero: false,
            accept_doubts: Vec::new(),
            hash: false,
            timeout: None,
            explain_parse: false,
            book: Book,
            policy: Policy::default(),
            counting: Counting::default(),
            today: Date::at(0),
            baseline: BTreeSet::new(),
        }
    }
}

/// The builds of one product, and the disclosures that its users read: each group of statements makes one.
pub struct Product {
    /// The packages.
    pub packages: Vec<Source>,
    /// The groups of statements.
    pub groups: Vec<Vec<Source>>,
}

/// The packages of each product against each of its disclosures.
#[must_use]
pub fn check(products: &[Product], options: &Options) -> Report {
    let units: Vec<Unit> =
        products.iter().map(|product| Unit::read(&product.packages, &product.groups, options)).collect();
    let mut run = Run::new(options, &units, Command::Check);
    for unit in &units {
        run.judge(unit);
    }
    run.finish()
}

/// What packages declare.
#[must_use]
pub fn inspect(packages: &[Source], options: &Options) -> Report {
    let units = [Unit::read(packages, &[], options)];
    Run::new(options, &units, Command::Inspect).finish()
}

/// One package against each of `statements` by itself.
#[must_use]
pub fn against(package: &Source, statements: Vec<Arc<Statement>>, options: &Options) -> Report {
    let groups = statements.into_iter().map(|statement| vec![statement]).collect();
    let units = [Unit::of(std::slice::from_ref(package), groups, options)];
    let mut run = Run::new(options, &units, Command::Check);
    for unit in &units {
        run.judge(unit);
    }
    run.finish()
}

/// What statements disclose, and what is wrong with them by themselves.
#[must_use]
pub fn statements(sources: Vec<Source>, options: &Options) -> Report {
    let groups: Vec<Vec<Source>> = sources.into_iter().map(|source| vec![source]).collect();
    let units = [Unit::read(&[], &groups, options)];
    let mut run = Run::new(options, &units, Command::Statement);
    for unit in &units {
        run.judge(unit);
    }
    run.finish()
}

fn weight(rule: &str) -> Option<usize> {
    rules::RULES.iter().position(|known| known.id == rule)
}

/// A finding on its way into the report.
struct Judged {
    finding: Finding,
    /// Where its rule stands among the rules.
    weight: Option<usize>,
    /// The statement, or the name of the group.
    statement: Option<String>,
    /// Path and identifier of the package.
    package: Option<(String, Option<String>)>,
    /// The verdicts that it counts in.
    verdicts: Range<usize>,
    fingerprint: String,
    accepted: Option<report::Accepted>,
    known: bool,
}

impl Judged {
    /// Its severity, where it counts: accepted findings and those of the baseline do not.
    fn counts(&self) -> Option<Severity> {
        (self.accepted.is_none() && !self.known).then_some(self.finding.severity)
    }
}

struct Run<'r> {
    options: &'r Options,
    book: Book,
    units: &'r [Unit],
    report: Report,
    judged: Vec<Judged>,
    /// For each verdict: read for certain, and free of doubts that fail the run.
    readings: Vec<(bool, bool)>,
    /// False where the rules could not be gone through.
    is_judged: bool,
}

impl<'r> Run<'r> {
    fn new(options: &'r Options, units: &'r [Unit], command: Command) -> Run<'r> {
        let report = Report {
            schema_version: "1",
            tool: report::Tool { name: "permaudit", version: env!("CARGO_PKG_VERSION") },
            established: true,
            exit_code: 0,
            packages: Vec::new(),
            statements: Vec::new(),
            verdicts: Vec::new(),
            findings: Vec::new(),
            summary: report::Summary { errors: 0, warnings: 0, notes: 0, accepted: 0 },
            command,
            matrices: Vec::new(),
        };
        let book = options.book;
        let mut run = Run { options, book, units, report, judged: Vec::new(), readings: Vec::new(), is_judged: true };
        for unit in units {
            for (package, hash) in unit.packages.iter().zip(&unit.hashes) {
                run.report.packages.push(run.package(package, hash.as_deref()));
            }
            let mut steps = unit.steps.iter();
            for statement in unit.groups.iter().flatten() {
                run.report.statements.push(run.statement(statement, steps.next().map(Vec::as_slice)));
            }
        }
        run
    }

    fn case<'c>(&self, packages: &'c [Package], statements: &'c [&'c Statement]) -> Case<'c>
    where
        'r: 'c,
    {
        Case::new(packages, statements, self.book, &self.options.policy)
    }

    /// Runs the rules over one product: its packages, its statements, and each of its disclosures.
    fn judge(&mut self, unit: &Unit) {
        let first = self.report.verdicts.len();
        for group in &unit.groups {
            let at = self.report.verdicts.len();
            let statements: Vec<&Statement> = group.iter().map(AsRef::as_ref).collect();
            let paths: Vec<String> = group.iter().map(|s| s.place.file.to_string()).collect();
            let place = group.first().map(|statement| statement.place.clone()).unwrap_or_default();
            let judged = isolated(&place, self.options, || {
                let case = self.case(&unit.packages, &statements);
                let own: Vec<Vec<Finding>> = match statements.as_slice() {
                    [_] => vec![rules::judge(&case, Subject::Statement)],
                    all => all
                        .iter()
                        .map(|statement| rules::judge(&self.case(&unit.packages, &[statement]), Subject::Statement))
                        .collect(),
                };
                (rules::judge(&case, Subject::Pair), matrix::of(&case), own)
            });
            match judged {
                Ok((pair, rows, own)) => {
                    self.report.matrices.push(rows);
                    self.keep(unit, pair, Some(&paths.join(" + ")), at..at + 1);
                    for (statement, own) in group.iter().zip(own) {
                        self.keep(unit, own, Some(&statement.place.file), at..at + 1);
                    }
                    self.readings.push(self.established(&unit.packages, &statements));
                }
                Err(doubt) => {
                    self.report.matrices.push(Vec::new());
                    self.unjudged(&paths, &doubt);
                    self.readings.push((false, false));
                }
            }
            self.report.verdicts.push(Verdict {
                packages: unit.packages.iter().map(|p| p.place.file.to_string()).collect(),
                statements: paths,
                established: true,
                exit_code: 0,
                errors: 0,
                warnings: 0,
                notes: 0,
            });
        }
        let verdicts = first..self.report.verdicts.len();
        let place = unit.packages.first().map(|package| package.place.clone()).unwrap_or_default();
        let own = || rules::judge(&self.case(&unit.packages, &[]), Subject::Packages);
        match isolated(&place, self.options, own) {
            Ok(own) => self.keep(unit, own, None, verdicts),
            Err(doubt) => {
                self.unjudged(&unit.packages.iter().map(|p| p.place.file.to_string()).collect::<Vec<_>>(), &doubt);
                for reading in self.readings.iter_mut().skip(verdicts.start) {
                    *reading = (false, false);
                }
            }
        }
    }

    /// Adds `doubt`, which kept the rules from judging, to what stands at `paths` in the report.
    fn unjudged(&mut self, paths: &[String], doubt: &Doubt) {
        let packages = self.report.packages.iter_mut().map(|package| (&package.path, &mut package.doubts));
        let statements = self.report.statements.iter_mut().map(|statement| (&statement.path, &mut statement.doubts));
        for (_, doubts) in packages.chain(statements).filter(|(path, _)| paths.contains(path)) {
            doubts.push(self::doubt(doubt, false));
        }
        self.is_judged = false;
    }

    fn keep(&mut self, unit: &Unit, findings: Vec<Finding>, statement: Option<&str>, verdicts: Range<usize>) {
        for finding in findings {
            let package = finding.package.and_then(|index| unit.packages.get(index));
            self.judged.push(Judged {
                weight: weight(finding.rule),
                statement: statement.map(str::to_owned),
                package: package.map(|p| (p.place.file.to_string(), p.id.clone())),
                verdicts: verdicts.clone(),
                fingerprint: String::new(),
                accepted: None,
                known: false,
                finding,
            });
        }
    }

    fn is_accepted(&self, doubt: &Doubt, unreadable: bool) -> bool {
        !unreadable && self.options.accept_doubts.contains(&doubt.code)
    }

    /// Read for certain (first), and free of doubts that fail the run (second).
    fn established(&self, packages: &[Package], statements: &[&Statement]) -> (bool, bool) {
        let of_packages = packages.iter().map(|p| (p.declarations.doubts(), p.unreadable));
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

    /// Accepts what the house accepts and knows already, orders the findings, counts them, and sets the exit codes.
    fn finish(mut self) -> Report {
        let waivers = self.waive();
        if self.report.command == Command::Check {
            let case = Case::new(&[], &[], self.book, &self.options.policy).with_waivers(&waivers);
            let unused = rules::judge(&case, Subject::Policy);
            for finding in unused {
                self.judged.push(Judged {
                    weight: weight(finding.rule),
                    finding,
                    statement: None,
                    package: None,
                    verdicts: 0..0,
                    fingerprint: String::new(),
                    accepted: None,
                    known: false,
                });
            }
        }
        self.sort();
        self.identify();

        for (index, verdict) in self.report.verdicts.iter_mut().enumerate() {
            let own =
                || self.judged.iter().filter(|judged| judged.verdicts.contains(&index)).filter_map(Judged::counts);
            let count = |severity| own().filter(|s| *s == severity).count();
            (verdict.errors, verdict.warnings, verdict.notes) =
                (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
        }
        for index in 0..self.report.verdicts.len() {
            let worst =
                self.judged.iter().filter(|judged| judged.verdicts.contains(&index)).filter_map(Judged::counts).max();
            let (established, passes) = self.readings.get(index).copied().unwrap_or((false, false));
            let exit_code = self.exit_code(passes, worst);
            if let Some(verdict) = self.report.verdicts.get_mut(index) {
                (verdict.established, verdict.exit_code) = (established, exit_code);
            }
        }

        let readings = self.units.iter().map(|unit| {
            let statements: Vec<&Statement> = unit.groups.iter().flatten().map(AsRef::as_ref).collect();
            self.established(&unit.packages, &statements)
        });
        let judged = (self.is_judged, self.is_judged);
        let (established, passes) = readings.fold(judged, |all, one| (all.0 && one.0, all.1 && one.1));
        let count = |severity| self.judged.iter().filter(|judged| judged.counts() == Some(severity)).count();
        let summary = report::Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            accepted: self.judged.iter().filter(|judged| judged.accepted.is_some()).count(),
        };
        let exit_code = self.exit_code(passes, self.judged.iter().filter_map(Judged::counts).max());
        let places = self.judged.iter().flat_map(|judged| judged.finding.places());
        let excerpts =
            shown::excerpts(self.units.iter().flat_map(|unit| unit.groups.iter().flatten().map(AsRef::as_ref)), places);
        let judged = std::mem::take(&mut self.judged);
        let findings = judged.into_iter().map(|judged| self.finding(judged, &excerpts)).collect();
        Report { established, exit_code, findings, summary, ..self.report }
    }

    /// Marks what a waiver accepts; says what became of each waiver.
    fn waive(&mut self) -> Vec<(Waiver, Fate)> {
        let mut fates = Vec::new();
        for waiver in &self.options.policy.waivers {
            let expired = waiver.has_expired(self.options.today);
            let mut fate = if expired { Fate::Expired } else { Fate::Unused };
            for judged in self.judged.iter_mut().filter(|_| !expired) {
                let id = judged.package.as_ref().and_then(|(_, id)| id.as_deref());
                if waiver.covers(&judged.finding, id) {
                    fate = Fate::Used;
                    let until = waiver.until.map(|date| date.to_string());
                    judged.accepted = Some(report::Accepted { reason: waiver.reason.clone(), until });
                }
            }
            fates.push((waiver.clone(), fate));
        }
        fates
    }

    fn sort(&mut self) {
        fn key(judged: &Judged) -> impl Ord {
            let finding = &judged.finding;
            let at = (finding.place().lines, finding.place().offset);
            let what = (&finding.help, &finding.permission);
            (std::cmp::Reverse(finding.severity), judged.weight, judged.verdicts.start, at, what)
        }
        self.judged.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Gives each finding its fingerprint, and tells those that the baseline holds.
    fn identify(&mut self) {
        let mut ordinals: BTreeMap<String, u32> = BTreeMap::new();
        for judged in &mut self.judged {
            let finding = &judged.finding;
            let identity = [
                finding.rule,
                finding.platform.map_or("", Platform::name),
                judged.package.as_ref().and_then(|(_, id)| id.as_deref()).unwrap_or_default(),
                &judged.statement.as_deref().map(portable).unwrap_or_default(),
                finding.permission.as_deref().unwrap_or_default(),
                &finding.written.as_deref().map(rules::letters).unwrap_or_default(),
            ]
            .join("\0");
            // The same finding twice (three rows of one unknown name) is told apart by its turn, never by its line.
            let digest = Sha256::new().chain_update(&identity).chain_update("\0");
            let turn = ordinals.entry(identity).and_modify(|turn| *turn += 1).or_insert(0);
            let digest = digest.chain_update(turn.to_string()).finalize();
            judged.fingerprint = hex(digest.as_slice().get(..16).unwrap_or_default());
            judged.known = self.options.baseline.contains(&judged.fingerprint);
        }
    }

    fn finding(&self, judged: Judged, excerpts: &shown::Excerpts<'_>) -> report::Finding {
        let fails = judged.counts().is_some_and(|severity| severity >= self.options.fail_on);
        let finding = judged.finding;
        report::Finding {
            rule: finding.rule,
            severity: finding.severity.name(),
            platform: finding.platform.map(Platform::name),
            package: judged.package.map(|(path, _)| path),
            statement: judged.statement,
            locations: finding.places().map(|place| shown::location(place, excerpts)).collect(),
            permission: finding.permission,
            message: finding.message,
            help: finding.help,
            fingerprint: judged.fingerprint,
            accepted: judged.accepted,
            known: judged.known,
            fails,
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
            sdk: report::Sdk { min: package.sdk.min, target: package.sdk.target, min_os: package.min_os.clone() },
            declarations: package.declarations.value.iter().map(|d| self.declaration(d)).collect(),
            doubts: self.doubts(package.declarations.doubts(), package.unreadable),
        }
    }

    fn declaration(&self, declaration: &Declaration) -> report::Declaration {
        let (origin, implied_by) = match &declaration.origin {
            Origin::Declared => ("declared", None),
            Origin::Implied { by } => ("implied", Some(by.clone())),
            Origin::Provisioned => ("provisioned", None),
        };
        let conditions = &declaration.conditions;
        let fact = self.book.fact(declaration.platform, &declaration.permission);
        let entitlement = (declaration.kind == DeclarationKind::Entitlement)
            .then(|| self.book.entitlement(&declaration.permission)?.meaning_en)
            .flatten();
        let guard = (declaration.kind == DeclarationKind::GuardedComponent)
            .then(|| self.book.guard(&declaration.permission))
            .flatten();
        let meaning = entitlement.or(guard.map(|guard| guard.meaning_en)).or(fact.map(|fact| fact.meaning_en));
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
                device: conditions.device.clone(),
            }),
            text: declaration.text.clone(),
            value: declaration.value.clone(),
            wrong_type: declaration.wrong_type,
            used_scene: declaration
                .used_scene
                .as_ref()
                .map(|scene| report::UsedScene { abilities: scene.abilities.clone(), when: scene.when.clone() }),
            module: declaration.module.clone(),
            brought_in_by: declaration.brought_in_by.clone(),
            house: fact.and_then(|fact| fact.house).as_ref().map(shown::house),
            location: report::PackageLocation {
                entry: declaration.place.entry.as_deref().map(str::to_owned),
                path: declaration.place.path.clone(),
                offset: declaration.place.offset,
                line: declaration.place.lines.map(|l| l.line),
            },
            meaning: meaning.unwrap_or_default(),
        }
    }

    fn statement(&self, statement: &Statement, steps: Option<&[Step]>) -> report::Statement {
        report::Statement {
            path: statement.place.file.to_string(),
            language: statement.language,
            disclosures: statement.disclosures.value.iter().map(shown::disclosure).collect(),
            doubts: self.doubts(statement.disclosures.doubts(), statement.unreadable),
            parse: steps.map(|steps| steps.iter().map(shown::step).collect()),
            text: statement.text.clone(),
        }
    }

    fn doubts(&self, doubts: &[Doubt], unreadable: bool) -> Vec<report::Doubt> {
        doubts.iter().map(|one| doubt(one, self.is_accepted(one, unreadable))).collect()
    }
}

pub(crate) fn doubt(doubt: &Doubt, accepted: bool) -> report::Doubt {
    report::Doubt {
        code: doubt.code.name(),
        message: doubt.message.clone(),
        accepted,
        location: report::DoubtLocation {
            entry: doubt.place.entry.as_deref().map(str::to_owned),
            offset: doubt.place.offset,
            line: doubt.place.lines.map(|l| l.line),
            page: doubt.place.page,
            path: doubt.place.path.clone().filter(|_| doubt.place.extracted),
        },
        place: doubt.place.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// A file name that is the same on every machine: `/` between folders, no leading `./`.
fn portable(name: &str) -> String {
    let name = name.replace('\\', "/");
    name.trim_start_matches("./").to_owned()
}
