//! Keeps the door informed: the timetable, who is in class, what the machine
//! measures, and the time.

use std::collections::HashMap;
use std::time::Duration;

use admission::{Measured, Planned};
use base::clock::HOUR_MS;
use base::{Clock, Level, SlotId};
use gate::{Door, Sites};
use live::Live;
use store::Store;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::warn;

/// What is looked after.
pub(crate) struct Morning {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) live: Live,
    pub(crate) door: Door,
    pub(crate) sites: Sites,
}

/// A sample of how late the machine is, this often; every twentieth is a second.
const SAMPLE_EVERY: Duration = Duration::from_millis(50);
const SAMPLES_A_SECOND: u32 = 20;

/// The timetable is read again every minute: what was added since is planned.
const PLAN_EVERY_S: u32 = 60;

/// Measures cover two seconds.
const MEASURE_EVERY_S: u32 = 2;

/// Lessons from some hours ago, which may still be held, to the end of tomorrow's morning.
const PLAN_BACK_MS: i64 = 6 * HOUR_MS;
const PLAN_AHEAD_MS: i64 = 30 * HOUR_MS;

impl Morning {
    /// Reads the timetable; without it the door lets every lesson in.
    pub(crate) async fn plan(&self) {
        let now = self.clock.now();
        let found = school::lessons_between(&self.store, now - PLAN_BACK_MS, now + PLAN_AHEAD_MS).await;
        match found {
            Ok(lessons) => self.door.plan(lessons.into_iter().map(planned).collect()),
            Err(error) => warn!(%error, "the timetable could not be read for the door"),
        }
    }

    /// Goes on until it is aborted.
    pub(crate) async fn run(self) {
        let mut ticks = interval(SAMPLE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut gauge = MachineGauge::new(&self.live);
        let mut levels = HashMap::new();
        let mut count: u32 = 0;
        loop {
            let due = ticks.tick().await;
            gauge.note_delay(due.elapsed());
            count = count.wrapping_add(1);
            if !count.is_multiple_of(SAMPLES_A_SECOND) {
                continue;
            }
            let second = count / SAMPLES_A_SECOND;
            if second.is_multiple_of(PLAN_EVERY_S) {
                self.plan().await;
            }
            if second.is_multiple_of(MEASURE_EVERY_S) {
                self.door.handle_measure(gauge.read(&self.live));
            }
            let present = self.live.presence();
            self.door.handle_time(&present);
            self.sites.handle_time();
            self.tell_levels(&present, &mut levels);
        }
    }

    /// Lessons whose rung is another than they were told hear of it.
    fn tell_levels(&self, present: &[(SlotId, u32)], told: &mut HashMap<SlotId, Level>) {
        let levels = self.door.levels(present);
        let now: HashMap<SlotId, Level> = levels.into_iter().collect();
        told.retain(|slot, _| now.contains_key(slot));
        for (slot, level) in now {
            let known = told.get(&slot).copied().unwrap_or(Level::Cameras);
            if known != level && self.live.set_level(slot, level) {
                told.insert(slot, level);
            }
        }
    }
}

fn planned(lesson: school::LessonOfDay) -> Planned {
    Planned {
        slot: lesson.slot,
        school: lesson.school,
        starts_at: lesson.starts_at,
        ends_at: lesson.ends_at,
        enrolled: lesson.enrolled,
    }
}

/// What the machine does: how late it is, its processor time, what it sends.
struct MachineGauge {
    delays_us: Vec<u32>,
    read_at: Instant,
    cpu_ms: u64,
    sent_bytes: u64,
    processors: u64,
}

impl MachineGauge {
    fn new(live: &Live) -> MachineGauge {
        MachineGauge {
            delays_us: Vec::new(),
            read_at: Instant::now(),
            cpu_ms: cpu_ms(),
            sent_bytes: live.sent_bytes(),
            processors: std::thread::available_parallelism().map_or(1, |count| count.get() as u64),
        }
    }

    fn note_delay(&mut self, delay: Duration) {
        self.delays_us.push(u32::try_from(delay.as_micros()).unwrap_or(u32::MAX));
    }

    /// The measure since the last one.
    fn read(&mut self, live: &Live) -> Measured {
        let elapsed_ms = u64::try_from(self.read_at.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let (cpu_ms, sent_bytes) = (cpu_ms(), live.sent_bytes());
        self.delays_us.sort_unstable();
        // A timer of the runtime is up to a millisecond late by itself.
        let late =
            self.delays_us.get(self.delays_us.len() * 95 / 100).map_or(0, |us| us.saturating_sub(1_000));
        let used = (cpu_ms - self.cpu_ms) * 1_000 / (elapsed_ms * self.processors);
        let egress = (sent_bytes - self.sent_bytes) * 8 / elapsed_ms;
        self.delays_us.clear();
        (self.read_at, self.cpu_ms, self.sent_bytes) = (Instant::now(), cpu_ms, sent_bytes);
        Measured {
            queue_us_p95: late,
            cpu_permille: u32::try_from(used).unwrap_or(u32::MAX),
            egress_kbit_s: egress,
        }
    }
}

/// Processor time of this process so far, in milliseconds; 0 where the system does not tell.
fn cpu_ms() -> u64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0 };
    read_cpu_ms(&stat).unwrap_or(0)
}

/// Fields 14 and 15 of `/proc/self/stat`, in hundredths of a second; the second
/// field, the program's name, may itself hold spaces and brackets.
fn read_cpu_ms(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some((user + system) * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_the_program_is_called() {
        let stat = "4242 (a (strange) name) S 1 1 1 0 -1 4194560 5 0 0 0 123 45 0 0 20 0 1 0 1 1 1";
        assert_eq!(read_cpu_ms(stat), Some(1_680));
        assert_eq!(read_cpu_ms(""), None);
        assert_eq!(read_cpu_ms("1 (x) S 1"), None);
    }
}
