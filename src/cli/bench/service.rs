//! `likewise bench service`: latency of the HTTP API, by connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use super::{percentile, sample_titles};
use crate::app::App;
use crate::cli::Usage;
use crate::config::Config;
use crate::http::{Bound, Server};

/// A server's.
#[derive(Debug, Args)]
pub struct ServiceBench {
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
    pub fn run(self, config: Config) -> anyhow::Result<Value> {
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
    tokio::task::spawn_blocking(move || upkeep.corpus.finish_upkeep()).await??;
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
