//! Matrix products at the speed of the processor: weights packed once in panels of 32 columns, inputs as lines of 16 numbers, and
//! the widest instructions there are, chosen at run time. What the model's layers and the comparison of all questions share.

mod dot;
pub mod kernels;
pub mod linear;
pub mod lines;
mod prefetch;
pub mod round;

pub use dot::{byte_dots, dot, signed_dots};
pub use kernels::{Bf16, Bytes};
pub use linear::{Inputs, Kernel, Linear};
pub use lines::{Floats, LINE, Lanes, PANEL, TILE, padded};
pub use prefetch::prefetch;
