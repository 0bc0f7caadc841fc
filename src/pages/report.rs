//! What a run did, for people and machines.

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::PagesError;
use super::links::{LinkRules, Links};
use super::published::replace;
use crate::evaluate::plot_histogram;

#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// The state of the store that the pages are of; ask for changes since it the next time.
    pub seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    pub questions: u64,
    /// Lists written, because they changed or were not there.
    pub written: u64,
    pub unchanged: u64,
    /// Questions that are gone, with their files.
    pub removed: u64,
    /// Lines of `changes.jsonl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    pub lists: ShortReport,
    pub links: LinkReport,
}

/// How full the lists are.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShortReport {
    pub full: u64,
    /// With fewer related questions than asked for.
    pub short: u64,
    /// Of those, filled up with the latest.
    pub filled: u64,
    pub empty: u64,
    /// Listed questions in all.
    pub listed: u64,
    /// Questions that others stand for, counted in each list.
    pub collapsed: u64,
    /// Listed questions in another language than the list's question.
    pub other_language: u64,
    /// Listed questions that an editor put there.
    pub pinned: u64,
}

/// The health of the graph that the lists make.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkReport {
    /// Questions that stand in no list.
    pub orphans: u64,
    /// Orphans that were put into a list.
    pub adopted: u64,
    /// Lists that the most listed question stands in.
    pub most: u32,
    /// Questions that stand in as many lists as one may.
    pub at_cap: u64,
}

impl LinkReport {
    pub fn of(links: &Links, rules: LinkRules) -> Self {
        let standing = links.standing();
        let count = |holds: &dyn Fn(u32) -> bool| standing.iter().filter(|times| holds(**times)).count() as u64;
        Self {
            orphans: count(&|times| times == 0),
            adopted: links.adopted as u64,
            most: standing.iter().copied().max().unwrap_or(0),
            at_cap: rules.cap.map_or(0, |cap| count(&|times| times as usize >= cap)),
        }
    }
}

impl Report {
    /// The report that lies in `folder`.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join("report.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// `report.json` and the histogram `links.svg`.
    pub fn write(&self, folder: &Path, standing: &[u32]) -> Result<(), PagesError> {
        let text = serde_json::to_string_pretty(self).map_err(|e| PagesError::Plot(e.to_string()))?;
        replace(&folder.join("report.json"), true, |out| writeln!(out, "{text}"))?;
        let title = format!("Lists a question stands in ({} stand in none, one in {})", self.links.orphans, self.links.most);
        let plot = plot_histogram(&folder.join("links.svg"), &title, "lists", "questions", standing);
        plot.map_err(|e| PagesError::Plot(e.to_string()))
    }
}
