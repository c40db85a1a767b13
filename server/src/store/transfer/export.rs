//! Writing a database to a file, as one reading transaction sees it.

use std::collections::BTreeMap;
use std::io::Write;

use client_event_scheduler::Timestamp;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::catalogue::{self, Kind, Table, quoted};
use super::digest::{FileSum, RowSum, hex};
use super::{End, FORMAT, Head, Summary, TableHead, TransferError, TransferReport, VERSION};
use crate::store::{Store, feed, migrate};

/// A file that is being written.
struct Lines<W> {
    file: W,
    sum: FileSum,
}

impl<W: Write + Send> Lines<W> {
    fn push<T: Serialize>(&mut self, value: &T) -> Result<(), TransferError> {
        let line = serde_json::to_string(value).map_err(std::io::Error::from)?;
        self.push_line(&line)
    }

    fn push_line(&mut self, line: &str) -> Result<(), TransferError> {
        self.sum.add(line);
        writeln!(self.file, "{line}")?;
        Ok(())
    }
}

impl Store {
    /// Writes everything in the database to `file`, in the form that the module describes.
    ///
    /// # Errors
    ///
    /// See [`TransferError`]; what has been written then is no whole export, and `import` says so.
    pub async fn export(
        &self,
        file: impl Write + Send,
        now: Timestamp,
    ) -> Result<TransferReport, TransferError> {
        let migrations = migrate::applied(self.dialect(), self.reader()).await?;
        let mut transaction = self.begin_read().await?;
        let seq = feed::latest_seq(&mut *transaction).await?;
        let mut lines = Lines { file, sum: FileSum::default() };
        lines.push(&Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            migrations: migrations.into_iter().collect(),
            epoch: self.epoch().to_owned(),
            seq,
            exported_at: now.to_string(),
        })?;
        let mut tables = BTreeMap::new();
        for table in catalogue::tables(self.dialect(), &mut transaction).await? {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            lines.push(&TableHead { table: table.name.clone(), columns })?;
            let summary = write_rows(&table, &mut transaction, &mut |line| lines.push_line(line)).await?;
            tables.insert(table.name, summary);
        }
        let rows = tables.iter().map(|(table, summary)| (table.clone(), summary.rows)).collect();
        let end = End { end: true, tables, sha256: lines.sum.hex() };
        let line = serde_json::to_string(&end).map_err(std::io::Error::from)?;
        writeln!(lines.file, "{line}")?;
        lines.file.flush()?;
        Ok(TransferReport { epoch: self.epoch().to_owned(), seq, rows })
    }
}

/// Hands over each row of a table as a line, and sums them up.
pub(super) async fn write_rows(
    table: &Table,
    connection: &mut AnyConnection,
    write: &mut (dyn FnMut(&str) -> Result<(), TransferError> + Send),
) -> Result<Summary, TransferError> {
    let sql = format!("SELECT {} FROM {}", table.column_list(), quoted(&table.name));
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    let mut sum = RowSum::default();
    while let Some(row) = rows.try_next().await? {
        let line = line(table, &row)?;
        sum.add(&line);
        write(&line)?;
    }
    Ok(sum.summary())
}

fn line(table: &Table, row: &AnyRow) -> Result<String, TransferError> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (at, column) in table.columns.iter().enumerate() {
        values.push(match column.kind {
            Kind::Whole => row.try_get::<Option<i64>, _>(at)?.map_or(Value::Null, Value::from),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Value::Null, Value::from),
            Kind::Bytes => row
                .try_get::<Option<Vec<u8>>, _>(at)?
                .map_or(Value::Null, |bytes| json!({"hex": hex(&bytes)})),
        });
    }
    Ok(Value::Array(values).to_string())
}
