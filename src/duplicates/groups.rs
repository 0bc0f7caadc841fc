//! Groups of duplicates, without chains: every two members of a group are likely duplicates of each other.

use std::collections::HashMap;

use super::mine::Pair;

/// Questions that all duplicate each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Positions, ascending.
    pub members: Vec<usize>,
    /// The least strength between two members.
    pub weakest: f32,
}

/// Groups by complete linkage: pairs from the strongest on join two groups only where every pair across them is at least
/// `least` strong (probable, or alike). So that A = B and B = C make no group of three where A is not C.
///
/// `strength` tells it of a listed pair, `unlisted` of any two positions that are not listed. The
/// largest groups come first.
pub fn group(
    pairs: &[Pair],
    least: f32,
    strength: impl Fn(&Pair) -> f32,
    unlisted: impl Fn(usize, usize) -> f32,
) -> Vec<Group> {
    let known: HashMap<(usize, usize), f32> = pairs.iter().map(|pair| ((pair.a, pair.b), strength(pair))).collect();
    let between = |a: usize, b: usize| {
        let key = (a.min(b), a.max(b));
        known.get(&key).copied().unwrap_or_else(|| unlisted(key.0, key.1))
    };
    let mut order: Vec<&Pair> = pairs.iter().filter(|pair| strength(pair) >= least).collect();
    order.sort_by(|x, y| strength(y).total_cmp(&strength(x)).then_with(|| (x.a, x.b).cmp(&(y.a, y.b))));
    let mut groups: Vec<Group> = Vec::new();
    let mut of: HashMap<usize, usize> = HashMap::new();
    for pair in order {
        let mut number = |position: usize| {
            *of.entry(position).or_insert_with(|| {
                groups.push(Group { members: vec![position], weakest: 1.0 });
                groups.len() - 1
            })
        };
        let (first, second) = (number(pair.a), number(pair.b));
        if first == second {
            continue;
        }
        let across = groups[first].members.iter().flat_map(|a| groups[second].members.iter().map(move |b| (*a, *b)));
        let mut weakest = groups[first].weakest.min(groups[second].weakest);
        let mut all = true;
        for (a, b) in across {
            let p = between(a, b);
            all &= p >= least;
            if !all {
                break;
            }
            weakest = weakest.min(p);
        }
        if all {
            let (into, from) =
                if groups[first].members.len() >= groups[second].members.len() { (first, second) } else { (second, first) };
            let members = std::mem::take(&mut groups[from].members);
            members.iter().for_each(|member| {
                of.insert(*member, into);
            });
            groups[into].members.extend(members);
            groups[into].weakest = weakest;
        }
    }
    groups.retain(|group| group.members.len() > 1);
    groups.iter_mut().for_each(|group| group.members.sort_unstable());
    groups.sort_by(|x, y| y.members.len().cmp(&x.members.len()).then_with(|| x.members.cmp(&y.members)));
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::embedding::Similarity;

    fn pair(a: usize, b: usize, probability: f32) -> Pair {
        Pair { a, b, score: Similarity::new(0.9), probability }
    }

    #[test]
    fn a_chain_is_cut_at_its_weakest_link() {
        let pairs = [pair(0, 1, 0.95), pair(1, 2, 0.85), pair(3, 4, 0.9)];
        let groups = group(&pairs, 0.8, |pair| pair.probability, |_, _| 0.1);
        let members: Vec<&[usize]> = groups.iter().map(|group| group.members.as_slice()).collect();
        assert_eq!(members, [[0, 1], [3, 4]]);
        let whole = group(&pairs, 0.8, |pair| pair.probability, |_, _| 0.81);
        assert_eq!(whole[0], Group { members: vec![0, 1, 2], weakest: 0.81 });
    }

    proptest! {
        #[test]
        fn every_two_members_of_a_group_are_likely_and_no_question_stands_in_two(
            strengths in prop::collection::vec(0u8..=100, 66),
        ) {
            let of = |a: usize, b: usize| f32::from(strengths[a * 11 + b - a * (a + 1) / 2 - 1]) / 100.0;
            let pairs: Vec<Pair> = (0..12)
                .flat_map(|a| (a + 1..12).map(move |b| (a, b)))
                .filter(|(a, b)| of(*a, *b) >= 0.6)
                .map(|(a, b)| pair(a, b, of(a, b)))
                .collect();
            let groups = group(&pairs, 0.6, |pair| pair.probability, of);
            let mut seen = std::collections::HashSet::new();
            for group in &groups {
                for (n, a) in group.members.iter().enumerate() {
                    prop_assert!(seen.insert(*a));
                    for b in &group.members[n + 1..] {
                        prop_assert!(of(*a, *b) >= 0.6 && of(*a, *b) >= group.weakest);
                    }
                }
            }
            // No two groups could have been one.
            for (n, x) in groups.iter().enumerate() {
                for y in &groups[n + 1..] {
                    let all = x.members.iter().all(|a| y.members.iter().all(|b| of(*a.min(b), *a.max(b)) >= 0.6));
                    prop_assert!(!all, "{x:?} and {y:?}");
                }
            }
        }
    }
}
