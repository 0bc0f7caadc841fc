//! The steps of a forward pass, as one member of a team takes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use pulp::Arch;

use super::attention::{Place, Scratch, attend};
use super::elementwise::{Activated, Normalize, Rounded, activate, add};
use super::sheet::Sheet;
use super::team::Member;
use super::{Norm, Packed, Room, Start};
use crate::matmul::round::{Extent, Scale, extents, round_to_bf16, round_to_bytes};
use crate::matmul::{Floats, Inputs, Kernel, LINE, Lanes, Linear, PANEL};

/// One member's part of a pass.
pub struct Pass<'a> {
    packed: &'a Packed,
    member: &'a Member<'a>,
    start: &'a Start,
    rows: usize,
    room: &'a Room,
}

/// What the bytes of each row stand for; without use where products read no bytes.
type Scales = Vec<Scale>;

impl<'a> Pass<'a> {
    pub fn new(packed: &'a Packed, member: &'a Member<'a>, start: &'a Start, room: &'a Room) -> Self {
        Self { packed, member, start, rows: start.places.len(), room }
    }
}

impl Pass<'_> {
    /// The steps of all layers.
    pub fn run(&self) {
        let (room, wait) = (self.room, || self.member.wait());
        let mut scratch = Scratch::default();
        let mut scales = Scales::with_capacity(self.packed.kernel.padded(self.rows));
        self.place();
        wait();
        self.norm(&self.packed.norm, &mut scales);
        wait();
        for layer in &self.packed.layers {
            self.linear(&layer.query_key_value, (&room.x, &room.packed, &scales), |panel, from, out| {
                store(self.packed.arch, &mut room.heads.write(panel), room.stride, from, out);
            });
            wait();
            self.attention(&mut scratch);
            self.pack_mixed(&mut scales);
            self.linear(&layer.output, (&room.mixed, &room.packed, &scales), |panel, from, out| self.add(panel, from, out));
            wait();
            self.norm(&layer.output_norm, &mut scales);
            wait();
            self.forget();
            self.linear(&layer.inner, (&room.x, &room.packed, &scales), |panel, from, out| self.activate(panel, from, out));
            self.pack_inner(&mut scales);
            self.linear(&layer.outer, (&room.inner, &room.packed_inner, &scales), |panel, from, out| {
                self.add(panel, from, out);
            });
            wait();
            self.norm(&layer.outer_norm, &mut scales);
            wait();
        }
    }

    /// Writes this member's slabs of the sums of word, position and type.
    fn place(&self) {
        let (hidden, Start { words, places, .. }) = (self.packed.shape.hidden, self.start);
        for slab in self.member.share(self.room.sum.slabs()) {
            let mut lines = self.room.sum.write(slab);
            for (line, lines) in lines.chunks_exact_mut(self.room.stride).enumerate() {
                let numbers = |table: &[f32], row: usize| {
                    let first = row * hidden + slab * PANEL + line * LINE;
                    Floats(std::array::from_fn(|lane| table[first + lane]))
                };
                let positions: Vec<Floats> = places.iter().map(|&place| numbers(&self.packed.positions, place)).collect();
                let words: Vec<Floats> = (0..self.rows).map(|row| numbers(words, row)).collect();
                add(self.packed.arch, &words, positions.iter(), lines);
            }
        }
    }

    /// This member's lines of `sum`, normalised, into `x` and its packed form.
    fn norm(&self, norm: &Norm, scales: &mut Scales) {
        let room = self.room;
        let (slabs, together) = (room.x.slabs(), self.slabs_a_unit());
        let units = self.member.share(slabs.div_ceil(together));
        let own = units.start * together..slabs.min(units.end * together);
        let reading = room.sum.read(0..slabs);
        let mut out = room.x.write_some(own.clone());
        let mut packed = room.packed.write_some(if let Kernel::F32 = self.packed.kernel { 0..0 } else { units });
        scales.clear();
        self.packed.arch.dispatch(Normalize {
            lines: &reading.lines(),
            rows: self.rows,
            eps: self.packed.shape.eps,
            scale: &norm.scale,
            shift: &norm.shift,
            own: 2 * own.start..2 * own.end,
            out: out.lines(),
            rounded: match self.packed.kernel {
                Kernel::F32 => Rounded::Floats,
                Kernel::Bf16(_) => Rounded::Bf16(packed.lines()),
                Kernel::Bytes(_) => Rounded::Bytes(packed.lines(), scales),
            },
        });
        self.fill_up(scales);
    }

    /// Slabs of numbers that share one of packed ones.
    fn slabs_a_unit(&self) -> usize {
        if let Kernel::Bytes(_) = self.packed.kernel { 2 } else { 1 }
    }

    /// The rows that fill up the last tile are computed and not looked at.
    fn fill_up(&self, scales: &mut Scales) {
        scales.resize(self.packed.kernel.padded(self.rows), Scale::default());
    }

    /// Makes what products read of `mixed`, of which each member has written its heads. Every member is through with it
    /// afterwards.
    fn pack_mixed(&self, scales: &mut Scales) {
        let (arch, room) = (self.packed.arch, self.room);
        match self.packed.kernel {
            Kernel::F32 => {}
            Kernel::Bf16(_) => {
                let units = self.member.share(room.mixed.slabs() / self.slabs_a_head());
                for slab in units.start * self.slabs_a_head()..units.end * self.slabs_a_head() {
                    let reading = room.mixed.read(slab..slab + 1);
                    let lines = reading.lines();
                    round_to_bf16(arch, &lines[0][..self.rows], lines[1], &mut room.packed.write(slab));
                }
            }
            Kernel::Bytes(_) => {
                self.member.wait();
                let reading = room.mixed.read(0..room.mixed.slabs());
                let lines = reading.lines();
                self.measure(&lines, scales);
                self.pack_bytes(&lines, &room.packed, scales);
            }
        }
        self.member.wait();
    }

    /// The scales of rows of which `lines` are all numbers, or the least and the largest.
    fn measure(&self, lines: &[&[Floats]], scales: &mut Scales) {
        scales.clear();
        scales.extend(extents(self.packed.arch, lines, self.rows).into_iter().map(Extent::scale));
        self.fill_up(scales);
    }

    fn pack_bytes(&self, lines: &[&[Floats]], packed: &Sheet<Lanes>, scales: &[Scale]) {
        for slab in self.member.share(packed.slabs()) {
            let four = &lines[4 * slab..lines.len().min(4 * slab + 4)];
            round_to_bytes(self.packed.arch, four, scales, &mut packed.write(slab));
        }
    }

    /// Before this member sees its share of `inner`.
    fn forget(&self) {
        if let Kernel::Bytes(_) = self.packed.kernel {
            self.room.seen.write(self.member.rank()).fill(Floats::ZERO);
        }
    }

    /// The activation of outputs of the inner layer, in the form in which the outer one reads them.
    fn activate(&self, panel: usize, from: usize, out: &[[Floats; 2]]) {
        let (arch, room, end) = (self.packed.arch, self.room, from + out.len());
        let activation = self.packed.shape.activation;
        if let Kernel::Bf16(_) = self.packed.kernel {
            activate(arch, activation, out, Activated::Bf16(&mut room.packed_inner.write(panel)[from..end]));
            return;
        }
        let mut slab = room.inner.write(panel);
        let (first, second) = slab.split_at_mut(room.stride);
        let lines = [&mut first[from..end], &mut second[from..end]];
        if let Kernel::F32 = self.packed.kernel {
            activate(arch, activation, out, Activated::Floats(lines));
            return;
        }
        let mut seen = room.seen.write(self.member.rank());
        let (least, most) = seen.split_at_mut(room.stride);
        let seen = [&mut least[from..end], &mut most[from..end]];
        activate(arch, activation, out, Activated::Measured(lines, seen));
    }

    /// Makes what products read of `inner`, of which each member has written its share. Every member is through with it
    /// afterwards.
    fn pack_inner(&self, scales: &mut Scales) {
        let room = self.room;
        self.member.wait();
        if let Kernel::Bytes(_) = self.packed.kernel {
            self.measure(&room.seen.read(0..self.member.team_size()).lines(), scales);
            self.pack_bytes(&room.inner.read(0..room.inner.slabs()).lines(), &room.packed_inner, scales);
            self.member.wait();
        }
    }

    fn linear(
        &self,
        linear: &Linear,
        (sheet, packed, scales): (&Sheet<Floats>, &Sheet<Lanes>, &Scales),
        take: impl FnMut(usize, usize, &mut [[Floats; 2]]),
    ) {
        let _timed = self.timed(&self.packed.clock.products);
        let (arch, kernel) = (self.packed.arch, self.packed.kernel);
        let (panels, rows) = (self.member.share(linear.panels()), kernel.padded(self.rows));
        if let Kernel::F32 = kernel {
            let reading = sheet.read(0..sheet.slabs());
            linear.run(arch, kernel, &Inputs::F32(reading.lines()), rows, panels, take);
            return;
        }
        let reading = packed.read(0..packed.slabs());
        let inputs = match kernel {
            Kernel::Bytes(_) => Inputs::Bytes(reading.lines(), scales),
            _ => Inputs::Bf16(reading.lines()),
        };
        linear.run(arch, kernel, &inputs, rows, panels, take);
    }

    /// `x` added to a half layer's output, into `sum`.
    fn add(&self, panel: usize, from: usize, out: &[[Floats; 2]]) {
        let reading = self.room.x.read(panel..panel + 1);
        let mut sum = self.room.sum.write(panel);
        for (line, x) in reading.lines().into_iter().enumerate() {
            let sum = &mut sum[line * self.room.stride + from..];
            add(self.packed.arch, &x[from..], out.iter().map(|row| &row[line]), sum);
        }
    }

    /// Adds the time until it is dropped, where this is the first member.
    fn timed<'c>(&self, counter: &'c AtomicU64) -> Option<Timed<'c>> {
        self.member.is_first().then(|| Timed { counter, started: Instant::now() })
    }

    fn slabs_a_head(&self) -> usize {
        (self.packed.shape.hidden / self.packed.shape.heads).div_ceil(PANEL)
    }

    /// This member's heads of every text. Heads smaller than a slab stay with the slab's member.
    fn attention(&self, scratch: &mut Scratch) {
        let _timed = self.timed(&self.packed.clock.attention);
        let size = self.packed.shape.hidden / self.packed.shape.heads;
        let (slabs, heads) = (self.slabs_a_head(), PANEL.div_ceil(size));
        let room = self.room;
        for unit in self.member.share(room.mixed.slabs() / slabs) {
            let of = |part: usize| {
                let first = part * room.mixed.slabs() + unit * slabs;
                room.heads.read(first..first + slabs)
            };
            let [q, k, v] = [of(0), of(1), of(2)];
            let (q, k, v) = (q.lines(), k.lines(), v.lines());
            let mut mixed = room.mixed.write_some(unit * slabs..(unit + 1) * slabs);
            let mut mixed = mixed.lines();
            for head in 0..heads {
                let place = Place::of(head, size);
                for span in &self.start.spans {
                    attend(self.packed.arch, &place, span, [&q, &k, &v], &mut mixed, scratch);
                }
            }
        }
    }
}

struct Timed<'a> {
    counter: &'a AtomicU64,
    started: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        self.counter.fetch_add(self.started.elapsed().as_nanos() as u64, Ordering::Relaxed);
    }
}

fn store(arch: Arch, slab: &mut [Floats], stride: usize, from: usize, out: &[[Floats; 2]]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for (line, slab) in slab.chunks_exact_mut(stride).enumerate() {
                for (slab, out) in slab[from..].iter_mut().zip(out) {
                    *slab = out[line];
                }
            }
        },
    );
}
