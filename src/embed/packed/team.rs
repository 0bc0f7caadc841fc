//! The threads that compute one forward pass together.
//!
//! A pass over one short text is a few tens of steps of some microseconds each, so its threads wait for each other by looking,
//! not by sleeping; they yield after a while, for machines with more to do than cores.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Looks before a waiting thread lets others run.
const LOOKS: usize = 500;

pub struct Team {
    size: usize,
    arrived: AtomicUsize,
    step: AtomicUsize,
    broken: AtomicBool,
}

impl Team {
    /// Most threads of a team: more would wait for each other longer than they work.
    pub const LARGEST: usize = 8;

    pub fn new(size: usize) -> Self {
        Self { size, arrived: AtomicUsize::new(0), step: AtomicUsize::new(0), broken: AtomicBool::new(false) }
    }

    /// The thread that calls this takes part as number `rank`.
    pub fn member(&self, rank: usize) -> Member<'_> {
        Member { team: self, rank }
    }
}

/// One thread's part in a team. When it is dropped by a panic, the others panic too in place of waiting for ever.
pub struct Member<'a> {
    team: &'a Team,
    rank: usize,
}

impl Member<'_> {
    pub fn is_first(&self) -> bool {
        self.rank == 0
    }

    pub fn rank(&self) -> usize {
        self.rank
    }

    pub fn team_size(&self) -> usize {
        self.team.size
    }

    /// This member's part of `n` things.
    pub fn share(&self, n: usize) -> std::ops::Range<usize> {
        n * self.rank / self.team.size..n * (self.rank + 1) / self.team.size
    }

    /// Returns when every member has come to this point.
    pub fn wait(&self) {
        let team = self.team;
        if team.size == 1 {
            return;
        }
        let step = team.step.load(Ordering::Acquire);
        if team.arrived.fetch_add(1, Ordering::AcqRel) + 1 == team.size {
            team.arrived.store(0, Ordering::Release);
            team.step.store(step.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut looks = 0;
        while team.step.load(Ordering::Acquire) == step {
            assert!(!team.broken.load(Ordering::Relaxed), "another thread of the forward pass failed");
            looks += 1;
            if looks < LOOKS {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.team.broken.store(true, Ordering::Relaxed);
        }
    }
}
