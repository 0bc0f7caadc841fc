//! `likewise bench`: measures this machine; JSON out.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, Subcommand};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::{Done, Usage};
use crate::app::{App, load_model};
use crate::config::Config;
use crate::embed::{Choice, Compute, Model, Tokens};
use crate::embedding::Embedding;
use crate::http::{Bound, Server};
use crate::index::SearchMode;

/// Measure this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Texts and tokens a second of the model, by batch size
    Embed(EmbedBench),
    /// Recall and speed of the index over the stored questions
    Search(SearchBench),
    /// Latency of the HTTP API over the stored questions, by connections
    Service(ServiceBench),
}

impl Bench {
    pub fn run(self, config: Config) -> anyhow::Result<Done> {
        let report = match self.what {
            What::Embed(bench) => bench.run(&config)?,
            What::Search(bench) => bench.run(&config)?,
            What::Service(bench) => bench.run(config)?,
        };
        writeln!(std::io::stdout(), "{report:#}")?;
        Ok(Done::Fully)
    }
}

/// The sample questions' titles: short texts in ten languages, Chinese first.
fn sample_titles() -> anyhow::Result<Vec<String>> {
    let title = |line: &str| {
        let question: Value = serde_json::from_str(line)?;
        Ok(question["title"].as_str().unwrap_or_default().to_owned())
    };
    super::serve::SAMPLES.lines().map(title).collect()
}

fn read_lines(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    anyhow::ensure!(!lines.is_empty(), Usage(format!("{} holds no text", path.display())));
    Ok(lines)
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let position = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    let value = sorted.get(position).map_or(0.0, Duration::as_secs_f64);
    (value * 1e6).round() / 1e3
}

#[derive(Debug, Args)]
struct EmbedBench {
    /// Texts to embed for each batch size
    #[arg(long, default_value_t = 1_000)]
    texts: usize,
    /// A file with a text in each line, in place of the samples' titles
    #[arg(long)]
    input: Option<PathBuf>,
    /// Batch sizes, each measured in turn
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128")]
    batches: Vec<usize>,
    /// Compare the embeddings with those of candle's own forward pass in f32
    #[arg(long)]
    compare: bool,
}

impl EmbedBench {
    fn run(self, config: &Config) -> anyhow::Result<Value> {
        let model = load_model(config)?;
        let texts = match &self.input {
            Some(path) => read_lines(path)?,
            None => sample_titles()?,
        };
        let texts: Vec<&String> = texts.iter().cycle().take(self.texts.max(1)).collect();
        let started = Instant::now();
        let mut tokens = texts.iter().map(|text| model.tokenize(text)).collect::<Result<Vec<Tokens>, _>>()?;
        let tokenizing = started.elapsed();
        tokens.sort_by_key(|tokens| tokens.ids.len());
        let counted: usize = tokens.iter().map(|tokens| tokens.ids.len()).sum();
        model.encode(&tokens.iter().take(64).collect::<Vec<_>>())?;
        let batches = self.batches.iter().map(|&size| self.measure(&model, &tokens, counted, tokenizing, size.max(1)));
        let batches = batches.collect::<anyhow::Result<Vec<Value>>>()?;
        let agreement = self.compare.then(|| agreement(config, &model, &tokens)).transpose()?;
        Ok(json!({ "model": model.info().name, "path": model.info().compute, "threads": model.info().threads,
                   "texts": tokens.len(), "tokens": counted, "batches": batches, "agreement": agreement }))
    }

    /// The shares are of one thread's time, with tokenizing as it is done for all texts by one thread.
    fn measure(
        &self,
        model: &Model,
        tokens: &[Tokens],
        counted: usize,
        tokenizing: Duration,
        size: usize,
    ) -> anyhow::Result<Value> {
        let mut times = Vec::new();
        let before_all = model.spent();
        let started = Instant::now();
        for batch in tokens.chunks(size) {
            let before = Instant::now();
            model.encode(&batch.iter().collect::<Vec<_>>())?;
            times.push(before.elapsed());
        }
        let seconds = started.elapsed().as_secs_f64();
        times.sort();
        let share = |part: Duration, whole: Duration| (part.as_secs_f64() / whole.as_secs_f64() * 1e3).round() / 1e3;
        let shares = before_all.zip(model.spent()).map(|(before, after)| {
            let whole = after.whole - before.whole;
            json!({ "tokenize": share(tokenizing, tokenizing + Duration::from_secs_f64(seconds)),
                    "attention": share(after.attention - before.attention, whole),
                    "products": share(after.products - before.products, whole) })
        });
        Ok(json!({
            "batch": size, "texts_per_second": tokens.len() as f64 / seconds, "tokens_per_second": counted as f64 / seconds,
            "p50_ms": percentile(&times, 50), "p99_ms": percentile(&times, 99), "shares": shares,
        }))
    }
}

/// How near a model's embeddings are to those of candle's forward pass, and how many of each text's ten nearest are the same.
fn agreement(config: &Config, model: &Model, tokens: &[Tokens]) -> anyhow::Result<Value> {
    let compute = Compute { choice: Choice::Reference, ..config.compute };
    let reference = load_model(&Config { compute, ..config.clone() })?;
    let embed = |model: &Model| -> anyhow::Result<Vec<Embedding>> {
        let batches = tokens.chunks(32).map(|batch| Ok(model.encode(&batch.iter().collect::<Vec<_>>())?));
        Ok(batches.collect::<anyhow::Result<Vec<_>>>()?.concat())
    };
    let (ours, theirs) = (embed(model)?, embed(&reference)?);
    let cosines: Vec<f32> = ours.iter().zip(&theirs).map(|(a, b)| a.similarity(b).value()).collect();
    let (mut same, mut all) = (0, 0);
    for position in 0..tokens.len() {
        let (a, b) = (nearest_ten(&ours, position), nearest_ten(&theirs, position));
        same += a.iter().filter(|other| b.contains(other)).count();
        all += b.len();
    }
    Ok(json!({
        "least_cosine": cosines.iter().copied().fold(1.0, f32::min),
        "mean_cosine": cosines.iter().map(|cosine| f64::from(*cosine)).sum::<f64>() / cosines.len() as f64,
        "top_10_overlap": same as f64 / all as f64,
    }))
}

fn nearest_ten(embeddings: &[Embedding], of: usize) -> Vec<usize> {
    let others = (0..embeddings.len()).filter(|&other| other != of);
    let mut scored: Vec<_> = others.map(|other| (embeddings[of].similarity(&embeddings[other]), other)).collect();
    scored.sort_by(|a, b| b.cmp(a));
    scored.into_iter().take(10).map(|(_, other)| other).collect()
}

#[derive(Debug, Args)]
struct SearchBench {
    /// Stored questions to look up
    #[arg(long, default_value_t = 1_000)]
    queries: usize,
    /// Neighbors to find for each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    k: u16,
}

impl SearchBench {
    fn run(self, config: &Config) -> anyhow::Result<Value> {
        let app = App::open(config, |_, _| ())?;
        let k = usize::from(self.k);
        let started = Instant::now();
        app.corpus.finish_upkeep();
        let build_seconds = started.elapsed().as_secs_f64();
        let live = app.corpus.live();
        let step = (live.len() as usize / self.queries.max(1)).max(1);
        let points = live.iter().step_by(step).take(self.queries).map(crate::question::PointId);
        let queries: Vec<_> = points.filter_map(|point| app.corpus.embedding(point)).collect();
        if queries.is_empty() {
            return Err(Usage("the data folder holds no questions; import some first".into()).into());
        }
        // All of them before the first exact one: that reads all vectors, and nothing else would be left in the processor's caches.
        let timed = queries.iter().map(|query| {
            let before = Instant::now();
            let found = app.corpus.nearest(query, k, &live, SearchMode::Approximate);
            (found, before.elapsed())
        });
        let (found, mut times): (Vec<_>, Vec<_>) = timed.unzip();
        let (mut hits, mut wanted) = (0, 0);
        for (query, found) in queries.iter().zip(found) {
            let exact = app.corpus.nearest(query, k, &live, SearchMode::Exact);
            let floor = exact.last().map_or(-1.0, |worst| worst.similarity.value() - 1e-6);
            hits += found.iter().filter(|neighbor| neighbor.similarity.value() >= floor).count().min(exact.len());
            wanted += exact.len();
        }
        let total: Duration = times.iter().sum();
        times.sort();
        Ok(json!({
            "questions": app.corpus.len(), "ef_search": config.index.ef_search, "k": self.k, "build_seconds": build_seconds,
            "queries_per_second": queries.len() as f64 / total.as_secs_f64(), "recall": hits as f64 / wanted as f64,
            "p50_ms": percentile(&times, 50), "p99_ms": percentile(&times, 99),
        }))
    }
}

#[derive(Debug, Args)]
struct ServiceBench {
    /// A running server; without it one is started over the data folder
    #[arg(long)]
    server: Option<SocketAddr>,
    /// Connections, each measured in turn
    #[arg(long, value_delimiter = ',', default_value = "1,8,64")]
    connections: Vec<usize>,
    /// Seconds for each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

impl ServiceBench {
    fn run(self, config: Config) -> anyhow::Result<Value> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async move {
            let address = match self.server {
                Some(address) => address,
                None => start_server(config).await?,
            };
            let mut measurements = Vec::new();
            for load in [Load::ById, Load::NewText] {
                let requests = Arc::new(load.requests(address).await?);
                // Counted on through all measurements: a text asked for twice would come from the cache.
                let next = Arc::new(AtomicUsize::new(0));
                for &connections in &self.connections {
                    let next = Arc::clone(&next);
                    measurements.push(self.measure(address, load, Arc::clone(&requests), next, connections).await?);
                }
            }
            Ok(json!({ "seconds": self.seconds, "measurements": measurements }))
        })
    }

    async fn measure(
        &self,
        address: SocketAddr,
        load: Load,
        requests: Arc<Vec<Call>>,
        next: Arc<AtomicUsize>,
        connections: usize,
    ) -> anyhow::Result<Value> {
        let until = Instant::now() + Duration::from_secs(self.seconds);
        let started = Instant::now();
        let clients: Vec<_> =
            (0..connections).map(|_| tokio::spawn(client(address, Arc::clone(&requests), Arc::clone(&next), until))).collect();
        let mut times = Vec::new();
        let mut refused = 0;
        for client in clients {
            let (ok, not_ok) = client.await??;
            times.extend(ok);
            refused += not_ok;
        }
        let seconds = started.elapsed().as_secs_f64();
        times.sort();
        Ok(json!({
            "load": load.name(), "connections": connections, "answers": times.len(), "refused": refused,
            "per_second": times.len() as f64 / seconds, "p50_ms": percentile(&times, 50), "p99_ms": percentile(&times, 99),
        }))
    }
}

async fn start_server(config: Config) -> anyhow::Result<SocketAddr> {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config { listen, ..config };
    let server = Arc::new(Server::new(config));
    let app = {
        let server = Arc::clone(&server);
        tokio::task::spawn_blocking(move || App::open(&server.config, |_, _| ())).await??
    };
    anyhow::ensure!(!app.corpus.is_empty(), Usage("the data folder holds no questions; import some first".into()));
    let upkeep = app.clone();
    tokio::task::spawn_blocking(move || upkeep.corpus.finish_upkeep()).await?;
    server.ready(app);
    let bound = Bound::bind(server).await?;
    let address = bound.address();
    tokio::spawn(bound.run(std::future::pending()));
    Ok(address)
}

/// One request: method, path, body.
type Call = (Method, String, Bytes);

#[derive(Debug, Clone, Copy)]
enum Load {
    /// `GET /v1/questions/{id}/related`
    ById,
    /// `POST /v1/related`, never the same text twice.
    NewText,
}

impl Load {
    fn name(self) -> &'static str {
        match self {
            Self::ById => "related by id",
            Self::NewText => "related for a new text",
        }
    }

    async fn requests(self, address: SocketAddr) -> anyhow::Result<Vec<Call>> {
        match self {
            Self::ById => {
                let (status, body) = one(address, (Method::GET, "/v1/questions?limit=1000".into(), Bytes::new())).await?;
                anyhow::ensure!(status == 200, "the server answered {status}");
                let page: Value = serde_json::from_slice(&body)?;
                let ids = page["items"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_str());
                let path = |id: &str| format!("/v1/questions/{}/related", percent_encode(id));
                Ok(ids.map(|id| (Method::GET, path(id), Bytes::new())).collect())
            }
            Self::NewText => {
                // More texts than can be embedded in the time, each new to the cache.
                let titles = sample_titles()?;
                let texts = titles.iter().cycle().take(50_000).enumerate();
                let body =
                    |(number, title): (usize, &String)| Bytes::from(json!({ "text": format!("{title} {number}") }).to_string());
                Ok(texts.map(|text| (Method::POST, "/v1/related".into(), body(text))).collect())
            }
        }
    }
}

fn percent_encode(id: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    id.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

async fn connect(address: SocketAddr) -> anyhow::Result<http1::SendRequest<Full<Bytes>>> {
    let stream = tokio::net::TcpStream::connect(address).await.with_context(|| format!("{address} can't be reached"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    address: SocketAddr,
    (method, path, body): Call,
) -> anyhow::Result<(u16, Bytes)> {
    let request = Request::builder().method(method).uri(path).header("host", address.to_string());
    let request = request.header("content-type", "application/json").body(Full::new(body))?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

async fn one(address: SocketAddr, call: Call) -> anyhow::Result<(u16, Bytes)> {
    send(&mut connect(address).await?, address, call).await
}

/// Sends request after request on one connection; the times of the good answers, and how many others there were.
async fn client(
    address: SocketAddr,
    requests: Arc<Vec<Call>>,
    next: Arc<AtomicUsize>,
    until: Instant,
) -> anyhow::Result<(Vec<Duration>, usize)> {
    let mut sender = connect(address).await?;
    let mut times = Vec::new();
    let mut refused = 0;
    while Instant::now() < until {
        let call = requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()].clone();
        let before = Instant::now();
        let (status, _) = send(&mut sender, address, call).await?;
        if status == 200 {
            times.push(before.elapsed());
        } else {
            refused += 1;
        }
    }
    Ok((times, refused))
}
