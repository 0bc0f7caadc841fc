//! The webhook: sends what changed to the site, signed, again and again until it is taken. The only place that names `ureq`.
//!
//! Nothing is queued: what a delivery holds is computed from the state that was delivered last, so a site that is down for a
//! day costs no memory, and gets one delivery with all of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::changes::ChangesResponse;
use crate::config::Webhook;
use crate::lists::LivingLists;
use crate::question::SeqNo;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Waits between tries: each twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Starts the thread that delivers. It ends with the lists.
pub fn start(lists: Arc<LivingLists>, webhook: Webhook, data_dir: &Path) -> std::io::Result<()> {
    let delivered = data_dir.join("webhook-seq");
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build();
    let begin = lists.applied_seq();
    let sender = Sender { lists, webhook, begin, delivered, agent: config.into() };
    std::thread::Builder::new().name("webhook".into()).spawn(move || sender.run())?;
    Ok(())
}

struct Sender {
    lists: Arc<LivingLists>,
    webhook: Webhook,
    /// The state of the store at the start.
    begin: SeqNo,
    /// A file with the state that was delivered last.
    delivered: PathBuf,
    agent: ureq::Agent,
}

impl Sender {
    fn run(&self) {
        let known = std::fs::read_to_string(&self.delivered).ok().and_then(|text| text.trim().parse().ok());
        // A site that was told nothing yet hears what changes from now on.
        let mut delivered = known.map_or(self.begin, SeqNo);
        let mut pause = FIRST_PAUSE;
        while !self.lists.is_stopping() {
            if self.lists.wait_for_news(delivered) <= delivered {
                continue;
            }
            match self.deliver(delivered) {
                Ok(Some(seq)) => {
                    delivered = seq;
                    self.note(seq);
                    pause = FIRST_PAUSE;
                }
                Ok(None) => {}
                Err(why) => {
                    tracing::warn!(%why, seconds = pause.as_secs(), "the webhook was not taken; it is tried again");
                    self.wait(pause);
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    /// Sends what changed; tells up to where.
    fn deliver(&self, since: SeqNo) -> Result<Option<SeqNo>, String> {
        let Some(changes) = self.lists.changes(since).map_err(|e| e.to_string())? else { return Ok(None) };
        let seq = changes.seq;
        if changes.changed.is_empty() && changes.deleted.is_empty() {
            return Ok(Some(seq));
        }
        let body = serde_json::to_vec(&ChangesResponse::new(since, changes)).map_err(|e| e.to_string())?;
        let request = self.agent.post(&self.webhook.url).header("content-type", "application/json");
        let request = request.header("x-likewise-signature", signature(&self.webhook.secret, &body)?);
        request.send(&body[..]).map_err(|e| e.to_string())?;
        Ok(Some(seq))
    }

    fn note(&self, seq: SeqNo) {
        if let Err(error) = std::fs::write(&self.delivered, seq.0.to_string()) {
            tracing::warn!(%error, path = %self.delivered.display(), "can't be written; a restart delivers again");
        }
    }

    fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.lists.is_stopping() {
            std::thread::sleep(Duration::from_millis(100).min(pause));
        }
    }
}

/// `sha256=` and the HMAC of the body, in hexadecimal digits.
fn signature(secret: &str, body: &[u8]) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|e| e.to_string())?;
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256={digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_rfc_4231() {
        let made = signature("Jefe", b"what do ya want for nothing?").expect("signs");
        assert_eq!(made, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
