//! The project's own chores, behind `cargo xtask`: what CI runs is what a developer runs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool, whose output is for people")]

mod bench;
mod check;
mod corpus;
mod e2e;
mod fixtures;
mod fuzz;
mod interop;
mod load;
mod long;
mod mutate;
mod peers;
mod process;
mod scan;
mod step;
mod tally;
mod test;
mod tidy;
mod tools;
mod verifiers;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, checks and tests Latchkey.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the test certificates in fixtures/ from fixtures/spec.toml
    Fixtures {
        /// Write nothing; fail when what is there is not what the specification says
        #[arg(long)]
        check: bool,
    },
    /// Run the unit, documentation and end-to-end tests
    Test(test::Arguments),
    /// Measure the server beside its peers on this machine
    Bench(Box<bench::Arguments>),
    /// The plain service behind the servers that are measured
    #[command(hide = true)]
    BenchBackend,
    /// The plain forwarder that is measured as the limit
    #[command(hide = true)]
    BenchPlain {
        /// Where it forwards to
        target: std::net::SocketAddr,
    },
    /// Judge chains from outside, good and bad, and hold the verdicts against what is expected of them
    Corpus(corpus::Arguments),
    /// Run the fuzz targets of fuzz/, each for a while
    Fuzz(fuzz::Arguments),
    /// Show thousands of damaged certificates, requests, CRLs and keys
    Mutate(mutate::Arguments),
    /// Thousands of connections and floods of everything against the server
    Hostile(long::Arguments),
    /// Kill a batch of ten thousand certificates a hundred times, and look at what is left
    KillBatch(long::Arguments),
    /// What other people's verifiers and linters say of what is issued
    Verifiers(long::Arguments),
    /// Try every TLS client on this machine against the server
    Interop(interop::Arguments),
    /// A thousand reloads and twenty upgrades of the server under load
    Soak(long::Arguments),
    /// What other people's scanners say of the server
    Scan(scan::Arguments),
    /// Everything that must hold before a commit, apart from the tests
    Check,
    /// The house rules that no other tool checks
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Fixtures { check: true } => fixtures::check(),
        Task::Fixtures { check: false } => fixtures::build(),
        Task::Test(arguments) => test::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::BenchBackend => bench::processes::backend::run(),
        Task::BenchPlain { target } => bench::processes::plain::run(target),
        Task::Corpus(arguments) => corpus::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Mutate(arguments) => mutate::run(&arguments),
        Task::Hostile(arguments) => long::run(e2e::Set::Hostile, &arguments),
        Task::KillBatch(arguments) => long::run(e2e::Set::Batches, &arguments),
        Task::Verifiers(arguments) => verifiers::run(&arguments),
        Task::Interop(arguments) => interop::run(&arguments),
        Task::Soak(arguments) => long::run(e2e::Set::Soak, &arguments),
        Task::Scan(arguments) => scan::run(&arguments),
        Task::Check => check::run(),
        Task::Tidy => tidy::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
