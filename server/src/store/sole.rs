//! Being the only process on a SQLite file. The operating system gives the lock back when the process ends, however it does, so
//! a restarted server need not wait for the lease of the one that was killed.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Mutex;

use super::{DatabaseAddress, StoreError};

#[derive(Debug)]
pub(super) struct SoleProcess {
    /// The file to lock; `None` where the database has several users by nature.
    lock_file: Option<PathBuf>,
    held: Mutex<Option<File>>,
}

impl SoleProcess {
    pub(super) fn of(address: &DatabaseAddress) -> Self {
        let lock_file = match address {
            DatabaseAddress::Sqlite(file) => {
                let mut name = file.clone().into_os_string();
                name.push("-lock");
                Some(PathBuf::from(name))
            }
            DatabaseAddress::Postgres(_) => None,
        };
        Self { lock_file, held: Mutex::new(None) }
    }

    /// Takes the lock, or finds that it is held. Returns `false` where another process has it.
    pub(super) fn claim(&self) -> Result<bool, StoreError> {
        let Some(path) = &self.lock_file else { return Ok(false) };
        let mut held = self.held();
        if held.is_some() {
            return Ok(true);
        }
        let failed = |source| StoreError::File { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                *held = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(super) fn give_up(&self) {
        *self.held() = None;
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<File>> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
