//! The binary: exit codes, standard output, a closed pipe.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Instant, SystemTime};

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use indicatif::{ProgressBar, ProgressStyle};

use permaudit::check::{self, Options, Product};
use permaudit::cli::{
    Cli, Color, Command, Counts, DiffFormat, Generate, Generated, House, Outputs, PolicyFile, RowFormat, RowLanguage,
    Scan,
};
use permaudit::diff;
use permaudit::draft::{self, Language, Shape};
use permaudit::files::{self, Found, Walk};
use permaudit::report::{self, Destination, Report, Style};
use permaudit::rules::{Date, Severity};
use permaudit::scan::{self, Job, Spread, Tally};
use permaudit::source::{Escaped, Source};

/// Usage or configuration error; a file that cannot be opened or written.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    // A panic while a file is read becomes a doubt about that file, and is reported as one.
    std::panic::set_hook(Box::new(|_| ()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) if !told.use_stderr() => told.exit(),
        // It repeats what was typed, and names of files are typed by whoever wrote them and a pattern.
        Err(mistake) => {
            for line in mistake.render().to_string().lines() {
                let _ = writeln!(io::stderr(), "{}", Escaped(line));
            }
            return ExitCode::from(USAGE);
        }
    };
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::from(USAGE)
        }
    }
}

fn run(cli: &Cli) -> Result<u8, String> {
    match &cli.command {
        Command::Check(args) => {
            let outputs = args.outputs()?;
            let found = policy(&args.house.file)?;
            let report = args.merger_report.as_deref();
            let products = if args.packages.is_empty() {
                let with_reports = |product: Product| {
                    Ok(Product { packages: files::with_reports(product.packages, report)?, ..product })
                };
                found.products()?.into_iter().map(with_reports).collect::<Result<_, String>>()?
            } else {
                let (packages, statements) = (files::open_packages(&args.packages)?, files::open(&args.statements)?);
                let packages = files::with_reports(packages, report)?;
                let alone = |statement| vec![statement];
                let groups = if args.combine { vec![statements] } else { statements.into_iter().map(alone).collect() };
                vec![Product { packages, groups }]
            };
            if products.is_empty() {
                return Err("name a package and a statement, or products in a policy file (permaudit.toml)".to_owned());
            }
            let options = by_policy(args.options(), args.fail_on(), &args.counts, found);
            let options = decided(options, &args.house)?;
            print(check::check(&products, &options), &outputs, cli.color)
        }
        Command::Inspect(args) => {
            let outputs = args.outputs()?;
            let packages = files::with_reports(files::open_packages(&args.packages)?, args.merger_report.as_deref())?;
            print(check::inspect(&packages, &args.options()), &outputs, cli.color)
        }
        Command::Statement(args) => {
            let outputs = args.outputs()?;
            let found = policy(&args.house.file)?;
            let options = by_policy(args.options(), args.fail_on(), &args.counts, found);
            let options = decided(options, &args.house)?;
            print(check::statements(files::open(&args.files)?, &options), &outputs, cli.color)
        }
        Command::Diff(args) => {
            let side =
                |path: &PathBuf| files::open_packages(std::slice::from_ref(path)).map(|mut sources| sources.remove(0));
            let (old, new) = (side(&args.old)?, side(&args.new)?);
            let found = policy(&args.file)?;
            let told = told(&found, args.statement.as_deref())?;
            let options = by_policy(args.options(), args.fail_on(), &args.counts, found);
            let diff = diff::diff(&old, &new, &told, &options)?;
            let destination = args.output.clone().map_or(Destination::Stdout, Destination::File);
            let style = style(&destination, cli.color);
            put(&destination, |out| match args.format {
                DiffFormat::Text => diff.text(style, out),
                DiffFormat::Json => diff.json(out),
            })?;
            Ok(diff.exit_code)
        }
        Command::Draft(args) => {
            let packages = files::open_packages(&args.packages)?;
            let found = policy(&args.file)?;
            let told = told(&found, args.statement.as_deref())?;
            let language = args.language.map(|language| match language {
                RowLanguage::En => Language::English,
                RowLanguage::Zh => Language::Chinese,
            });
            let shape = match (args.patch, args.format) {
                (true, _) => Shape::Patch,
                (false, RowFormat::Markdown) => Shape::Markdown,
                (false, RowFormat::Html) => Shape::Html,
            };
            let options = by_policy(args.options(), None, &args.counts, found);
            let draft = draft::draft(&packages, &told, language, shape, &options)?;
            let destination = args.output.clone().map_or(Destination::Stdout, Destination::File);
            put(&destination, |out| out.write_all(draft.text.as_bytes()))?;
            if draft.rows == 0 {
                let _ = writeln!(io::stderr(), "nothing is missing");
            }
            if !draft.established {
                let _ = writeln!(io::stderr(), "not established: run `permaudit check` to see what could not be read");
            }
            Ok(if draft.established { 0 } else { 3 })
        }
        Command::Scan(args) => scan(args),
        Command::Explain(args) => {
            let text = report::explain(&args.name, || policy(&args.file).map(|found| found.config.book))?;
            put(&Destination::Stdout, |out| out.write_all(text.as_bytes()))?;
            Ok(0)
        }
        Command::Generate(args) => generate(args).map(|()| 0),
    }
}

/// Scans many packages: lines to standard output or a file, progress and summary to standard error.
fn scan(args: &Scan) -> Result<u8, String> {
    let options = by_policy(args.options(), args.fail_on(), &Counts::default(), policy(&args.house.file)?);
    let options = decided(options, &args.house)?;
    let left_out = Arc::new(AtomicUsize::new(0));
    let typed = files::expand(&args.paths)?;
    let jobs: Box<dyn Iterator<Item = Job> + Send> = if let Some(file) = &args.pairs {
        Box::new(files::pairs(file)?.into_iter())
    } else {
        let piped = args.stdin.then(|| std::iter::from_fn(piped_path)).into_iter().flatten();
        let walk = Walk::new(typed.into_iter().chain(piped), Arc::clone(&left_out));
        Box::new(walk.map(|package| Job { package, statements: Vec::new() }))
    };
    let done = args.resume.as_deref().map(files::done).transpose()?.unwrap_or_default();
    let spread = Spread {
        threads: args.jobs.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN),
        ordered: !args.unordered,
    };
    let bar = progress();
    let started = Instant::now();
    let mut read = Tally::default();
    let work = |out: &mut dyn Write| {
        scan::scan(jobs, spread, &options, &done, |line, tally| {
            read = *tally;
            if let Some(bar) = &bar {
                bar.inc(1);
                bar.set_message(tally.to_string());
            }
            out.write_all(line)
        })
    };
    let written = match (&args.resume, &args.output) {
        (Some(path), _) => report::append(path, work),
        (None, Some(path)) => report::write(&Destination::File(path.clone()), work),
        (None, None) => report::write(&Destination::Stdout, work),
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let file = args.resume.as_ref().or(args.output.as_ref());
    let tally = match written {
        // A reader that has seen enough is no failure; what was read until then decides.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(read.with(&done.tally).exit_code()),
        Err(error) => {
            let name = file.map_or("standard output".into(), |path| path.to_string_lossy());
            return Err(format!("{}: {error}", Escaped(&name)));
        }
        Ok(tally) => tally,
    };
    let seconds = started.elapsed().as_millis().max(1);
    let rate = tally.read() as u128 * 1000 / seconds;
    let left_out = match left_out.load(Ordering::Relaxed) {
        0 => String::new(),
        number => format!("; {number} files in folders are no packages"),
    };
    let _ = writeln!(io::stderr(), "{tally}, {rate} a second{left_out}");
    Ok(tally.with(&done.tally).exit_code())
}

/// The path on the next line of standard input that is not empty. A line that cannot be read names no file, and says so
/// in its place.
fn piped_path() -> Option<PathBuf> {
    let mut line = String::new();
    loop {
        line.clear();
        match io::stdin().read_line(&mut line) {
            Ok(0) => return None,
            Ok(_) if line.trim().is_empty() => {}
            Ok(_) => return Some(PathBuf::from(line.trim_end_matches(['\n', '\r']))),
            Err(error) => return Some(PathBuf::from(format!("standard input: {error}"))),
        }
    }
}

/// A bar on a terminal; nothing elsewhere.
fn progress() -> Option<ProgressBar> {
    let style = ProgressStyle::with_template("{spinner} {pos} [{elapsed}, {per_sec}] {msg}").ok()?;
    io::stderr().is_terminal().then(|| ProgressBar::new_spinner().with_style(style))
}

/// Writes completions to standard output, or man pages into a folder.
fn generate(args: &Generate) -> Result<(), String> {
    let mut command = Cli::command();
    let shell = match args.what {
        Generated::CompleteBash => Shell::Bash,
        Generated::CompleteZsh => Shell::Zsh,
        Generated::CompleteFish => Shell::Fish,
        Generated::CompletePowershell => Shell::PowerShell,
        Generated::Man => {
            let folder = args.output.clone().unwrap_or_default();
            return clap_mangen::generate_to(command, &folder)
                .map_err(|error| format!("{}: {error}", Escaped(&folder.to_string_lossy())));
        }
    };
    put(&Destination::Stdout, |out| {
        clap_complete::generate(shell, &mut command, "permaudit", out);
        Ok(())
    })
}

/// The statement at `path` and, behind it, those that make one disclosure with it; nothing without one.
fn told(found: &Found, path: Option<&Path>) -> Result<Vec<Source>, String> {
    path.map_or(Ok(Vec::new()), |path| found.disclosure(path))
}

fn policy(file: &PolicyFile) -> Result<Found, String> {
    if file.no_config {
        return Ok(Found::default());
    }
    let here = std::env::current_dir().unwrap_or_default();
    files::policy(file.config.as_deref(), &here)
}

/// The options with what the policy file decides: the command line, with what it `counts`, goes before it.
fn by_policy(options: Options, typed: Option<Severity>, counts: &Counts, found: Found) -> Options {
    let config = found.config;
    Options {
        fail_on: typed.or(config.fail_on).unwrap_or(Severity::Error),
        counting: counts.counting(config.prose, config.sdk),
        timeout: options.timeout.or(config.timeout),
        policy: config.policy,
        book: config.book,
        ..options
    }
}

/// The options with what the house accepts on this day and what it knows already.
fn decided(options: Options, house: &House) -> Result<Options, String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let today = house.date.or_else(|| now.ok().map(|now| Date::at(now.as_secs())));
    let baseline = match &house.baseline {
        Some(path) => {
            let shown = Escaped(&path.to_string_lossy()).to_string();
            report::fingerprints(&files::text(path)?).map_err(|error| format!("{shown}: {error}"))?
        }
        None => BTreeSet::new(),
    };
    let today = today.ok_or("the clock stands before 1970: give the day with --date")?;
    Ok(Options { today, baseline, ..options })
}

fn print(report: Report, outputs: &Outputs, color: Color) -> Result<u8, String> {
    for (format, destination) in outputs {
        let style = style(destination, color);
        put(destination, |out| (format.render)(&report, style, out))?;
    }
    let exit_code = report.exit_code;
    // The program ends here, and a long report need not be taken apart first.
    std::mem::forget(report);
    Ok(exit_code)
}

fn style(destination: &Destination, color: Color) -> Style {
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            *destination == Destination::Stdout && !refused && io::stdout().is_terminal()
        }
    };
    Style { color }
}

fn put(destination: &Destination, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), String> {
    ignore_closed_pipe(report::write(destination, render)).map_err(|error| match destination {
        Destination::Stdout => format!("standard output: {error}"),
        Destination::File(path) => format!("{}: {error}", Escaped(&path.to_string_lossy())),
    })
}

/// A reader that has seen enough (`| head`) is no failure.
fn ignore_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
