//! The binary: exit codes, standard output, a closed pipe.

#![forbid(unsafe_code)]

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use permaudit::check;
use permaudit::cli::{Cli, Color, Command, Outputs};
use permaudit::report::{self, Destination, Report, Style};
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
            let (packages, statements) = (open(&args.packages)?, open(&args.statements)?);
            print(&check::check(&packages, &statements, &args.options()), &outputs, cli.color)
        }
        Command::Inspect(args) => {
            let outputs = args.outputs()?;
            print(&check::inspect(&open(&args.packages)?, &args.options()), &outputs, cli.color)
        }
        Command::Statement(args) => {
            let outputs = args.outputs()?;
            print(&check::statements(&open(&args.files)?, &args.options()), &outputs, cli.color)
        }
        Command::Explain(args) => {
            let text = report::explain(&args.name)?;
            let written = report::write(&Destination::Stdout, |out| out.write_all(text.as_bytes()));
            ignore_closed_pipe(written).map_err(|error| format!("standard output: {error}"))?;
            Ok(0)
        }
    }
}

fn open(paths: &[PathBuf]) -> Result<Vec<Source>, String> {
    let one =
        |path: &PathBuf| Source::open(path).map_err(|error| format!("{}: {error}", Escaped(&path.to_string_lossy())));
    paths.iter().map(one).collect()
}

fn print(report: &Report, outputs: &Outputs, color: Color) -> Result<u8, String> {
    for (format, destination) in outputs {
        let stdout = *destination == Destination::Stdout;
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                stdout && !refused && io::stdout().is_terminal()
            }
        };
        let written = report::write(destination, |out| (format.render)(report, Style { color }, out));
        ignore_closed_pipe(written).map_err(|error| match destination {
            Destination::Stdout => format!("standard output: {error}"),
            Destination::File(path) => format!("{}: {error}", Escaped(&path.to_string_lossy())),
        })?;
    }
    Ok(report.exit_code)
}

/// A reader that has seen enough (`| head`) is no failure.
fn ignore_closed_pipe(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
