//! `likewise pages`.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::{Done, Usage};
use crate::app::App;
use crate::config::Config;
use crate::lists::{Go, Lists};
use crate::pages::{self, Format, Job, LinkRules, Renderer, Report};
use crate::question::SeqNo;
use crate::recommend::{Arrangement, DEFAULT_LIMIT, Fill, MAX_LIMIT, depth};

use super::related::ModeArgument;

/// Between two times that unfinished lists are kept.
const KEEP_EVERY: Duration = Duration::from_secs(30);

/// Write the related list of every question into a folder.
///
/// Exact, not approximate: every question is compared with every other. The lists are kept in the data folder, so that a later
/// run compares new questions only; in the output folder only what changed is written again, each file as a whole. A run
/// that was stopped, however hard, goes on where it was. While a server runs, its questions are read beside it.
#[derive(Debug, Args)]
pub struct Pages {
    /// Folder to write into: a new or empty one, or one that was written by this command
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Files of JSON Lines, a fragment of HTML a question, or a whole page a question
    #[arg(long, value_enum, default_value = "jsonl")]
    format: FormatArgument,
    /// Questions to list, 1 to 100
    #[arg(long, default_value_t = DEFAULT_LIMIT)]
    limit: usize,
    /// Questions less alike than this are not related
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    min_score: f32,
    /// What follows where fewer are related: the newest questions, or nothing
    #[arg(long, value_enum, default_value = "latest")]
    fill: FillArgument,
    /// What makes a question related: its meaning, its words, or both
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: ModeArgument,
    /// List duplicates of each other side by side, in place of the best one alone
    #[arg(long)]
    no_collapse: bool,
    /// A template (minijinja) in place of the built-in one
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Address of a question without one of its own; `{id}` stands for its id
    #[arg(long, value_name = "PATTERN", default_value = "/q/{id}")]
    link: String,
    /// Put a question that stands in no list into that of its nearest neighbor
    #[arg(long)]
    no_orphans: bool,
    /// Most lists that one question may stand in
    #[arg(long, value_name = "N")]
    max_links: Option<usize>,
    /// Also write the lists that changed after this state of the store (the `seq` of an earlier report) into
    /// DIR/.likewise/changes.jsonl
    #[arg(long, value_name = "SEQ")]
    since: Option<u64>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArgument {
    Jsonl,
    Html,
    Page,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FillArgument {
    Latest,
    None,
}

impl Pages {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        if !(1..=MAX_LIMIT).contains(&self.limit) {
            return Err(Usage(format!("--limit is {}, allowed is 1 to {MAX_LIMIT}", self.limit)).into());
        }
        if self.max_links == Some(0) {
            return Err(Usage("--max-links is 0: no question could stand in a list".into()).into());
        }
        let template = self
            .template
            .as_ref()
            .map(|path| std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display())));
        let template = template.transpose()?;
        let renderer = Renderer::new(self.format(), template.as_deref(), self.limit, &self.link)?;
        pages::take_folder(&self.out)?;

        let started = Instant::now();
        let app = open(config)?;
        let compared = Instant::now();
        let lists = up_to_date_lists(&app, config, depth(self.limit))?;
        let comparing = compared.elapsed();

        // Each is chosen, then written.
        let mut progress = Progress::items("writing", 2 * app.corpus.len() as u64);
        let (tell, told) = std::sync::mpsc::channel();
        let job = Job {
            folder: &self.out,
            renderer: &renderer,
            rules: LinkRules { limit: self.limit, min_score: self.min_score, cap: self.max_links, adopt: self.no_orphans },
            mode: self.mode.into(),
            arrangement: Arrangement { collapse: !self.no_collapse, ..Arrangement::default() },
            fill: match self.fill {
                FillArgument::Latest => Fill::Latest { at_most: self.limit },
                FillArgument::None => Fill::None,
            },
            since: self.since.map(SeqNo),
            settings: self.settings(template.as_deref()),
            threads: threads(),
        };
        let report = std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                // The bar is drawn by one thread.
                let tell = tell;
                pages::write(&app.corpus, &app.judge, &lists, &job, |done, _| {
                    // Nobody listens any more where the main thread is ending.
                    let _ = tell.send(done);
                })
            });
            for done in told {
                progress.update(done as u64, done as u64);
            }
            writing.join().map_err(|_| anyhow::anyhow!("the thread that writes pages panicked"))
        })??;
        progress.finish();
        app.corpus.close();
        self.tell(&report, comparing, started.elapsed())?;
        Ok(Done::Fully)
    }

    fn format(&self) -> Format {
        match self.format {
            FormatArgument::Jsonl => Format::Jsonl,
            FormatArgument::Html => Format::Html,
            FormatArgument::Page => Format::Page,
        }
    }

    /// All that decides how a list looks, beside its questions.
    fn settings(&self, template: Option<&str>) -> String {
        let Self { format, limit, link, .. } = self;
        format!("{} {format:?} {limit} {link} {}", env!("CARGO_PKG_VERSION"), template.unwrap_or_default())
    }

    fn tell(&self, report: &Report, comparing: Duration, all: Duration) -> anyhow::Result<()> {
        if self.json {
            let mut json = serde_json::to_value(report)?;
            json["seconds"] = serde_json::json!({ "comparing": comparing.as_secs_f64(), "all": all.as_secs_f64() });
            writeln!(std::io::stdout(), "{json}")?;
            return Ok(());
        }
        let Report { questions, written, unchanged, removed, links, .. } = report;
        let seconds = all.as_secs_f64();
        eprintln!(
            "{questions} lists in {seconds:.1} s ({:.1} s of it comparing): {written} written, {unchanged} as they were, {removed} \
             removed",
            comparing.as_secs_f64()
        );
        eprintln!(
            "{} of {questions} questions stand in no list, the most listed one in {}; report in {}",
            links.orphans,
            links.most,
            self.out.join(".likewise/report.json").display()
        );
        Ok(())
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

pub fn open(config: &Config) -> anyhow::Result<App> {
    let mut progress = Progress::items("loading", 0);
    let app = App::open_to_read(config, |done, _| {
        if done % 1_000 == 0 {
            progress.update(done, done);
        }
    })?;
    progress.finish();
    Ok(app)
}

/// The nearest of every question, so many, brought in step with the store, and kept where no other process holds the folder.
fn up_to_date_lists(app: &App, config: &Config, shown: usize) -> anyhow::Result<Lists> {
    let path = config.lists_file(shown);
    let model = app.corpus.model().fingerprint.to_string();
    let mut lists = Lists::load(&path, &model, shown).unwrap_or_else(|| Lists::new(shown));
    let moment = app.corpus.moment(lists.next_point());
    let before = (lists.seq(), lists.points().len());
    let mut progress = Progress::shares("comparing");
    // A server beside keeps its own.
    let may_keep = app.corpus.holds_folder();
    let mut kept = Instant::now();
    lists.update(&moment, threads(), |lists, settling| {
        let (done, all) = settling.pairs();
        progress.update_of(done, all, settling.settled as u64);
        if may_keep && kept.elapsed() >= KEEP_EVERY {
            kept = Instant::now();
            lists.keep(&path, &model)?;
        }
        Ok(Go::On)
    })?;
    progress.finish();
    if may_keep && (lists.seq(), lists.points().len()) != before {
        lists.keep(&path, &model)?;
    }
    Ok(lists)
}
