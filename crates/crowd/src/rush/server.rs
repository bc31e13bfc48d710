//! The server seen from outside while a morning is played: what it says that it
//! spends and has, and the memory of its process.

use std::io;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use super::play::Watch;
use crate::http::Site;
use crate::process::Look;

/// What was read of a server; all zero when it was not watched.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ServerSeen {
    /// The least and the most that it said it had to give, in kbit/s: the same
    /// when its measures were pinned.
    pub budget_kbit_s: (f64, f64),
    /// Processor time that it took, in seconds.
    pub cpu_s: f64,
    /// Its resident memory, second by second.
    pub resident_mb: Vec<f64>,
    /// Lessons that were held on each rung at the end, from voice to cameras.
    pub held_by_level: [u32; 4],
}

pub(super) struct Server {
    watch: Option<Watch>,
    site: Option<Site>,
    first: Option<Look>,
    seen: ServerSeen,
}

impl Server {
    pub(super) fn new(watch: Option<Watch>) -> Server {
        let first = watch.as_ref().and_then(|watch| Look::at(watch.pid));
        Server { watch, site: None, first, seen: ServerSeen::default() }
    }

    /// Looks at it; kbit/s that it says it spends.
    pub(super) async fn look(&mut self) -> Option<f64> {
        let watch = self.watch.clone()?;
        if let (Some(look), Some(first)) = (Look::at(watch.pid), &self.first) {
            self.seen.resident_mb.push((look.resident_mb * 10.0).round() / 10.0);
            self.seen.cpu_s = look.cpu_s_since(first);
        }
        let text = timeout(METRICS_WITHIN, self.metrics(&watch)).await.ok()?.ok()?;
        let value =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
        let budget = value("preau_budget_kbit_s ")?;
        let (least, most) = self.seen.budget_kbit_s;
        self.seen.budget_kbit_s =
            if most > 0.0 { (least.min(budget), most.max(budget)) } else { (budget, budget) };
        self.seen.held_by_level = ["voice", "screen", "teacher", "cameras"]
            .map(|level| value(&format!("preau_lessons_held{{level=\"{level}\"}} ")).unwrap_or(0.0) as u32);
        value("preau_spent_kbit_s ")
    }

    async fn metrics(&mut self, watch: &Watch) -> io::Result<String> {
        let site = match self.site.take() {
            Some(site) => site,
            None => {
                let found = Site::find(&format!("http://{}", watch.metrics)).await;
                found.map_err(|error| io::Error::other(error.to_string()))?
            }
        };
        let answer = site.get("/metrics", "").await;
        self.site = Some(site);
        answer.map(|answer| answer.body().to_owned())
    }

    pub(super) fn seen(self) -> ServerSeen {
        self.seen
    }
}

/// A busy server tells its counts a second later.
const METRICS_WITHIN: Duration = Duration::from_millis(800);
