//! Asking memory for what will be read soon. (Measured at 200,000 rows of 384 bytes: walks through a graph about 1.3 times as
//! fast as by touching the rows first, building it in two thirds of the time.) Unsafe by the compiler's older versions only: the instruction
//! reads nothing, so any address will do.
#![allow(
    unsafe_code,
    unused_unsafe,
    reason = "the instruction is safe in newer compilers, and on some processors there is none"
)]

/// Bytes that a processor fetches at once.
const CACHE_LINE: usize = 64;

/// Asks for all of `numbers` at once; goes on meanwhile.
#[inline]
pub fn prefetch<T>(numbers: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = numbers.as_ptr().cast::<i8>();
        for offset in (0..size_of_val(numbers)).step_by(CACHE_LINE) {
            // SAFETY: a prefetch may be of any address, and every processor of this kind has it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}
