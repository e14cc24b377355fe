//! The binary: exit codes, standard output, a closed pipe.

#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;

use permaudit::check::{self, Options, Product};
use permaudit::cli::{Cli, Color, Command, DiffFormat, House, Outputs, RowFormat, RowLanguage};
use permaudit::diff;
use permaudit::draft::{self, Language, Shape};
use permaudit::files::{self, Found};
use permaudit::report::{self, Destination, Report, Style};
use permaudit::rules::{Date, Severity};
use permaudit::source::{Escaped, Source};

/// Usage or configuration error; a file that cannot be opened or written.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    // A panic while a file is read becomes a doubt about that file, and is reported as one.
    std::panic::set_hook(Box::new(|_| ()));
    let cli = Cli::parse();
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
            let found = policy(&args.house)?;
            let products = if args.packages.is_empty() {
                found.products()?
            } else {
                let (packages, statements) = (files::open_packages(&args.packages)?, files::open(&args.statements)?);
                let alone = |statement| vec![statement];
                let groups = if args.combine { vec![statements] } else { statements.into_iter().map(alone).collect() };
                vec![Product { packages, groups }]
            };
            if products.is_empty() {
                return Err("name a package and a statement, or products in a policy file (permaudit.toml)".to_owned());
            }
            let counting = args.counts.counting(found.config.prose, found.config.sdk);
            let options = Options { counting, ..decided(args.options(), args.fail_on(), found, &args.house)? };
            print(&check::check(&products, &options), &outputs, cli.color)
        }
        Command::Inspect(args) => {
            let outputs = args.outputs()?;
            print(&check::inspect(&files::open_packages(&args.packages)?, &args.options()), &outputs, cli.color)
        }
        Command::Statement(args) => {
            let outputs = args.outputs()?;
            let found = policy(&args.house)?;
            let counting = args.counts.counting(found.config.prose, found.config.sdk);
            let options = Options { counting, ..decided(args.options(), args.fail_on(), found, &args.house)? };
            print(&check::statements(files::open(&args.files)?, &options), &outputs, cli.color)
        }
        Command::Diff(args) => {
            let side =
                |path: &PathBuf| files::open_packages(std::slice::from_ref(path)).map(|mut sources| sources.remove(0));
            let (old, new) = (side(&args.old)?, side(&args.new)?);
            let statement = args.statement.as_ref().map(open).transpose()?;
            let diff = diff::diff(&old, &new, statement.as_ref(), &args.options())?;
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
            let statement = args.statement.as_ref().map(open).transpose()?;
            let language = args.language.map(|language| match language {
                RowLanguage::En => Language::English,
                RowLanguage::Zh => Language::Chinese,
            });
            let shape = match (args.patch, args.format) {
                (true, _) => Shape::Patch,
                (false, RowFormat::Markdown) => Shape::Markdown,
                (false, RowFormat::Html) => Shape::Html,
            };
            let draft = draft::draft(&packages, statement.as_ref(), language, shape, &args.options())?;
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
        Command::Explain(args) => {
            let text = report::explain(&args.name)?;
            put(&Destination::Stdout, |out| out.write_all(text.as_bytes()))?;
            Ok(0)
        }
    }
}

fn open(path: &PathBuf) -> Result<Source, String> {
    files::open(std::slice::from_ref(path)).map(|mut sources| sources.remove(0))
}

fn policy(house: &House) -> Result<Found, String> {
    if house.no_config {
        return Ok(Found::default());
    }
    let here = std::env::current_dir().unwrap_or_default();
    files::policy(house.config.as_deref(), &here)
}

/// The options with what the house decided: the command line goes before the policy file.
fn decided(options: Options, typed: Option<Severity>, found: Found, house: &House) -> Result<Options, String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let today = house.date.or_else(|| now.ok().map(|now| Date::at(now.as_secs())));
    let baseline = match &house.baseline {
        Some(path) => {
            let shown = Escaped(&path.to_string_lossy()).to_string();
            report::fingerprints(&files::text(path)?).map_err(|error| format!("{shown}: {error}"))?
        }
        None => BTreeSet::new(),
    };
    Ok(Options {
        fail_on: typed.or(found.config.fail_on).unwrap_or(Severity::Error),
        policy: found.config.policy,
        today: today.ok_or("the clock stands before 1970: give the day with --date")?,
        baseline,
        ..options
    })
}

fn print(report: &Report, outputs: &Outputs, color: Color) -> Result<u8, String> {
    for (format, destination) in outputs {
        let style = style(destination, color);
        put(destination, |out| (format.render)(report, style, out))?;
    }
    Ok(report.exit_code)
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
