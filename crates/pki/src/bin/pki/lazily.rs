//! Commands that are described only once they are asked for.

use clap::{ArgMatches, Command, Error, FromArgMatches, Subcommand};

/// The verbs of a noun. Every start would pay for a description of those of all nouns.
#[derive(Debug)]
pub(crate) struct Lazily<T>(pub(crate) T);

impl<T: Subcommand> Subcommand for Lazily<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(T::augment_subcommands)
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(T::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: FromArgMatches> FromArgMatches for Lazily<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::args::Args;

    #[test]
    fn what_is_described_late_is_described_whole() {
        let mut command = Args::command();
        command.build();
        let cert = command.find_subcommand("cert").expect("a noun");
        let verify = cert.find_subcommand("verify").expect("a verb");
        assert!(verify.get_arguments().any(|argument| argument.get_id() == "trust"));
        command.debug_assert();
        assert!(Args::try_parse_from(["pki", "cert", "verify", "web.pem", "--json"]).is_ok());
        assert!(Args::try_parse_from(["pki", "cert", "nothing"]).is_err());
    }
}
