//! Which way a model is computed: by the processor's instructions, the model's shapes and the operator's wish.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use super::error::ModelError;
use super::packed::{Kernel, Packed, Precision};
use super::spec::Architecture;

/// How precisely to compute, as the operator says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// bf16 where the processor multiplies it fast, else f32: the fastest whose neighbors are those of f32, but for one in a hundred.
    #[default]
    Auto,
    F32,
    Bf16,
    Int8,
    /// candle's own forward pass, in f32.
    Reference,
    /// candle's own forward pass, in f32 on the first NVIDIA GPU.
    Cuda,
}

impl Choice {
    const ALL: [(&'static str, Self); 6] = [
        ("auto", Self::Auto),
        ("f32", Self::F32),
        ("bf16", Self::Bf16),
        ("int8", Self::Int8),
        ("reference", Self::Reference),
        ("cuda", Self::Cuda),
    ];
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.iter().find(|(name, _)| *name == text);
        named.map(|(_, choice)| *choice).ok_or_else(|| format!("`{text}` is none of auto, f32, bf16, int8, reference and cuda"))
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, choice)| choice == self).map_or("auto", |(name, _)| name);
        f.write_str(name)
    }
}

/// The choice, and how many threads compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compute {
    pub choice: Choice,
    /// `None`: one for each processor.
    pub threads: Option<usize>,
}

pub(super) enum Path {
    Packed(Kernel),
    Candle(Device),
}

impl Compute {
    pub fn new(choice: Choice) -> Self {
        Self { choice, threads: None }
    }

    pub(super) fn threads(self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    pub(super) fn path(self, architecture: &Architecture) -> Result<Path, ModelError> {
        let fits = Packed::fits(architecture);
        let precision = match self.choice {
            Choice::Reference => return Ok(Path::Candle(Device::Cpu)),
            Choice::Auto if !fits => return Ok(Path::Candle(Device::Cpu)),
            Choice::Cuda => return Device::new_cuda(0).map(Path::Candle).map_err(ModelError::Cuda),
            Choice::Auto => return Ok(Path::Packed(Kernel::best())),
            Choice::F32 => Precision::F32,
            Choice::Bf16 => Precision::Bf16,
            Choice::Int8 => Precision::Int8,
        };
        if !fits {
            let why = "its sizes are no multiples of 32; `auto` and `reference` take it";
            return Err(ModelError::Compute { choice: self.choice, why });
        }
        let why = "this processor has no instructions for it";
        Kernel::detect(precision).map(Path::Packed).ok_or(ModelError::Compute { choice: self.choice, why })
    }
}
