//! Filling a database from a file, all in one transaction, which is kept only if it reads back as it was written.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe};

use super::catalogue::{self, Kind, Table, quoted};
use super::digest::{FileSum, unhex};
use super::export::write_rows;
use super::{End, FORMAT, Head, TableHead, TransferError, TransferReport, VERSION};
use crate::store::{Dialect, Store, StoreError, migrate, open};

/// Tables that no emptiness is asked of: a database has an epoch, and a counter, from its first moment.
const NEVER_EMPTY: [&str; 2] = ["meta", "feed_counter"];

/// A file that is being read.
struct Lines<R> {
    file: R,
    number: u64,
    sum: FileSum,
}

impl<R: BufRead> Lines<R> {
    /// The next line; its end is not part of it.
    fn next(&mut self) -> Result<String, TransferError> {
        let mut line = String::new();
        self.number += 1;
        if self.file.read_line(&mut line)? == 0 || line.pop() != Some('\n') {
            return Err(TransferError::Damaged {
                what: format!("it ends at line {}, before its last one", self.number),
            });
        }
        Ok(line)
    }

    fn read<T: DeserializeOwned>(&self, line: &str) -> Result<T, TransferError> {
        serde_json::from_str(line).map_err(|error| self.malformed(error))
    }

    fn malformed(&self, what: impl ToString) -> TransferError {
        TransferError::Malformed { line: self.number, what: what.to_string() }
    }
}

impl Store {
    /// Fills the database from an export. Cursors of the exported database are good for this one: it takes over epoch and
    /// numbers. This store is closed by it, since it was opened with another epoch.
    ///
    /// # Errors
    ///
    /// See [`TransferError`]; the database is as it was then. A database that holds something is refused unless `force` is set.
    pub async fn import(self, file: impl BufRead, force: bool) -> Result<TransferReport, TransferError> {
        let report = self.fill(file, force).await;
        self.close().await;
        report
    }

    async fn fill(&self, file: impl BufRead, force: bool) -> Result<TransferReport, TransferError> {
        let mut lines = Lines { file, number: 0, sum: FileSum::default() };
        if self.dialect() == Dialect::Sqlite && !self.inner.sole.claim()? {
            return Err(TransferError::InUse);
        }
        let line = lines.next()?;
        let head: Head = lines.read(&line)?;
        lines.sum.add(&line);
        self.accept(&head, &lines).await?;
        let fresh = fresh_rows().await?;

        let mut transaction = self.begin_transaction().await?;
        let tables = catalogue::tables(self.dialect(), &mut transaction).await?;
        if !force {
            refuse_unless_empty(&tables, &fresh, &mut transaction).await?;
        }
        for table in tables.iter().rev() {
            let sql = format!("DELETE FROM {}", quoted(&table.name));
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        }
        let end = fill_tables(self.dialect(), &tables, &mut lines, &mut transaction).await?;
        verify(self.dialect(), &tables, &end, &mut transaction).await?;
        transaction.commit().await?;
        let rows = end.tables.into_iter().map(|(table, summary)| (table, summary.rows)).collect();
        Ok(TransferReport { epoch: head.epoch, seq: head.seq, rows })
    }

    async fn accept<R: BufRead>(&self, head: &Head, lines: &Lines<R>) -> Result<(), TransferError> {
        if head.format != FORMAT || head.version != VERSION {
            return Err(lines.malformed(format!("this program reads {FORMAT} version {VERSION}")));
        }
        let ours = migrate::applied(self.dialect(), self.reader()).await?;
        if ours.iter().ne(&head.migrations) {
            let last = |numbers: Option<&i64>| numbers.copied().unwrap_or(0);
            return Err(TransferError::OtherForm {
                file: last(head.migrations.last()),
                program: last(ours.last()),
            });
        }
        Ok(())
    }
}

/// How many rows a new database has, by table.
async fn fresh_rows() -> Result<BTreeMap<String, i64>, TransferError> {
    let pool = open::pool("sqlite::memory:", 1, vec![]).await?;
    migrate::run(Dialect::Sqlite, &pool).await?;
    let mut connection = pool.acquire().await.map_err(StoreError::from)?;
    let mut rows = BTreeMap::new();
    for table in catalogue::tables(Dialect::Sqlite, &mut connection).await? {
        let count = catalogue::count(&table.name, &mut connection).await?;
        rows.insert(table.name, count);
    }
    Ok(rows)
}

async fn refuse_unless_empty(
    tables: &[Table],
    fresh: &BTreeMap<String, i64>,
    connection: &mut AnyConnection,
) -> Result<(), TransferError> {
    for table in tables.iter().filter(|table| !NEVER_EMPTY.contains(&table.name.as_str())) {
        let rows = catalogue::count(&table.name, connection).await?;
        if rows > fresh.get(&table.name).copied().unwrap_or(0) {
            return Err(TransferError::NotEmpty { table: table.name.clone(), rows });
        }
    }
    Ok(())
}

/// Reads the file to its end.
async fn fill_tables<R: BufRead>(
    dialect: Dialect,
    tables: &[Table],
    lines: &mut Lines<R>,
    connection: &mut AnyConnection,
) -> Result<End, TransferError> {
    let mut insert = None;
    loop {
        let line = lines.next()?;
        if line.starts_with('[') {
            let values: Vec<Value> = lines.read(&line)?;
            let insert = insert.as_ref().ok_or_else(|| lines.malformed("a row before the first table"))?;
            put(insert, &values, lines, connection).await?;
        } else if line.starts_with("{\"end\"") {
            let end: End = lines.read(&line)?;
            let sum = std::mem::take(&mut lines.sum).hex();
            if sum != end.sha256 {
                return Err(TransferError::Damaged {
                    what: "its SHA-256 is not the one that it names".to_owned(),
                });
            }
            return Ok(end);
        } else {
            let head: TableHead = lines.read(&line)?;
            insert = Some(Insert::new(dialect, tables, &head).map_err(|what| lines.malformed(what))?);
        }
        lines.sum.add(&line);
    }
}

/// How rows get into one table.
struct Insert {
    sql: String,
    kinds: Vec<Kind>,
}

impl Insert {
    fn new(dialect: Dialect, tables: &[Table], head: &TableHead) -> Result<Self, String> {
        let table = tables.iter().find(|table| table.name == head.table);
        let table = table.ok_or_else(|| format!("there is no table `{}`", head.table))?;
        if table.columns.iter().map(|column| &column.name).ne(&head.columns) {
            return Err(format!("`{}` has other columns", head.table));
        }
        let places: Vec<_> = (1..=table.columns.len()).map(|number| format!("${number}")).collect();
        let overriding = match dialect {
            Dialect::Postgres if table.columns.iter().any(|column| column.numbered) => {
                "OVERRIDING SYSTEM VALUE "
            }
            Dialect::Postgres | Dialect::Sqlite => "",
        };
        let (name, columns) = (quoted(&table.name), table.column_list());
        let sql = format!("INSERT INTO {name} ({columns}) {overriding}VALUES ({})", places.join(", "));
        Ok(Self { sql, kinds: table.columns.iter().map(|column| column.kind).collect() })
    }
}

async fn put<R: BufRead>(
    insert: &Insert,
    values: &[Value],
    lines: &Lines<R>,
    connection: &mut AnyConnection,
) -> Result<(), TransferError> {
    if values.len() != insert.kinds.len() {
        return Err(lines.malformed(format!("{} values for {} columns", values.len(), insert.kinds.len())));
    }
    let mut query = sqlx::query(AssertSqlSafe(insert.sql.clone()));
    for (value, kind) in values.iter().zip(&insert.kinds) {
        let wrong = || lines.malformed(format!("{value} does not fit its column"));
        query = match (kind, value) {
            (Kind::Whole, Value::Null) => query.bind(None::<i64>),
            (Kind::Text, Value::Null) => query.bind(None::<String>),
            (Kind::Bytes, Value::Null) => query.bind(None::<Vec<u8>>),
            (Kind::Whole, value) => query.bind(value.as_i64().ok_or_else(wrong)?),
            (Kind::Text, Value::String(text)) => query.bind(text.clone()),
            (Kind::Bytes, value) => query.bind(value["hex"].as_str().and_then(unhex).ok_or_else(wrong)?),
            (Kind::Text, _) => return Err(wrong()),
        };
    }
    query.execute(connection).await?;
    Ok(())
}

/// Reads everything back and compares it with what the file says; lets the database go on numbering where the file ended.
async fn verify(
    dialect: Dialect,
    tables: &[Table],
    end: &End,
    connection: &mut AnyConnection,
) -> Result<(), TransferError> {
    for table in tables {
        let found = write_rows(table, connection, &mut |_| Ok(())).await?;
        if end.tables.get(&table.name) != Some(&found) {
            return Err(TransferError::NotVerified { table: table.name.clone() });
        }
        if dialect == Dialect::Postgres {
            continue_numbers(table, connection).await?;
        }
    }
    Ok(())
}

async fn continue_numbers(table: &Table, connection: &mut AnyConnection) -> Result<(), TransferError> {
    for column in table.columns.iter().filter(|column| column.numbered) {
        let (name, column) = (&table.name, &column.name);
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), (SELECT coalesce(max({0}), 0) + 1 FROM {1}), false)",
            quoted(column),
            quoted(name)
        );
        sqlx::query(AssertSqlSafe(sql)).bind(quoted(name)).bind(column).execute(&mut *connection).await?;
    }
    Ok(())
}
