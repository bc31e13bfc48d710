//! What Linux tells of a process, its processor time and its memory, and of the
//! processors as a whole: a figure taken beside other work is not one.

use std::time::Instant;

use crate::clock::instant;

/// Ticks of processor time in a second, as `/proc` counts on every Linux of today.
const TICKS_PER_S: f64 = 100.0;

/// A look at a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    at: Instant,
    cpu_s: f64,
    pub(crate) resident_mb: f64,
}

impl Look {
    /// `None` where there is no such process, or no `/proc`.
    pub(crate) fn at(pid: u32) -> Option<Look> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in brackets, may hold anything: fields count from its end.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        let cpu_s = (ticks(11)? + ticks(12)?) / TICKS_PER_S;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kb: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(Look { at: instant(), cpu_s, resident_mb: resident_kb / 1_024.0 })
    }

    /// Processor seconds since an earlier look.
    pub(crate) fn cpu_s_since(&self, earlier: &Look) -> f64 {
        self.cpu_s - earlier.cpu_s
    }

    /// Processor time as a share of one core since an earlier look.
    pub(crate) fn share_since(&self, earlier: &Look) -> f64 {
        let wall_s = self.at.saturating_duration_since(earlier.at).as_secs_f64();
        if wall_s > 0.0 { self.cpu_s_since(earlier) / wall_s } else { 0.0 }
    }
}

/// Seconds that all processors have worked, for whomever; `None` without `/proc`.
pub(crate) fn busy_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.split_whitespace().skip(1).take(8);
    let ticks: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some((ticks.iter().sum::<f64>() - idle) / TICKS_PER_S)
}
