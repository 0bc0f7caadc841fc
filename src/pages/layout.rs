//! Where a question's page lies: the same place for an id always, safe for any id and for millions of files.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

/// Longest part of an id that is kept in the name of a file, in bytes.
const LONGEST: usize = 80;

/// `3f2/wi-07-a.html`: one of 4,096 folders by the digest of the id, and the id with all but letters, digits, `-` and `_`
/// written as `~` and two hexadecimal digits a byte. Long ids are cut and told apart by their digest.
pub fn path(id: &str) -> PathBuf {
    let digest: String = Sha256::digest(id).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut name = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(byte as char);
        } else {
            name += &format!("~{byte:02x}");
        }
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST);
        name = format!("{name}~~{}", &digest[..32]);
    }
    PathBuf::from(&digest[..3]).join(name + ".html")
}

/// The same as an address relative to the root of the output. Names need no further encoding.
pub fn address(id: &str) -> String {
    let path = path(id);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_id_can_be_read_in_its_path() {
        assert_eq!(path("wi-07_A").file_name().and_then(|name| name.to_str()), Some("wi-07_A.html"));
        assert!(address("问/..").ends_with("/~e9~97~ae~2f~2e~2e.html"));
    }

    proptest! {
        #[test]
        fn no_id_leaves_the_folder_or_takes_anothers_place(ids in prop::collection::hash_set(".{1,128}", 1..40)) {
            let mut seen = HashSet::new();
            for id in ids {
                let path = path(&id);
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert_eq!(path.components().count(), 2);
                let name = path.file_name().and_then(|name| name.to_str()).expect("ascii");
                prop_assert!(name.len() <= 255 && name.is_ascii() && !name.starts_with('.'));
                prop_assert!(seen.insert(path));
            }
        }
    }
}
