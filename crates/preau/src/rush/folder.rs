//! A folder for what is of no use to anybody afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;

/// Gone when it is dropped: drop it after the process that uses it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty one among the system's temporary files.
    pub(crate) fn make() -> anyhow::Result<Folder> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("preau-rush-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left among temporary files is cleared away by the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}
