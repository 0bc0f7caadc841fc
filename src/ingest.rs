//! Questions into the corpus: only new texts are embedded.

use std::collections::HashMap;

use thiserror::Error;

use crate::corpus::{Corpus, CorpusError};
use crate::embed::{EmbedError, Embedder, Lane, compose};
use crate::embedding::Embedding;
use crate::question::{Question, QuestionId};
use crate::store::{Outcome, Put, StoreError, Write};

/// A question as it arrives.
#[derive(Debug, Clone)]
pub struct Draft {
    pub question: Question,
    /// Whether the site said when it was asked; see [`Put::created_at_given`].
    pub created_at_given: bool,
    /// Ready-made, by the corpus's own model.
    pub embedding: Option<Embedding>,
}

#[derive(Debug, Error)]
pub enum IngestError {
    #[error(transparent)]
    Embed(#[from] EmbedError),
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores `drafts`, all or none, in order: the last of several with one id wins. Durable and findable when it returns.
/// Cost: the embedding of every new text, then one commit. Blocks.
pub fn ingest(
    corpus: &Corpus,
    embedder: &Embedder,
    lane: Lane,
    drafts: Vec<Draft>,
) -> Result<Vec<(Question, Outcome)>, IngestError> {
    let mut puts: Vec<Put> = drafts.into_iter().map(into_put).collect();
    let known = known_texts(corpus, &puts)?;
    let new = |put: &Put, known: &HashMap<QuestionId, Question>| {
        put.embedding.is_none() && known.get(&put.question.id).is_none_or(|stored| stored.text != put.question.text)
    };
    embed_where(embedder, lane, &mut puts, |put| new(put, &known))?;
    loop {
        let writes = puts.into_iter().map(|put| Write::Put(Box::new(put))).collect();
        let (committed, writes) = corpus.write(writes)?;
        puts = writes.into_iter().filter_map(|write| if let Write::Put(put) = write { Some(*put) } else { None }).collect();
        let refused = committed.outcomes.contains(&Outcome::NeedsEmbedding);
        if !refused {
            return Ok(puts.into_iter().map(|put| put.question).zip(committed.outcomes).collect());
        }
        // Somebody changed a text between our look and our write. Sending the others again changes nothing.
        embed_where(embedder, lane, &mut puts, |put| put.embedding.is_none())?;
    }
}

fn into_put(draft: Draft) -> Put {
    Put { question: draft.question, created_at_given: draft.created_at_given, embedding: draft.embedding }
}

fn known_texts(corpus: &Corpus, puts: &[Put]) -> Result<HashMap<QuestionId, Question>, StoreError> {
    let ids: Vec<QuestionId> = puts.iter().map(|put| put.question.id.clone()).collect();
    let stored = corpus.get_many(&ids)?.into_iter().flatten();
    Ok(stored.map(|stored| (stored.question.id.clone(), stored.question)).collect())
}

fn embed_where(embedder: &Embedder, lane: Lane, puts: &mut [Put], wanted: impl Fn(&Put) -> bool) -> Result<(), EmbedError> {
    let mut new: Vec<&mut Put> = puts.iter_mut().filter(|put| wanted(put)).collect();
    let texts: Vec<String> = new.iter().map(|put| compose(&put.question.text)).collect();
    let embeddings = match lane {
        Lane::Bulk => embedder.embed_bulk(&texts)?,
        Lane::Interactive => {
            let embedded = texts.iter().map(|text| embedder.embed_now(text));
            embedded.map(|result| result.map(|e| e.embedding)).collect::<Result<_, _>>()?
        }
    };
    for (put, embedding) in new.iter_mut().zip(embeddings) {
        put.embedding = Some(embedding);
    }
    Ok(())
}
