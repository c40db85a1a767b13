//! What the program does besides serving. Each command opens the database, says on standard output what it did, and ends.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::clock::{Clock as _, SystemClock};
use crate::events::Document;
use crate::store::{
    CheckReport, DatabaseAddress, EventRow, Store, StoreError, TransferError, TransferReport,
};

/// Why a command has failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export or import.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// The file.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `check` has found something.
    #[error("{0} findings: restore a back-up, or export what can be read")]
    Findings(usize),
}

/// Brings the database to this version's form.
///
/// # Errors
///
/// See [`CommandError`].
pub async fn migrate(address: &DatabaseAddress) -> Result<String, CommandError> {
    let store = Store::open(address).await?;
    let mut text = format!("{address} ({})\n", store.version());
    match store.migrated() {
        [] => text.push_str("has this version's form: nothing to do\n"),
        applied => applied.iter().for_each(|step| text.push_str(&format!("applied {step}\n"))),
    }
    store.close().await;
    Ok(text)
}

/// Writes everything in the database to `file`, which must not exist.
///
/// # Errors
///
/// See [`CommandError`].
pub async fn export(address: &DatabaseAddress, file: &Path) -> Result<String, CommandError> {
    let store = Store::open(address).await?;
    let now = SystemClock.now();
    let report = if is_stream(file) {
        store.export(BufWriter::new(io::stdout()), now).await?
    } else {
        let in_file = |source| CommandError::File { file: file.to_owned(), source };
        let target = create(file).map_err(in_file)?;
        let report = store.export(BufWriter::new(&target), now).await?;
        target.sync_all().map_err(in_file)?;
        report
    };
    store.close().await;
    Ok(described("exported", &report))
}

/// Fills the database from `file`.
///
/// # Errors
///
/// See [`CommandError`]; the database is as it was then.
pub async fn import(address: &DatabaseAddress, file: &Path, force: bool) -> Result<String, CommandError> {
    let in_file = |source| CommandError::File { file: file.to_owned(), source };
    let store = Store::open(address).await?;
    let report = if is_stream(file) {
        store.import(BufReader::new(io::stdin()), force).await?
    } else {
        store.import(BufReader::new(File::open(file).map_err(in_file)?), force).await?
    };
    Ok(described("imported", &report))
}

/// Looks for what must not be in the database.
///
/// # Errors
///
/// [`CommandError::Findings`] when there is something, after it was printed.
pub async fn check(address: &DatabaseAddress) -> Result<String, CommandError> {
    let store = Store::open(address).await?;
    let report = store.check(fault_in_document).await?;
    store.close().await;
    let CheckReport { events, tombstones, seq, findings } = report;
    let mut text = format!("{events} events, {tombstones} deleted ones in the feed, {seq} changes\n");
    for finding in &findings {
        text.push_str(&format!("broken: {}: {}\n", finding.rule, finding.what));
    }
    if findings.is_empty() {
        text.push_str("all is well\n");
        return Ok(text);
    }
    // The text is what the caller prints; on failure nobody would.
    let _ = io::stdout().write_all(text.as_bytes());
    Err(CommandError::Findings(findings.len()))
}

/// Events that the scheduler cannot understand are kept in quarantine on purpose; what is no JSON object is damage.
fn fault_in_document(row: &EventRow) -> Option<String> {
    match Document::from_json(row.document.as_bytes()) {
        Err(error) => Some(error.to_string()),
        Ok(document) => match document.text("event_id") {
            Some(id) if id != row.event_id => Some(format!("its event_id is {id:?}")),
            Some(_) | None => None,
        },
    }
}

fn is_stream(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// A new file that only its owner can read: an export holds everything, password hashes included.
fn create(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn described(done: &str, report: &TransferReport) -> String {
    let mut text = format!("{done} change {} of feed {}\n", report.seq, report.epoch);
    for (table, rows) in &report.rows {
        text.push_str(&format!("{rows:>10} {table}\n"));
    }
    text
}
