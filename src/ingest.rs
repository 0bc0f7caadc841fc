//! Questions into a repository: only new texts are embedded.

use std::collections::HashMap;

use thiserror::Error;

use crate::corpus::{CorpusError, Repository};
use crate::embed::{EmbedError, Embedder, compose};
use crate::embedding::Embedding;
use crate::question::{Question, QuestionId};
use crate::store::{Outcome, Put, StoreError, Write};

/// A question as it arrives.
#[derive(Debug, Clone)]
pub struct Draft {
    pub question: Question,
    /// Whether the site said when it was asked; see [`Put::created_at_given`].
    pub created_at_given: bool,
    /// Ready-made, by the repository's own model.
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

/// Stores `drafts`, whose ids are distinct, and tells what became of each, in order. Durable and, where there is an index,
/// findable when it returns. After an error none of them is stored; but where somebody else changed one of the texts at the
/// same moment, the others may be. Cost: the embedding of every new text, behind all interactive ones, then one commit. Blocks.
pub fn ingest(repository: &impl Repository, embedder: &Embedder, drafts: Vec<Draft>) -> Result<Vec<Outcome>, IngestError> {
    let mut outcomes = vec![Outcome::NeedsEmbedding; drafts.len()];
    let mut puts: Vec<(usize, Put)> = drafts.into_iter().map(Put::from).enumerate().collect();
    let known = known_questions(repository, &puts)?;
    let is_new = |put: &Put| known.get(&put.question.id).is_none_or(|stored| stored.text != put.question.text);
    embed_where(embedder, &mut puts, is_new)?;
    while !puts.is_empty() {
        let (positions, writes): (Vec<usize>, Vec<Write>) =
            puts.into_iter().map(|(position, put)| (position, Write::Put(Box::new(put)))).unzip();
        let (committed, writes) = repository.write(writes)?;
        puts = Vec::new();
        for ((position, write), outcome) in positions.into_iter().zip(writes).zip(committed.outcomes) {
            outcomes[position] = outcome;
            // Its text was changed between our look and our write: it goes round again, with an embedding.
            if let (Write::Put(put), Outcome::NeedsEmbedding) = (write, outcome) {
                puts.push((position, *put));
            }
        }
        embed_where(embedder, &mut puts, |_| true)?;
    }
    Ok(outcomes)
}

impl From<Draft> for Put {
    fn from(draft: Draft) -> Self {
        Self { question: draft.question, created_at_given: draft.created_at_given, embedding: draft.embedding }
    }
}

fn known_questions(repository: &impl Repository, puts: &[(usize, Put)]) -> Result<HashMap<QuestionId, Question>, StoreError> {
    let ids: Vec<QuestionId> = puts.iter().map(|(_, put)| put.question.id.clone()).collect();
    let stored = repository.get_many(&ids)?.into_iter().flatten();
    Ok(stored.map(|stored| (stored.question.id.clone(), stored.question)).collect())
}

/// Embeds those that have no embedding and are `wanted`.
fn embed_where(embedder: &Embedder, puts: &mut [(usize, Put)], wanted: impl Fn(&Put) -> bool) -> Result<(), EmbedError> {
    let puts = puts.iter_mut().map(|(_, put)| put);
    let mut new: Vec<&mut Put> = puts.filter(|put| put.embedding.is_none() && wanted(put)).collect();
    let texts: Vec<String> = new.iter().map(|put| compose(&put.question.text)).collect();
    for (put, embedding) in new.iter_mut().zip(embedder.embed_bulk(&texts)?) {
        put.embedding = Some(embedding);
    }
    Ok(())
}
