//! The index against a plain count of words.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::question::QuestionText;

fn terms(words: &BTreeSet<u8>) -> Terms {
    let title: Vec<String> = words.iter().map(|word| format!("w{word}")).collect();
    Terms::of(&QuestionText::parse(&format!("? {}", title.join(" ")), None).expect("text"))
}

fn weight(all: &BTreeMap<u32, BTreeSet<u8>>, word: u8) -> f32 {
    let count = all.values().filter(|words| !words.is_empty()).count();
    let having = all.values().filter(|words| words.contains(&word)).count();
    let class = |count: usize| ((count + 1).ilog2() / 2) as f32;
    2.0 * (class(count) - class(having)) + 1.0
}

fn likeness(all: &BTreeMap<u32, BTreeSet<u8>>, ours: &BTreeSet<u8>, theirs: &BTreeSet<u8>) -> f32 {
    let sum = |words: &mut dyn Iterator<Item = &u8>| words.map(|word| weight(all, *word)).sum::<f32>();
    let shared = sum(&mut ours.intersection(theirs));
    if shared <= 0.0 {
        return 0.0;
    }
    shared / (shared + 0.8 * sum(&mut ours.difference(theirs)) + 0.2 * sum(&mut theirs.difference(ours)))
}

proptest! {
    #[test]
    fn likeness_and_the_nearest_equal_a_plain_count(
        texts in prop::collection::vec(prop::collection::btree_set(0u8..12, 0..6), 1..40),
        removed in prop::collection::btree_set(0u32..40, 0..30),
        query in prop::collection::btree_set(0u8..14, 1..6),
        k in 1usize..50,
    ) {
        let mut index = LexicalIndex::default();
        let mut all = BTreeMap::new();
        for (point, words) in (0u32..).zip(&texts) {
            index.insert(PointId(point), &terms(words));
            all.insert(point, words.clone());
        }
        for point in removed {
            index.remove(PointId(point));
            all.remove(&point);
        }
        let weighed = index.weigh(&terms(&query));
        let mut expected = Vec::new();
        for (point, words) in &all {
            let plain = likeness(&all, &query, words);
            let found = index.likeness(&weighed, PointId(*point));
            prop_assert!((plain - found).abs() < 1e-4, "{plain} {found}");
            if plain > 0.0 {
                expected.push(*point);
            }
        }
        let allowed: RoaringBitmap = (0..40).filter(|point| point % 5 != 4).collect();
        expected.retain(|point| allowed.contains(*point));
        let found = index.nearest(&weighed, k, &allowed, usize::MAX);
        prop_assert_eq!(found.len(), expected.len().min(k));
        if k >= expected.len() {
            let points: BTreeSet<u32> = found.iter().map(|found| found.point.0).collect();
            prop_assert_eq!(points, expected.into_iter().collect());
        }
        prop_assert!(found.is_sorted_by(|a, b| a.likeness >= b.likeness));
    }

    #[test]
    fn a_stored_question_is_weighed_as_its_text(
        texts in prop::collection::vec(prop::collection::btree_set(0u8..12, 1..6), 2..20),
    ) {
        let mut index = LexicalIndex::default();
        for (point, words) in (0u32..).zip(&texts) {
            index.insert(PointId(point), &terms(words));
        }
        let (stored, new) = (index.weigh_stored(PointId(0)), index.weigh(&terms(&texts[0])));
        prop_assert!((index.likeness(&stored, PointId(1)) - index.likeness(&new, PointId(1))).abs() < 1e-6);
    }
}

#[test]
fn what_is_dead_is_swept() {
    let mut index = LexicalIndex::default();
    for point in 0..100 {
        index.insert(PointId(point), &terms(&BTreeSet::from([1, point as u8])));
    }
    for point in 0..90 {
        index.remove(PointId(point));
    }
    let kept: usize = index.postings.iter().map(|postings| postings.points.len()).sum();
    assert!(kept < 40, "{kept}");
}
