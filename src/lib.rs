//! likewise: related questions by meaning.
//!
//! Questions are embedded by a multilingual sentence model, kept in a durable store, indexed in an HNSW graph and served over
//! HTTP. ARCHITECTURE.md is the map; the layers, from the bottom:
//!
//! - [`question`], [`embedding`], [`filter`]: the words of the field, as types that can't be wrong
//! - [`language`], [`embed`], [`index`], [`store`], [`catalog`]: the engines, which don't know each other
//! - [`corpus`], [`ingest`], [`recommend`]: what joins them
//! - [`import`], [`evaluate`], [`wire`]: files and JSON
//! - [`config`], [`app`]: one validated configuration, everything joined
//! - [`http`], [`cli`]: the edge
pub mod app;
pub mod background;
pub mod catalog;
pub mod checked;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod decisions;
pub mod duplicates;
pub mod editorial;
pub mod embed;
pub mod embedding;
pub mod evaluate;
pub mod filter;
pub mod fold;
pub mod http;
pub mod import;
pub mod index;
pub mod ingest;
pub mod language;
pub mod lexical;
pub mod lists;
pub mod matmul;
pub mod memory;
pub mod pages;
pub mod pairs;
pub mod question;
pub mod recommend;
pub mod records;
pub mod store;
pub mod templates;
pub mod wire;
