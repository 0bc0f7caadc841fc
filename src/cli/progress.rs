//! Progress of long work: a bar on a terminal, a plain line now and then elsewhere; always on standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two plain lines.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// Progress over `total` units of which `done` are done; `what` names the items counted beside them.
pub struct Progress {
    bar: ProgressBar,
    label: &'static str,
    plain: bool,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    /// Over a number of items.
    pub fn items(label: &'static str, total: u64) -> Self {
        Self::new(label, total, "{prefix} [{bar:30}] {human_pos}/{human_len} {msg} · {elapsed} · {eta} left")
    }

    /// Over work whose parts have no name: pairs, say.
    pub fn shares(label: &'static str) -> Self {
        Self::new(label, 0, "{prefix} [{bar:30}] {percent}% {msg} · {elapsed} · {eta} left")
    }

    /// Over bytes read; zero where their number is not known.
    pub fn bytes(label: &'static str, total: u64) -> Self {
        let known = "{prefix} [{bar:30}] {percent}% of {total_bytes} {msg} · {elapsed} · {eta} left";
        Self::new(label, total, if total == 0 { "{prefix} {spinner} {bytes} {msg} · {elapsed}" } else { known })
    }

    fn new(label: &'static str, total: u64, template: &str) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
        let bar = ProgressBar::with_draw_target(Some(total), target).with_prefix(label);
        // The template is ours; should it be wrong, the bar looks plain.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self { bar, label, plain, started: now, last_line: now }
    }

    /// `position` of the units are done; `items` of them count for the rate.
    pub fn update(&mut self, position: u64, items: u64) {
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        let rate = items as f64 / seconds;
        self.bar.set_position(position);
        self.bar.set_message(format!("· {items} questions, {rate:.0}/s"));
        if self.plain && self.last_line.elapsed() >= PLAIN_INTERVAL {
            self.last_line = Instant::now();
            let part = self.bar.length().filter(|length| *length > 0).map(|length| position as f64 * 100.0 / length as f64);
            let part = part.map_or_else(String::new, |part| format!(", {part:.0}%"));
            eprintln!("{}: {items} questions, {rate:.0}/s{part}", self.label);
        }
    }

    /// As [`Progress::update`], where only now it is known how much there is.
    pub fn update_of(&mut self, position: u64, length: u64, items: u64) {
        self.bar.set_length(length);
        self.update(position, items);
    }

    /// A line that stays, above the bar.
    pub fn line(&self, text: &str) {
        if self.plain { eprintln!("{text}") } else { self.bar.println(text) }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
