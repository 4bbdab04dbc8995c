//! Files that a command writes: checked before any work is done for them, and written together or not at all.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use common::Secret;
use common::input::Reference;
use common::input::fsio::{self, Access, Existing, Output};
use common::terminal::{CliError, Ui};

/// What goes where.
pub(crate) struct Outputs {
    existing: Existing,
    files: Vec<File>,
    stdout: Vec<u8>,
}

struct File {
    path: PathBuf,
    bytes: Secret,
    access: Access,
}

impl Outputs {
    /// Checks every destination, before anything is made for it: none exists (unless `force`), each one's
    /// directory does, and no two are the same.
    pub(crate) fn new(destinations: &[Option<&Path>], force: bool) -> Result<Self, CliError> {
        let existing = if force { Existing::Replace } else { Existing::Keep };
        let mut seen: Vec<PathBuf> = Vec::new();
        for path in destinations.iter().flatten().filter(|path| !is_stdout(path)) {
            if path.is_dir() {
                return Err(CliError::usage(format_args!("writing {}: it is a directory", path.display()))
                    .advise("name a file in it"));
            }
            // A file takes its name by replacing what has it, which a device must survive.
            if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
                return Err(CliError::usage(format_args!("writing {}: it is a device or a pipe", path.display()))
                    .advise("`-` is standard output"));
            }
            fsio::check_writable(path, existing)?;
            check_directory(path)?;
            let resolved = resolved(path);
            if seen.contains(&resolved) {
                return Err(CliError::usage(format_args!("{} is named for two outputs", path.display()))
                    .advise("for certificate and key in one file there is --pem"));
            }
            seen.push(resolved);
        }
        Ok(Self { existing, files: Vec::new(), stdout: Vec::new() })
    }

    /// Refuses to write what comes of `input` in its place: with `--force` a key would be gone for its certificate.
    pub(crate) fn spare(input: &Reference, output: Option<&Path>) -> Result<(), CliError> {
        match (input, output) {
            (Reference::Path(input), Some(output)) if !is_stdout(output) && resolved(input) == resolved(output) => {
                Err(CliError::usage(format_args!(
                    "writing {}: it is the file that is read, and what it holds would be lost",
                    output.display()
                ))
                .advise("name another file with --out"))
            }
            _ => Ok(()),
        }
    }

    /// Adds what is to be written to `path`; to standard output where that is `-` or not given.
    pub(crate) fn add(&mut self, path: Option<&Path>, bytes: &[u8], access: Access) {
        match path.filter(|path| !is_stdout(path)) {
            None => self.stdout.extend_from_slice(bytes),
            Some(path) => {
                self.files.push(File { path: path.to_owned(), bytes: Secret::new(bytes.to_vec()), access });
            }
        }
    }

    /// Writes everything. What is for standard output is returned where the result is a JSON document, which
    /// it becomes a part of.
    pub(crate) fn write(self, ui: &mut Ui) -> Result<Option<String>, CliError> {
        if std::str::from_utf8(&self.stdout).is_err() {
            if ui.is_json() {
                return Err(
                    CliError::usage("the result is no text, and a JSON document is").advise("name a file with --out")
                );
            }
            if io::stdout().is_terminal() {
                return Err(CliError::usage("the result is no text, and would garble the terminal")
                    .advise("name a file with --out, or give it to another program through a pipe"));
            }
        }
        self.files.iter().try_for_each(|file| file.keep_previous(ui))?;
        let outputs: Vec<Output<'_>> = self.files.iter().map(File::as_output).collect();
        fsio::write_all(&outputs, self.existing)?;
        if self.stdout.is_empty() {
            return Ok(None);
        }
        if ui.is_json() {
            return Ok(Some(String::from_utf8_lossy(&self.stdout).into_owned()));
        }
        ui.result_bytes(&self.stdout).map(|()| None)
    }
}

impl File {
    /// What is replaced (`--force`) stays beside what replaces it, for its owner alone: a private key cannot be made
    /// again, nor can a certificate, and without either of a pair the other is of no use.
    fn keep_previous(&self, ui: &mut Ui) -> Result<(), CliError> {
        if !self.path.is_file() {
            return Ok(());
        }
        let previous = fsio::read(&self.path).map(Secret::new)?;
        if previous.expose() == self.bytes.expose() {
            return Ok(());
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".~previous");
        let kept = Output { path: Path::new(&name), bytes: previous.expose(), access: Access::Private };
        fsio::write_all(&[kept], Existing::Replace)?;
        ui.note(format_args!(
            "{} was replaced; what it held is in {} now",
            self.path.display(),
            Path::new(&name).display()
        ));
        Ok(())
    }

    fn as_output(&self) -> Output<'_> {
        Output { path: &self.path, bytes: self.bytes.expose(), access: self.access }
    }
}

/// Whether a destination is `-`.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// The same for every way to write the path of one file. A link is a file of its own, as it is what is replaced.
fn resolved(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (parent.canonicalize(), path.file_name()) {
        (Ok(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}

fn check_directory(path: &Path) -> Result<(), CliError> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(CliError::usage(format_args!("writing {}: there is no directory {}", path.display(), parent.display()))
                .advise(format!("mkdir -p {}", shell(parent))))
        }
        _ => Ok(()),
    }
}

/// A path or a name as a shell takes it.
pub(crate) fn shell(word: impl AsRef<OsStr>) -> String {
    let text = word.as_ref().to_string_lossy().into_owned();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
