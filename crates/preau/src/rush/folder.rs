//! A folder for what is of no use to anybody afterwards.
//!
//! It is gone when it is dropped. Whoever is killed leaves theirs, and the next
//! one who makes a folder clears it away: a lock that ends with the process says
//! which are still used. Nothing is touched that was not made here.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Gone when it is dropped: drop it after the process that uses it.
pub(crate) struct Folder {
    path: PathBuf,
    /// Held as long as the folder is used.
    _lock: File,
}

impl Folder {
    /// An empty one among the system's temporary files; the ones that nobody uses any more are gone.
    pub(crate) fn make() -> anyhow::Result<Folder> {
        Folder::make_in(&std::env::temp_dir())
    }

    fn make_in(temporary: &Path) -> anyhow::Result<Folder> {
        clear_away(temporary);
        let make = || {
            let path = create(temporary)?;
            // Locked before it has its name: under that name it is free only when nobody is left.
            let lock = File::create(path.join(NEW_LOCK))?;
            lock.lock()?;
            fs::rename(path.join(NEW_LOCK), path.join(LOCK))?;
            Ok::<Folder, io::Error>(Folder { path, _lock: lock })
        };
        make().with_context(|| format!("no folder can be made in {}", temporary.display()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left among temporary files is cleared away by the next, or by the system.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn create(temporary: &Path) -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let path = temporary.join(format!("{NAME}{}-{number}", std::process::id()));
        match fs::create_dir(&path) {
            // Of a thread of ours, or of a process of another container.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < NUMBER_MAX => number += 1,
            made => return made.map(|()| path),
        }
    }
}

/// Removes what processes have left that were killed.
fn clear_away(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    for entry in entries.filter_map(Result::ok) {
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME));
        // The type of the entry itself: what a link points to is somebody else's.
        if is_named && entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_abandoned(&entry.path()) {
            // Somebody else's is theirs to clear away.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// The names of all folders begin so.
const NAME: &str = "preau-rush-";

/// Folders of one process number at most: nobody has so many mornings at a time.
const NUMBER_MAX: u32 = 1_000;

const LOCK: &str = "lock";
const NEW_LOCK: &str = "lock.new";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_any_more_is_cleared_away_and_nothing_else() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |name: &str| temporary.path().join(name);
        let used = Folder::make_in(temporary.path()).unwrap();
        fs::write(used.path().join("data"), "pupils").unwrap();
        fs::create_dir_all(at("preau-rush-1-0/data")).unwrap();
        fs::write(at("preau-rush-1-0/lock"), "").unwrap();
        // Of another program, being made, named otherwise, no folder.
        fs::create_dir(at("preau-rush-notes")).unwrap();
        fs::create_dir(at("preau-rush-2-0")).unwrap();
        fs::write(at("preau-rush-2-0/lock.new"), "").unwrap();
        fs::create_dir(at("other-rush")).unwrap();
        fs::write(at("other-rush/lock"), "").unwrap();
        fs::write(at("preau-rush-3-0"), "").unwrap();

        let next = Folder::make_in(temporary.path()).unwrap();
        assert!(!at("preau-rush-1-0").exists());
        for left in ["preau-rush-notes", "preau-rush-2-0/lock.new", "other-rush/lock", "preau-rush-3-0"] {
            assert!(at(left).exists(), "{left}");
        }
        assert!(used.path().join("data").exists() && next.path().exists());
        let paths = [used.path().to_owned(), next.path().to_owned()];
        drop((used, next));
        assert!(paths.iter().all(|path| !path.exists()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let (temporary, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(others.path().join("lock"), "").unwrap();
        std::os::unix::fs::symlink(others.path(), temporary.path().join("preau-rush-1-0")).unwrap();
        drop(Folder::make_in(temporary.path()).unwrap());
        assert!(others.path().join("lock").exists());
    }
}
