//! What this process holds in memory, in bytes, where the system tells (Linux does).

mod trim;

pub use trim::give_back;

/// Everything that lies in memory, parts of mapped files too, which the system takes back at need.
pub fn resident() -> Option<u64> {
    of_this_process("VmRSS:")
}

/// What only this process can give back.
pub fn own() -> Option<u64> {
    of_this_process("RssAnon:")
}

fn of_this_process(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
