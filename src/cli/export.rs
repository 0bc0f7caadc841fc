//! `likewise export`.

use std::io::{BufWriter, Write};

use clap::Args;

use super::Done;
use crate::config::Config;
use crate::store::{FolderLock, Page, Store};
use crate::wire::QuestionOutput;

/// Write every question as JSON Lines to standard output, in the order of ids, as `likewise import` reads them.
#[derive(Debug, Args)]
pub struct Export {}

impl Export {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        let _lock = FolderLock::acquire(&config.data_dir)?;
        let reader = Store::open(&config.data_dir)?.reader();
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut page = Page { limit: 1_000, ..Page::default() };
        loop {
            let questions = reader.page(&page)?;
            for stored in &questions {
                serde_json::to_writer(&mut out, &QuestionOutput::from(&stored.question))?;
                out.write_all(b"\n")?;
            }
            match questions.last() {
                Some(last) => page.after = Some(last.question.id.clone()),
                None => break,
            }
        }
        out.flush()?;
        Ok(Done::Fully)
    }
}
