//! The promises of the whole program, in one binary.

mod batch;
mod cli;
mod crash;
mod golden;
mod http;
mod hub;
mod layers;
mod ranking;
mod support;
mod web;
