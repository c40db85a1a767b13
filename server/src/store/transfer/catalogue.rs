//! Which tables there are, what their columns hold, and in which order they can be filled.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use super::TransferError;
use crate::store::{Dialect, StoreError};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order of their names, which is the same in both databases.
    pub(super) columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether the database numbers the rows by itself.
    pub(super) numbered: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Text,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Option<Self> {
        match declared.to_ascii_lowercase().as_str() {
            "integer" | "bigint" | "smallint" => Some(Self::Whole),
            "text" => Some(Self::Text),
            "blob" | "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }
}

impl Table {
    /// The names of the columns, quoted and separated.
    pub(super) fn column_list(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Every table of this server, each after those that its rows refer to.
pub(super) async fn tables(
    dialect: Dialect,
    connection: &mut AnyConnection,
) -> Result<Vec<Table>, TransferError> {
    let names = match dialect {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations' ORDER BY name"
        }
        Dialect::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> '_sqlx_migrations'
             ORDER BY table_name COLLATE \"C\""
        }
    };
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut *connection).await?;
    let mut tables = BTreeMap::new();
    let mut refers = BTreeMap::new();
    for name in names {
        refers.insert(name.clone(), referred(dialect, &name, connection).await?);
        tables.insert(name.clone(), Table { columns: columns(dialect, &name, connection).await?, name });
    }
    Ok(ordered(tables, &refers))
}

async fn columns(
    dialect: Dialect,
    table: &str,
    connection: &mut AnyConnection,
) -> Result<Vec<Column>, TransferError> {
    let sql = match dialect {
        Dialect::Sqlite => "SELECT name, type, 0 FROM pragma_table_info($1) ORDER BY name",
        Dialect::Postgres => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT), CASE WHEN is_identity = 'YES' THEN 1 ELSE 0 END
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1
             ORDER BY column_name COLLATE \"C\""
        }
    };
    let found: Vec<(String, String, i32)> =
        sqlx::query_as(sql).bind(table).fetch_all(&mut *connection).await?;
    let column = |(name, declared, numbered): (String, String, i32)| match Kind::of(&declared) {
        Some(kind) => Ok(Column { name, kind, numbered: numbered == 1 }),
        None => Err(TransferError::UnknownType { table: table.to_owned(), column: name, kind: declared }),
    };
    found.into_iter().map(column).collect()
}

/// The tables to which rows of `table` refer.
async fn referred(
    dialect: Dialect,
    table: &str,
    connection: &mut AnyConnection,
) -> Result<Vec<String>, StoreError> {
    let sql = match dialect {
        Dialect::Sqlite => "SELECT \"table\" FROM pragma_foreign_key_list($1)",
        Dialect::Postgres => {
            "SELECT CAST(target.relname AS TEXT) FROM pg_constraint
             JOIN pg_class source ON source.oid = conrelid JOIN pg_class target ON target.oid = confrelid
             JOIN pg_namespace ON pg_namespace.oid = source.relnamespace
             WHERE contype = 'f' AND source.relname = $1 AND nspname = current_schema()"
        }
    };
    Ok(sqlx::query_scalar(sql).bind(table).fetch_all(connection).await?)
}

/// Puts each table after those that it refers to. Tables that refer to each other in a circle come last, by name.
fn ordered(mut tables: BTreeMap<String, Table>, refers: &BTreeMap<String, Vec<String>>) -> Vec<Table> {
    let mut order = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |name: &String| {
            refers
                .get(name)
                .is_some_and(|to| to.iter().any(|other| other != name && tables.contains_key(other)))
        };
        let next = tables.keys().find(|name| !waits(name)).or_else(|| tables.keys().next()).cloned();
        order.extend(next.and_then(|name| tables.remove(&name)));
    }
    order
}

/// The number of rows of a table.
pub(super) async fn count(table: &str, connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let sql = format!("SELECT count(*) FROM {}", quoted(table));
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_that_its_rows_refer_to() {
        let table = |name: &str| (name.to_owned(), Table { name: name.to_owned(), columns: Vec::new() });
        let tables = ["a", "b", "c", "d"].map(table).into_iter().collect();
        let refers = [("a", vec!["c", "a"]), ("c", vec!["b"]), ("d", vec!["elsewhere"])];
        let refers = refers
            .into_iter()
            .map(|(name, to)| (name.to_owned(), to.into_iter().map(str::to_owned).collect()))
            .collect();
        let names: Vec<_> = ordered(tables, &refers).into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["b", "c", "a", "d"]);
    }
}
