//! The inner loops: one panel of 32 columns of a matrix product. The f32 kernel is safe code for any processor; the others are
//! unsafe code for what only some have, each in a file of its own.

#[cfg(target_arch = "x86_64")]
pub mod amx;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod f32;

use super::lines::{Floats, Lanes};

/// Products of bf16 numbers on this processor.
#[derive(Debug, Clone, Copy)]
pub enum Bf16 {
    #[cfg(target_arch = "x86_64")]
    Amx(amx::Amx),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Bf16),
}

/// Products of bytes on this processor.
#[derive(Debug, Clone, Copy)]
pub enum Bytes {
    #[cfg(target_arch = "x86_64")]
    Amx(amx::Amx),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Vnni),
}

impl Bf16 {
    /// The fastest there is.
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return amx::Amx::detect().map(Self::Amx).or_else(|| avx512::Bf16::detect().map(Self::Avx512));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// Whether this is faster than f32: Intel's processors take AVX-512's bf16 instruction at a quarter of the rate of AMD's.
    pub fn is_fast(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(bf16) => bf16.is_fast(),
        }
    }

    /// Calls `each` with the product of one panel: blocks of 32 inputs, weights, first row, sums.
    pub fn with(self, each: impl FnOnce(&dyn Fn(&[&[Lanes]], &[[Lanes; 2]], usize, &mut [[Floats; 2]]))) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(amx) => {
                let tiles = amx.set_up();
                each(&|a, w, from, out| tiles.bf16(a, w, from, out));
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(bf16) => each(&|a, w, from, out| bf16.product(a, w, from, out)),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => "bf16 (AMX)",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "bf16 (AVX-512)",
        }
    }
}

impl Bytes {
    /// The fastest there is.
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return amx::Amx::detect().map(Self::Amx).or_else(|| avx512::Vnni::detect().map(Self::Avx512));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All that this processor has.
    #[cfg(test)]
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return amx::Amx::detect().map(Self::Amx).into_iter().chain(avx512::Vnni::detect().map(Self::Avx512)).collect();
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }

    /// Calls `each` with the product of one panel: blocks of 64 inputs, weights, first row, sums as `i32`.
    pub fn with(self, each: impl FnOnce(&dyn Fn(&[&[Lanes]], &[[Lanes; 2]], usize, &mut [[Lanes; 2]]))) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(amx) => {
                let tiles = amx.set_up();
                each(&|a, w, from, out| tiles.bytes(a, w, from, out));
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(vnni) => each(&|a, w, from, out| vnni.product(a, w, from, out)),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => "int8 (AMX)",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "int8 (AVX-512)",
        }
    }
}
