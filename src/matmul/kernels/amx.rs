//! Products of bf16 numbers and of bytes by the tile unit (AMX) of newer Intel server processors: 16 rows times 16 columns at
//! a time, 8 to 16 times the work of an AVX-512 instruction.
//!
//! Unsafe, because the tile instructions have no stable intrinsics: a product of one tile is one block of assembly. Tests
//! compare both with the plain sums.
#![expect(unsafe_code, reason = "instructions that Rust has no stable intrinsics for; many times the speed of AVX-512")]

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::marker::PhantomData;

use super::super::lines::{Floats, LINE, Lanes, TILE};

/// Proof that the processor has the tile unit, with both kinds of products, and that the system lets us use it.
#[derive(Debug, Clone, Copy)]
pub struct Amx(());

impl Amx {
    pub fn detect() -> Option<Self> {
        (has_tiles() && permitted()).then_some(Self(()))
    }

    /// The tiles, set up for this thread until the value is dropped.
    pub fn set_up(self) -> Tiles {
        let shapes = Shapes::WHOLE;
        // SAFETY: `self` proves that the instruction is there and permitted; the shapes are valid.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const shapes, options(nostack, readonly)) };
        Tiles(PhantomData)
    }
}

/// Tiles of this thread, each 16 rows of 64 bytes.
pub struct Tiles(PhantomData<*const ()>);

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: the value exists only where the instruction does. An unused tile unit makes switching threads cheaper.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// What `ldtilecfg` reads: palette 1, then bytes a row and rows of each of eight tiles.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_a_row: [u16; 16],
    rows: [u8; 16],
}

impl Shapes {
    const WHOLE: Self = Self {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        bytes_a_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
        rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
    };
}

/// One block of assembly for two, and one for a single tile of rows: the sums stay in tiles 0 to 3 while the blocks of inputs
/// pass.
macro_rules! products {
    ($name:ident, $instruction:literal, $sum:ty) => {
        /// # Safety
        /// `check` has passed for the arguments, and the tiles are set up.
        unsafe fn $name(a: &[*const Lanes], w: &[[Lanes; 2]], from: usize, out: &mut [[$sum; 2]]) {
            let (pairs, rest) = out.as_chunks_mut::<{ 2 * TILE }>();
            let mut row = from;
            for out in pairs {
                // SAFETY: the caller's checks: every block has the rows `row..row + 32`, `w` has 32 lines for each block,
                // and `out` is 32 rows of 128 bytes.
                unsafe {
                    asm!(
                        "tilezero tmm0",
                        "tilezero tmm1",
                        "tilezero tmm2",
                        "tilezero tmm3",
                        "2:",
                        "mov {block}, [{a}]",
                        "add {block}, {offset}",
                        "tileloadd tmm4, [{block} + {line}*1]",
                        "tileloadd tmm6, [{w} + {pair}*1]",
                        concat!($instruction, " tmm0, tmm4, tmm6"),
                        "tileloadd tmm7, [{w} + {pair}*1 + 64]",
                        concat!($instruction, " tmm1, tmm4, tmm7"),
                        "tileloadd tmm5, [{block} + {line}*1 + 1024]",
                        concat!($instruction, " tmm2, tmm5, tmm6"),
                        concat!($instruction, " tmm3, tmm5, tmm7"),
                        "add {a}, 8",
                        "add {w}, 2048",
                        "dec {blocks}",
                        "jnz 2b",
                        "tilestored [{out} + {pair}*1], tmm0",
                        "tilestored [{out} + {pair}*1 + 64], tmm1",
                        "tilestored [{out} + {pair}*1 + 2048], tmm2",
                        "tilestored [{out} + {pair}*1 + 2112], tmm3",
                        block = out(reg) _,
                        a = inout(reg) a.as_ptr() => _,
                        w = inout(reg) w.as_ptr() => _,
                        blocks = inout(reg) a.len() => _,
                        offset = in(reg) row * 64,
                        line = in(reg) 64usize,
                        pair = in(reg) 128usize,
                        out = in(reg) out.as_mut_ptr(),
                        out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                        out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                        options(nostack),
                    );
                }
                row += 2 * TILE;
            }
            for out in rest.as_chunks_mut::<TILE>().0 {
                // SAFETY: as above, for 16 rows.
                unsafe {
                    asm!(
                        "tilezero tmm0",
                        "tilezero tmm1",
                        "2:",
                        "mov {block}, [{a}]",
                        "add {block}, {offset}",
                        "tileloadd tmm4, [{block} + {line}*1]",
                        "tileloadd tmm6, [{w} + {pair}*1]",
                        concat!($instruction, " tmm0, tmm4, tmm6"),
                        "tileloadd tmm7, [{w} + {pair}*1 + 64]",
                        concat!($instruction, " tmm1, tmm4, tmm7"),
                        "add {a}, 8",
                        "add {w}, 2048",
                        "dec {blocks}",
                        "jnz 2b",
                        "tilestored [{out} + {pair}*1], tmm0",
                        "tilestored [{out} + {pair}*1 + 64], tmm1",
                        block = out(reg) _,
                        a = inout(reg) a.as_ptr() => _,
                        w = inout(reg) w.as_ptr() => _,
                        blocks = inout(reg) a.len() => _,
                        offset = in(reg) row * 64,
                        line = in(reg) 64usize,
                        pair = in(reg) 128usize,
                        out = in(reg) out.as_mut_ptr(),
                        out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _,
                        options(nostack),
                    );
                }
                row += TILE;
            }
        }
    };
}

products!(bf16, "tdpbf16ps", Floats);
products!(bytes, "tdpbusd", Lanes);

impl Tiles {
    /// As the f32 product, over pairs of bf16: `a` holds blocks of 32 inputs, `w` is `[inputs / 2]` pairs of lines.
    pub fn bf16(&self, a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Floats; 2]]) {
        check(a, w, from, out.len());
        // SAFETY: checked, and `self` is the set-up of this thread.
        unsafe { bf16(&starts(a)[..a.len()], w, from, out) }
    }

    /// As the f32 product, over fours of bytes: `a` holds blocks of 64 inputs (unsigned), `w` is `[inputs / 4]` pairs of lines
    /// (signed), the sums are `i32`.
    pub fn bytes(&self, a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, out: &mut [[Lanes; 2]]) {
        check(a, w, from, out.len());
        // SAFETY: checked, and `self` is the set-up of this thread.
        unsafe { bytes(&starts(a)[..a.len()], w, from, out) }
    }
}

/// Most blocks of inputs: 8,192 bf16 numbers or 16,384 bytes.
const MOST_BLOCKS: usize = 256;

fn starts(a: &[&[Lanes]]) -> [*const Lanes; MOST_BLOCKS] {
    let mut starts = [std::ptr::null(); MOST_BLOCKS];
    for (start, block) in starts.iter_mut().zip(a) {
        *start = block.as_ptr();
    }
    starts
}

fn check(a: &[&[Lanes]], w: &[[Lanes; 2]], from: usize, rows: usize) {
    assert!((1..=MOST_BLOCKS).contains(&a.len()), "a product over {} blocks of inputs", a.len());
    assert!(rows.is_multiple_of(TILE), "{rows} rows are no whole tiles");
    assert!(a.iter().all(|block| block.len() >= from + rows), "an input has fewer rows than the output");
    assert!(w.len() >= a.len() * LINE, "the weights are for fewer inputs");
}

/// AMX-TILE, AMX-BF16 and AMX-INT8 by the processor's word, and the tile state by the system's (bits 17 and 18 of XCR0).
fn has_tiles() -> bool {
    const TILE_UNIT: u32 = 1 << 24 | 1 << 22 | 1 << 25;
    let saved_by_system = is_x86_feature_detected!("xsave") && {
        // SAFETY: the feature was detected.
        let state = unsafe { std::arch::x86_64::_xgetbv(0) };
        state & (0b11 << 17) == 0b11 << 17
    };
    saved_by_system && __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & TILE_UNIT == TILE_UNIT
}

/// Linux gives the tile state to a process that asks: `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const SYS_ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const XTILEDATA: usize = 18;
    let result: isize;
    // SAFETY: a system call that touches no memory of ours; the kernel overwrites rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") SYS_ARCH_PRCTL => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}
