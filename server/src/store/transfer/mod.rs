//! Everything of one database in a file, and back into a database of either kind.
//!
//! The file has one JSON value a line:
//!
//! 1. the head: `{"format":"client-event-scheduler-export","version":1,"migrations":[1,…],"epoch":"…","seq":42,"exported_at":"…"}`;
//! 2. for each table, `{"table":"events","columns":["event_id",…]}`, and after it one array of values a row: a number, a text,
//!    null, or `{"hex":"00ff"}` for bytes. A table comes after those that its rows refer to;
//! 3. the end: `{"end":true,"tables":{"events":{"rows":7,"digest":"…"}},"sha256":"…"}`. The digest of a table is the sum of the
//!    SHA-256 of its rows' lines, so it depends on the rows and not on their order; `sha256` is that of every byte before this line.
//!
//! Tables and columns are taken from the database itself, so a table that a later version adds is carried without a change here.

mod catalogue;
mod digest;
mod export;
mod import;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::StoreError;

/// The name of the format, and the version that this program writes and reads.
const FORMAT: &str = "client-event-scheduler-export";
const VERSION: u32 = 1;

/// Why a database was not exported or imported. The target is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file.
    #[error("the file cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    /// The file does not have the documented form.
    #[error("line {line} of the file: {what}")]
    Malformed {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The file was changed or cut after it had been written.
    #[error("the file is damaged: {what}")]
    Damaged {
        /// What does not agree.
        what: String,
    },
    /// The file comes from a database of another form.
    #[error(
        "the file has migrations up to {file}, this program up to {program}: `migrate` the source with this version and export it again"
    )]
    OtherForm {
        /// The last migration in the file.
        file: i64,
        /// The last one that this program knows.
        program: i64,
    },
    /// A server runs on the target.
    #[error("the database is in use by a server: stop it first")]
    InUse,
    /// The target holds something already.
    #[error(
        "the database is not empty: `{table}` has {rows} rows. Choose another, or replace everything in it with --force"
    )]
    NotEmpty {
        /// A table with rows.
        table: String,
        /// How many.
        rows: i64,
    },
    /// A column of a type that the file has no form for.
    #[error("the column `{table}`.`{column}` is of type {kind}, which cannot be transferred")]
    UnknownType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
    },
    /// What was written is not what the file says. Nothing was kept.
    #[error("`{table}` does not read back as it was written")]
    NotVerified {
        /// The table.
        table: String,
    },
}

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What was transferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferReport {
    /// The feed's epoch.
    pub epoch: String,
    /// The number of the latest change.
    pub seq: u64,
    /// The number of rows by table.
    pub rows: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
    migrations: Vec<i64>,
    epoch: String,
    seq: u64,
    exported_at: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct TableHead {
    table: String,
    columns: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct End {
    end: bool,
    tables: BTreeMap<String, Summary>,
    sha256: String,
}

/// What a table holds, whatever the order of its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Summary {
    rows: u64,
    digest: String,
}
