//! A process of our own that ends with the one that started it, however that
//! one ends, `kill -9` included.
//!
//! The parent holds the writing end of the child's standard input and writes
//! nothing; the kernel closes it with the parent, and the child ends. What the
//! child has in memory is lost: only for processes whose work is of no use
//! without the parent. Called by `rush` and `demo`.

use std::io;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A child that is gone when it is dropped.
pub(crate) struct Bound(Child);

impl Bound {
    /// Starts `command`, which must have [`ARGUMENT`] among its arguments.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Bound> {
        // Ctrl-C is for the parent, which ends its child and says so once.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.stdin(Stdio::piped()).spawn().map(Bound)
    }
}

impl Deref for Bound {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Bound {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The argument that makes the program such a child.
pub(crate) const ARGUMENT: &str = "--ends-with-stdin";

/// In the child: ends the process with its standard input.
pub(crate) fn end_with_stdin() -> io::Result<()> {
    let wait = || {
        // Whatever ends it, an error too: nobody holds the other end any more.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(ABANDONED)
    };
    thread::Builder::new().name("parent".into()).spawn(wait).map(drop)
}

/// Exit code of a child whose parent is gone.
const ABANDONED: i32 = 1;
