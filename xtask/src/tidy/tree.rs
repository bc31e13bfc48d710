//! What the rules look at: the files that git keeps or would keep, and what
//! `cargo metadata` says. Loading it is the only part of tidy that touches the
//! world; a test makes a tree of its own.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{Step, root};

/// The repository as the rules see it.
#[derive(Default)]
pub struct Tree {
    /// Sorted by path.
    pub files: Vec<SourceFile>,
    /// What `cargo metadata` printed.
    pub metadata: Value,
}

/// One file.
pub struct SourceFile {
    /// From the root, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What it says, if that is text.
    pub text: Option<String>,
}

impl Tree {
    /// Reads the repository.
    pub fn load() -> Result<Tree> {
        let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let listed = Step::new("git", &args).read().context("tidy needs git to know the files")?;
        let listed = String::from_utf8(listed).context("a file name is not UTF-8")?;
        let mut paths: Vec<&str> = listed.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let files = paths.into_iter().filter_map(SourceFile::load).collect();
        let metadata = Step::cargo(&["metadata", "--locked", "--format-version", "1"]).read()?;
        Ok(Tree { files, metadata: serde_json::from_slice(&metadata)? })
    }

    /// Files with one of these endings.
    pub fn with_ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(move |file| endings.iter().any(|ending| file.path.ends_with(ending)))
    }

    /// The file of that path.
    pub fn find(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Packages that cargo knows, ours and others'.
    pub fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }
}

impl SourceFile {
    /// `None` for what is listed and not there: a file removed and not yet committed.
    fn load(path: &str) -> Option<SourceFile> {
        let bytes = fs::read(root().join(path)).ok()?;
        Some(SourceFile {
            path: path.to_owned(),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            text: String::from_utf8(bytes).ok(),
        })
    }

    /// Its lines, numbered from 1; none if it is no text.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.as_deref().unwrap_or_default().lines())
    }

    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of these files.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|&(path, text)| SourceFile {
            path: path.into(),
            bytes: u64::try_from(text.len()).unwrap(),
            text: Some(text.into()),
        });
        Tree { files: files.collect(), metadata: Value::Null }
    }
}
