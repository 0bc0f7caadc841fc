//! The inner loops: one panel of 32 columns of a matrix product. The f32 kernel is safe code for any processor; the others are
//! unsafe code for what only some have, each in a file of its own.

#[cfg(target_arch = "x86_64")]
pub mod amx;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod f32;

use pulp::Arch;

use super::lines::{Floats, LINE, Lanes, TILE};
use super::round::Scale;

/// Rows whose outputs stay in the first-level cache between a kernel and what is done with them, at most: whole tiles of each
/// kernel.
pub const ROWS: usize = 96;

/// What a kernel multiplies its rows with: 32 columns.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a, L> {
    pub weights: &'a [[L; 2]],
    pub bias: &'a [Floats; 2],
    /// What will be multiplied with next, or a part of it.
    pub next: &'a [[L; 2]],
}

impl<'a, L> Panel<'a, L> {
    /// What comes next, to be asked for in so many parts.
    fn ahead(&self, parts: usize) -> std::slice::Chunks<'a, [L; 2]> {
        self.next.chunks(self.next.len().div_ceil(parts.max(1)).max(1))
    }
}

/// Products of bf16 numbers on this processor.
#[derive(Debug, Clone, Copy)]
pub enum Bf16 {
    #[cfg(target_arch = "x86_64")]
    Amx(amx::Amx),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Bf16),
}

/// What makes numbers of the sums of products of bytes: `(sum - zero * total) * row step * step`, and the bias.
#[derive(Debug, Clone, Copy)]
pub struct Scaling<'a> {
    /// Those of the rows.
    pub rows: &'a [Scale],
    /// The step between two bytes of each column.
    pub steps: &'a [Floats; 2],
    /// The sum of all bytes of each column.
    pub totals: &'a [[i32; LINE]; 2],
}

/// Products of bytes on this processor.
#[derive(Debug, Clone, Copy)]
pub enum Bytes {
    #[cfg(target_arch = "x86_64")]
    Amx(amx::Amx, avx512::Vnni),
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

    /// Calls `each` with the product of one panel: blocks of 32 inputs, panel, first row, outputs.
    pub fn with(self, arch: Arch, each: impl FnOnce(&dyn Fn(&[&[Lanes]], Panel<'_, Lanes>, usize, &mut [[Floats; 2]]))) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(amx) => {
                let tiles = amx.set_up();
                each(&|a, panel, from, out| {
                    tiles.bf16(a, panel.weights, from, out);
                    add_bias(arch, panel.bias, out);
                });
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(bf16) => each(&|a, panel, from, out| bf16.product(a, panel, from, out)),
        }
    }

    /// Rows come in multiples of this.
    pub fn tile(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => avx512::ROWS,
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
        return avx512::Vnni::detect().map(|vnni| amx::Amx::detect().map_or(Self::Avx512(vnni), |amx| Self::Amx(amx, vnni)));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// All that this processor has.
    #[cfg(test)]
    pub fn all() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        return Self::detect().into_iter().chain(avx512::Vnni::detect().map(Self::Avx512)).collect();
        #[cfg(not(target_arch = "x86_64"))]
        Vec::new()
    }

    /// Calls `each` with the product of one panel: blocks of 64 inputs, panel, scaling, first row, outputs (at most [`ROWS`]).
    pub fn with(self, each: impl FnOnce(&dyn Fn(&[&[Lanes]], Panel<'_, Lanes>, Scaling<'_>, usize, &mut [[Floats; 2]]))) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(amx, vnni) => {
                let tiles = amx.set_up();
                each(&|a, panel, scaling, from, out| {
                    let mut sums = [[Lanes::ZERO; 2]; ROWS];
                    let sums = &mut sums[..out.len()];
                    tiles.bytes(a, panel.weights, from, sums);
                    vnni.scale(sums, scaling, panel.bias, out);
                });
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(vnni) => each(&|a, panel, scaling, from, out| vnni.product(a, panel, scaling, from, out)),
        }
    }

    /// Rows come in multiples of this.
    pub fn tile(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(..) => TILE,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => avx512::ROWS,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx(..) => "int8 (AMX)",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "int8 (AVX-512)",
        }
    }
}

/// The tile unit begins its sums at zero.
#[cfg(target_arch = "x86_64")]
fn add_bias(arch: Arch, bias: &[Floats; 2], out: &mut [[Floats; 2]]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for row in out {
                for (line, bias) in row.iter_mut().zip(bias) {
                    for (x, bias) in line.0.iter_mut().zip(bias.0) {
                        *x += bias;
                    }
                }
            }
        },
    );
}
