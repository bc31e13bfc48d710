//! The named limits of the store, each with its reason.

/// Batches that may wait for the writer: some seconds of writing at full speed.
/// Past that the disk is not keeping up, and a clear refusal serves better than
/// a queue that grows.
pub const WRITE_QUEUE_BATCHES_MAX: usize = 4_096;

/// Batches that share one commit: enough that the cost of the disk's flush
/// vanishes among them, few enough that the first one does not wait long.
pub const GROUP_BATCHES_MAX: usize = 512;

/// Reading connections kept open: one for each thread that may read at a time.
/// More are opened for a moment when they are needed, then closed.
pub const READERS_KEPT_MAX: usize = 16;

/// Prepared statements kept by each connection: all those of the program.
pub(crate) const STATEMENTS_KEPT_MAX: usize = 512;

/// How long a connection waits for another process (a backup, an operator's
/// shell) that holds the database.
pub(crate) const BUSY_WAIT_MS: u64 = 5_000;
