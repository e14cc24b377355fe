//! What was typed, as a plan. Touches no file.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::check::{Counting, Options};
use crate::deadline;
use crate::doubt::Code;
use crate::report::{Destination, FORMATS, Format};
use crate::rules::{Date, Severity};

/// Checks the permissions a mobile app package declares against what its privacy statements disclose.
#[derive(Debug, Parser)]
#[command(name = "permaudit", version, about, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Colours in the text report.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  read completely; nothing at or above --fail-on
  1  read completely; findings at or above --fail-on
  2  usage error; a file that does not exist or cannot be opened or written
  3  not established: a package or a statement could not be read for certain";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The gate: what packages declare against what statements disclose.
    #[command(after_help = EXIT_CODES)]
    Check(Check),
    /// What packages declare, and where.
    #[command(after_help = EXIT_CODES)]
    Inspect(Inspect),
    /// What statements disclose, and what is wrong with them by themselves.
    #[command(after_help = EXIT_CODES)]
    Statement(Statement),
    /// What changed between two builds, or between two statements.
    #[command(after_help = EXIT_CODES)]
    Diff(Diff),
    /// The rows that a statement lacks, or the whole table where there is none.
    Draft(Draft),
    /// Many packages, or pairs of a package and its statements: one line of JSON each.
    #[command(after_help = EXIT_CODES)]
    Scan(Scan),
    /// A rule, a permission, what statements call one, or the code of a doubt, in words.
    Explain(Explain),
    /// Shell completions and man pages, made from the same definitions as this help.
    Generate(Generate),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Packages: the builds of one product. Without any, the products of the policy file.
    #[arg(value_name = "PACKAGE", value_parser = file, requires = "statements")]
    pub packages: Vec<PathBuf>,
    /// Privacy statements; each is judged by itself.
    #[arg(short, long = "statement", value_name = "FILE", num_args = 1.., value_parser = file, requires = "packages")]
    pub statements: Vec<PathBuf>,
    /// Take all statements as one disclosure.
    #[arg(long)]
    pub combine: bool,
    /// Add the SHA-256 of each package (reads the whole file).
    #[arg(long)]
    pub hash: bool,
    /// The manifest merger's report of the build: says which library brought each Android permission in. Found by itself
    /// for a manifest under build/intermediates.
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub merger_report: Option<PathBuf>,
    /// Where the house's decisions come from.
    #[command(flatten)]
    pub house: House,
    /// What counts as disclosed.
    #[command(flatten)]
    pub counts: Counts,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    doubts: Doubts,
    #[command(flatten)]
    time: Time,
    #[command(flatten)]
    output: Output,
}

/// What counts as disclosed beside the app's own rows and items.
#[derive(Debug, Default, Args)]
pub struct Counts {
    /// Whether running text counts that names a permission or the data that it opens [default: ignore].
    #[arg(long, value_name = "CHOICE")]
    prose: Option<Prose>,
    /// Whether rows about third-party SDKs count [default: count].
    #[arg(long, value_name = "CHOICE")]
    sdk: Option<Sdk>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Prose {
    /// It is reported and does not count.
    Ignore,
    /// It counts.
    Accept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sdk {
    /// They count.
    Count,
    /// They are reported and do not count.
    Ignore,
}

impl Counts {
    /// What counts: what was typed, otherwise what the policy file says.
    #[must_use]
    pub fn counting(&self, prose: Option<bool>, sdk: Option<bool>) -> Counting {
        let usual = Counting::default();
        Counting {
            prose: self.prose.map(|choice| choice == Prose::Accept).or(prose).unwrap_or(usual.prose),
            sdk: self.sdk.map(|choice| choice == Sdk::Count).or(sdk).unwrap_or(usual.sdk),
        }
    }
}

/// Which policy file is read.
#[derive(Debug, Args)]
pub struct PolicyFile {
    /// The policy file; without it, permaudit.toml from here upwards to the root of the repository.
    #[arg(long, value_name = "FILE", env = "PERMAUDIT_CONFIG", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Reads no policy file.
    #[arg(long)]
    pub no_config: bool,
}

/// Where the house's decisions come from.
#[derive(Debug, Args)]
pub struct House {
    /// The policy file.
    #[command(flatten)]
    pub file: PolicyFile,
    /// An earlier JSON report: findings that it holds do not fail the run.
    #[arg(long, value_name = "REPORT")]
    pub baseline: Option<PathBuf>,
    /// The day on which accepted findings are judged [default: today, UTC].
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub date: Option<Date>,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Packages.
    #[arg(required = true, value_name = "PACKAGE", value_parser = file)]
    pub packages: Vec<PathBuf>,
    /// Add the SHA-256 of each package (reads the whole file).
    #[arg(long)]
    pub hash: bool,
    /// The manifest merger's report of the build: says which library brought each Android permission in. Found by itself
    /// for a manifest under build/intermediates.
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub merger_report: Option<PathBuf>,
    #[command(flatten)]
    doubts: Doubts,
    #[command(flatten)]
    time: Time,
    #[command(flatten)]
    output: Output,
}

/// Arguments of `statement`.
#[derive(Debug, Args)]
pub struct Statement {
    /// Privacy statements.
    #[arg(required = true, value_name = "FILE", value_parser = file)]
    pub files: Vec<PathBuf>,
    /// Show how each part of the statements was understood, and why a row does or does not count.
    #[arg(long)]
    pub explain_parse: bool,
    /// Where the house's decisions come from.
    #[command(flatten)]
    pub house: House,
    /// What counts as disclosed.
    #[command(flatten)]
    pub counts: Counts,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    doubts: Doubts,
    #[command(flatten)]
    time: Time,
    #[command(flatten)]
    output: Output,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier package or statement.
    #[arg(value_name = "OLD", value_parser = file)]
    pub old: PathBuf,
    /// The later one.
    #[arg(value_name = "NEW", value_parser = file)]
    pub new: PathBuf,
    /// A statement: says of each new permission whether it is disclosed.
    #[arg(short, long, value_name = "FILE", value_parser = file)]
    pub statement: Option<PathBuf>,
    /// The form of the report.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,
    /// Where to write it; standard output without.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the house's severities, words and groups of statements come from.
    #[command(flatten)]
    pub file: PolicyFile,
    /// What counts as disclosed.
    #[command(flatten)]
    pub counts: Counts,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    doubts: Doubts,
    #[command(flatten)]
    time: Time,
}

/// The formats of `diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a person.
    Text,
    /// For a script.
    Json,
}

impl Diff {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        options(&self.doubts, &self.time, Some(&self.gate))
    }

    /// The severity that the command line names: it goes before the policy file's.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.gate.fail_on.map(FailOn::severity)
    }
}

/// Arguments of `draft`.
#[derive(Debug, Args)]
pub struct Draft {
    /// Packages: the builds of one product.
    #[arg(required = true, value_name = "PACKAGE", value_parser = file)]
    pub packages: Vec<PathBuf>,
    /// The statement that lacks rows.
    #[arg(short, long, value_name = "FILE", value_parser = file)]
    pub statement: Option<PathBuf>,
    /// The language of the rows; the statement's own without.
    #[arg(short, long, value_name = "LANGUAGE")]
    pub language: Option<RowLanguage>,
    /// The form of the rows.
    #[arg(short, long, value_name = "FORMAT", default_value = "markdown", conflicts_with = "patch")]
    pub format: RowFormat,
    /// A unified diff against the statement instead, for `git apply` or `patch -p1`.
    #[arg(long)]
    pub patch: bool,
    /// Where to write it; standard output without.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the house's severities, words and groups of statements come from.
    #[command(flatten)]
    pub file: PolicyFile,
    /// What counts as disclosed.
    #[command(flatten)]
    pub counts: Counts,
    #[command(flatten)]
    time: Time,
}

impl Draft {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { timeout: self.time.timeout, ..Options::default() }
    }
}

/// The languages of drafted rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RowLanguage {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// The forms of drafted rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// Markdown.
    Markdown,
    /// HTML.
    Html,
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// Packages, folders that hold some at any depth, or patterns such as `store/**/*.apk`.
    #[arg(value_name = "PATH", value_parser = file, required_unless_present_any = ["stdin", "pairs"])]
    pub paths: Vec<PathBuf>,
    /// Read further paths from standard input, one a line.
    #[arg(long)]
    pub stdin: bool,
    /// A file of pairs, one a line: a package and its statements, parted by tabs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "stdin"])]
    pub pairs: Option<PathBuf>,
    /// Go on with an earlier scan: FILE holds its lines, and those of what is new or has changed are added.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub resume: Option<PathBuf>,
    /// Where the lines go; standard output without.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Threads that read packages [default: one for each core].
    #[arg(short, long, value_name = "NUMBER")]
    pub jobs: Option<NonZero<usize>>,
    /// Write each line when it is ready, in whatever order.
    #[arg(long)]
    pub unordered: bool,
    /// Add the SHA-256 of each package (reads the whole file).
    #[arg(long)]
    pub hash: bool,
    /// Where the house's decisions come from.
    #[command(flatten)]
    pub house: House,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    doubts: Doubts,
    #[command(flatten)]
    time: Time,
}

impl Scan {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { hash: self.hash, ..options(&self.doubts, &self.time, Some(&self.gate)) }
    }

    /// The severity that the command line names: it goes before the policy file's.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.gate.fail_on.map(FailOn::severity)
    }
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A rule (`undisclosed`), a permission (`CAMERA`), a word of a statement (`Wi-Fi`) or the code of a doubt
    /// (`zip-duplicate-name`).
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Where the permissions of the house are told of.
    #[command(flatten)]
    pub file: PolicyFile,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// What to make.
    #[arg(value_name = "WHAT")]
    pub what: Generated,
    /// The folder for the man pages, one for each command.
    #[arg(short, long, value_name = "FOLDER", required_if_eq("what", "man"))]
    pub output: Option<PathBuf>,
}

/// What `generate` makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// Completions for bash.
    CompleteBash,
    /// Completions for zsh.
    CompleteZsh,
    /// Completions for fish.
    CompleteFish,
    /// Completions for PowerShell.
    CompletePowershell,
    /// Man pages.
    Man,
}

#[derive(Debug, Args)]
struct Gate {
    /// The least severity that makes the exit code 1 [default: error].
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Findings do not make the exit code 1; usage errors and what is not established still do their part.
    #[arg(long)]
    exit_zero: bool,
}

#[derive(Debug, Args)]
struct Doubts {
    /// Go on despite the doubt with this code; the report still says that the reading is not established.
    #[arg(long = "accept-doubt", value_name = "CODE", value_parser = doubt_code)]
    accept_doubts: Vec<Code>,
}

#[derive(Debug, Args)]
struct Time {
    /// The longest that reading one package or statement may take, and judging one disclosure; what takes longer is not
    /// established [default: no limit].
    #[arg(long, value_name = "SECONDS", env = "PERMAUDIT_TIMEOUT", value_parser = seconds)]
    timeout: Option<Duration>,
}

#[derive(Debug, Args)]
struct Output {
    /// The format of the report; as FORMAT=FILE, any number of times, to write files.
    #[arg(short, long = "format", value_name = "FORMAT[=FILE]", value_parser = format_spec)]
    formats: Vec<(FormatName, Option<PathBuf>)>,
    /// Where to write the one format that names no file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// When the text report has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

/// What to write where.
pub type Outputs = Vec<(&'static Format, Destination)>;

/// A format, found by its name.
#[derive(Clone, Copy)]
struct FormatName(&'static Format);

impl std::fmt::Debug for FormatName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Check {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { hash: self.hash, ..options(&self.doubts, &self.time, Some(&self.gate)) }
    }

    /// What to write where.
    ///
    /// # Errors
    /// A sentence when the choices contradict each other.
    pub fn outputs(&self) -> Result<Outputs, String> {
        self.output.plan()
    }
}

impl Inspect {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { hash: self.hash, ..options(&self.doubts, &self.time, None) }
    }

    /// What to write where.
    ///
    /// # Errors
    /// A sentence when the choices contradict each other.
    pub fn outputs(&self) -> Result<Outputs, String> {
        self.output.plan()
    }
}

impl Statement {
    /// The options of the run.
    #[must_use]
    pub fn options(&self) -> Options {
        Options { explain_parse: self.explain_parse, ..options(&self.doubts, &self.time, Some(&self.gate)) }
    }

    /// What to write where.
    ///
    /// # Errors
    /// A sentence when the choices contradict each other.
    pub fn outputs(&self) -> Result<Outputs, String> {
        self.output.plan()
    }
}

fn options(doubts: &Doubts, time: &Time, gate: Option<&Gate>) -> Options {
    let fail_on = gate.and_then(|gate| gate.fail_on).map(FailOn::severity);
    Options {
        fail_on: fail_on.unwrap_or(Severity::Error),
        exit_zero: gate.is_some_and(|gate| gate.exit_zero),
        accept_doubts: doubts.accept_doubts.clone(),
        timeout: time.timeout,
        ..Options::default()
    }
}

impl Check {
    /// The severity that the command line names: it goes before the policy file's.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.gate.fail_on.map(FailOn::severity)
    }
}

impl Statement {
    /// The severity that the command line names: it goes before the policy file's.
    #[must_use]
    pub fn fail_on(&self) -> Option<Severity> {
        self.gate.fail_on.map(FailOn::severity)
    }
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        }
    }
}

impl Output {
    fn plan(&self) -> Result<Outputs, String> {
        let mut outputs: Outputs = Vec::new();
        let default: Vec<_> = FORMATS.first().map(|format| (FormatName(format), None)).into_iter().collect();
        let formats = if self.formats.is_empty() { &default } else { &self.formats };
        let mut fileless = 0;
        for (FormatName(format), file) in formats {
            let destination = match (file, &self.output) {
                (Some(file), _) | (None, Some(file)) => Destination::File(file.clone()),
                (None, None) => Destination::Stdout,
            };
            fileless += usize::from(file.is_none());
            if outputs.iter().any(|(_, earlier)| *earlier == destination) {
                return Err("two formats would be written to the same place: give each a file of its own, \
                            as in --format json=report.json"
                    .to_owned());
            }
            outputs.push((format, destination));
        }
        if self.output.is_some() && fileless == 0 {
            return Err("--output is for a format that names no file, and every --format names one".to_owned());
        }
        Ok(outputs)
    }
}

fn file(typed: &str) -> Result<PathBuf, String> {
    let is_url = typed.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    if is_url {
        return Err("a URL is not a file name: download the file first".to_owned());
    }
    Ok(PathBuf::from(typed))
}

fn date(typed: &str) -> Result<Date, String> {
    Date::parse(typed).ok_or_else(|| "a day looks like 2027-01-31".to_owned())
}

fn seconds(typed: &str) -> Result<Duration, String> {
    deadline::seconds(typed).ok_or_else(|| "a number of seconds above 0 is wanted, such as 30 or 0.5".to_owned())
}

fn doubt_code(typed: &str) -> Result<Code, String> {
    Code::from_name(typed).ok_or_else(|| "no doubt has this code: reports print the code in brackets".to_owned())
}

fn format_spec(typed: &str) -> Result<(FormatName, Option<PathBuf>), String> {
    let (name, file) = match typed.split_once('=') {
        Some((_, "")) => return Err("the file name is missing after `=`".to_owned()),
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (typed, None),
    };
    let format = FORMATS.iter().find(|format| format.name == name);
    let names = || FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
    format.map(|format| (FormatName(format), file)).ok_or_else(|| format!("the formats are: {}", names()))
}
