//! `likewise serve`.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{Done, progress::Progress};
use crate::app::App;
use crate::config::Config;
use crate::http::{Bound, Server, webhook};
use crate::ingest::ingest;

/// The questions of `--demo`.
pub const SAMPLES: &str = include_str!("../../data/samples/questions.jsonl");

/// Serve the HTTP API and the web page.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:7171]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// First load the sample questions, when the store is empty
    #[arg(long)]
    demo: bool,
    /// Listen on other than loopback without API keys
    #[arg(long)]
    insecure: bool,
}

impl Serve {
    pub fn flags(&self) -> impl Iterator<Item = (&'static str, String)> {
        let listen = self.listen.clone().map(|listen| ("listen", listen));
        listen.into_iter().chain(self.insecure.then(|| ("insecure", "true".to_owned())))
    }

    pub fn run(self, config: Config) -> anyhow::Result<Done> {
        config.check_exposure()?;
        let filter = EnvFilter::try_new(&config.log).context("the setting `log` can't be read")?;
        let ansi = std::io::stderr().is_terminal();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(64)
            .build()
            .context("the runtime can't be started")?;
        let served = runtime.block_on(self.serve(config));
        // What is still embedding for callers that are gone is not waited for.
        runtime.shutdown_background();
        served.map(|()| Done::Fully)
    }

    async fn serve(self, config: Config) -> anyhow::Result<()> {
        let server = Arc::new(Server::new(config));
        let bound = Bound::bind(Arc::clone(&server)).await?;
        let address = bound.address();
        let (failed, failure) = tokio::sync::oneshot::channel();
        let demo = self.demo;
        let loader = Arc::clone(&server);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = load(&loader, demo, &format!("http://{address}")) {
                // The receiver lives as long as the server runs.
                let _ = failed.send(error);
            }
        });
        tokio::select! {
            served = bound.run(stop_signal()?) => served?,
            Ok(error) = failure => return Err(error),
        }
        tracing::info!("stopped");
        if let Some(app) = server.app().cloned() {
            tokio::task::spawn_blocking(move || app.close()).await?;
        }
        Ok(())
    }
}

/// Opens everything, then lets requests in.
fn load(server: &Server, demo: bool, address: &str) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut progress = Progress::items("loading", 0);
    let mut app = App::open(&server.config, |done, _| {
        if done % 1_000 == 0 {
            progress.update(done, done);
        }
    })?;
    progress.finish();
    if demo && app.corpus.is_empty() {
        load_samples(&app)?;
    }
    // The first text through the model touches all of its memory.
    app.embedder.embed_now("你好 hello")?;
    app.corpus.start_upkeep()?;
    if let Some(one_in) = server.config.recall_sample {
        app.corpus.start_audit(one_in)?;
    }
    if server.config.living_lists {
        app.start_lists(&server.config)?;
    }
    if let (Some(lists), Some(webhook)) = (&app.lists, &server.config.webhook) {
        webhook::start(Arc::clone(lists), webhook.clone(), &server.config.data_dir).context("the webhook's thread")?;
    }
    let (questions, milliseconds) = (app.corpus.len(), started.elapsed().as_millis());
    let model = app.corpus.model().name.clone();
    server.ready(app);
    tracing::info!(questions, model, milliseconds, "ready");
    eprintln!("likewise is listening on {address} ({questions} questions)");
    Ok(())
}

fn load_samples(app: &App) -> anyhow::Result<()> {
    let lines = SAMPLES.lines().collect::<Vec<_>>();
    let mut progress = Progress::items("samples", lines.len() as u64);
    let mut done = 0;
    for chunk in lines.chunks(128) {
        let parse = |line: &&str| crate::import::parse_json(line.as_bytes(), None).map_err(anyhow::Error::msg);
        let drafts = chunk.iter().map(parse).collect::<anyhow::Result<Vec<_>>>().context("the samples")?;
        ingest(&*app.corpus, &app.embedder, drafts)?;
        done += chunk.len() as u64;
        progress.update(done, done);
    }
    progress.finish();
    Ok(())
}

/// SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("signals can't be listened for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals can't be listened for")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
