//! SQL that is put together from parts, with its values kept apart from it.

use std::fmt::Write as _;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};

/// A value for a parameter.
#[derive(Debug, Clone)]
pub(super) enum SqlValue {
    Integer(i64),
    Text(String),
}

impl From<i64> for SqlValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for SqlValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A statement under construction. Text that comes from outside never becomes part of it: it is bound.
#[derive(Debug, Default)]
pub(super) struct SqlText {
    text: String,
    values: Vec<SqlValue>,
}

impl SqlText {
    /// Begins with `text`.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Appends SQL of ours.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a parameter with its value.
    pub(super) fn bind(&mut self, value: impl Into<SqlValue>) -> &mut Self {
        self.values.push(value.into());
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// The statement with its values.
    pub(super) fn into_query(self) -> Query<'static, Any, AnyArguments> {
        let query = sqlx::query(AssertSqlSafe(self.text));
        self.values.into_iter().fold(query, |query, value| match value {
            SqlValue::Integer(number) => query.bind(number),
            SqlValue::Text(text) => query.bind(text),
        })
    }
}
