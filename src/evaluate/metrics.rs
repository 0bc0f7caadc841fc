//! The measures, over plain numbers.

/// Correlation of two lists of one length (Pearson); 0 where one of them does not vary.
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut cross, mut var_a, mut var_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        cross += (a - mean_a) * (b - mean_b);
        var_a += (a - mean_a).powi(2);
        var_b += (b - mean_b).powi(2);
    }
    let scale = (var_a * var_b).sqrt();
    if scale > 0.0 { cross / scale } else { 0.0 }
}

/// Correlation of the ranks (Spearman), ties at their mean rank.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    for tie in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let first = order.partition_point(|&i| values[i] < values[tie[0]]);
        for &i in tie {
            ranks[i] = first as f64 + (tie.len() - 1) as f64 / 2.0;
        }
    }
    ranks
}

/// A cut of the scores: everything at or above `threshold` is called a positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    pub threshold: f64,
    pub precision: f64,
    pub recall: f64,
    pub accuracy: f64,
}

/// Every cut between two different scores, from the strictest, which calls the highest score alone a positive.
pub fn cuts(scores: &[f64], labels: &[bool]) -> Vec<Cut> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&i, &j| scores[j].total_cmp(&scores[i]));
    let positives = labels.iter().filter(|label| **label).count();
    let (mut taken, mut hits) = (0, 0);
    let mut cuts = Vec::new();
    for tie in order.chunk_by(|&i, &j| scores[i] == scores[j]) {
        taken += tie.len();
        hits += tie.iter().filter(|&&i| labels[i]).count();
        let right_negatives = (scores.len() - positives) - (taken - hits);
        cuts.push(Cut {
            threshold: scores[tie[0]],
            precision: hits as f64 / taken as f64,
            recall: hits as f64 / positives.max(1) as f64,
            accuracy: (hits + right_negatives) as f64 / scores.len() as f64,
        });
    }
    cuts
}

/// The area under the precision-recall curve as a sum of steps (as scikit-learn's `average_precision_score`).
pub fn average_precision(cuts: &[Cut]) -> f64 {
    let mut before = 0.0;
    let step = |cut: &Cut| {
        let area = (cut.recall - before) * cut.precision;
        before = cut.recall;
        area
    };
    cuts.iter().map(step).sum()
}

/// The chance that a positive scores above a negative, ties counting half (the area under the ROC curve).
pub fn roc_auc(scores: &[f64], labels: &[bool]) -> f64 {
    let ranks = ranks(scores);
    let positives = labels.iter().filter(|label| **label).count() as f64;
    let negatives = labels.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return 0.5;
    }
    let sum: f64 = ranks.iter().zip(labels).filter(|(_, label)| **label).map(|(rank, _)| rank + 1.0).sum();
    (sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)
}

/// How well one right document each was found, from its ranks (the best is 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking {
    /// Share of queries with the right document in the first place.
    pub accuracy_at_1: f64,
    /// Mean of one over the rank.
    pub mrr: f64,
    /// Share of queries with the right document among the first ten.
    pub recall_at_10: f64,
    /// Normalized discounted cumulative gain of the first ten; with one right document `1 / log2(rank + 1)`.
    pub ndcg_at_10: f64,
}

impl Ranking {
    /// `ranks` is not empty.
    pub fn of(ranks: &[usize]) -> Self {
        let mean = |value: &dyn Fn(usize) -> f64| ranks.iter().map(|rank| value(*rank)).sum::<f64>() / ranks.len() as f64;
        Self {
            accuracy_at_1: mean(&|rank| f64::from(rank == 1)),
            mrr: mean(&|rank| 1.0 / rank as f64),
            recall_at_10: mean(&|rank| f64::from(rank <= 10)),
            ndcg_at_10: mean(&|rank| if rank <= 10 { 1.0 / ((rank + 1) as f64).log2() } else { 0.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }

    /// Values by scipy.stats and sklearn.metrics.
    #[test]
    fn measures_equal_those_of_scipy_and_scikit_learn() {
        let a = [1.0, 2.0, 2.0, 4.0, 7.0];
        let b = [1.0, 3.0, 2.0, 2.0, 5.0];
        close(pearson(&a, &b), 0.856_170_673_832_466_9);
        close(spearman(&a, &b), 0.763_157_894_736_842_1);
        let scores = [0.9, 0.8, 0.8, 0.6, 0.3, 0.2];
        let labels = [true, false, true, true, false, false];
        close(average_precision(&cuts(&scores, &labels)), 0.805_555_555_555_555_5);
        close(roc_auc(&scores, &labels), 0.833_333_333_333_333_4);
    }

    #[test]
    fn the_best_cut_is_found_between_scores() {
        let cuts = cuts(&[0.9, 0.7, 0.5, 0.1], &[true, true, false, false]);
        let best = cuts.iter().max_by(|a, b| a.accuracy.total_cmp(&b.accuracy)).expect("cuts");
        assert_eq!((best.threshold, best.accuracy, best.precision, best.recall), (0.7, 1.0, 1.0, 1.0));
    }

    #[test]
    fn ranks_become_measures() {
        let ranking = Ranking::of(&[1, 2, 11]);
        close(ranking.accuracy_at_1, 1.0 / 3.0);
        close(ranking.mrr, (1.0 + 0.5 + 1.0 / 11.0) / 3.0);
        close(ranking.recall_at_10, 2.0 / 3.0);
        close(ranking.ndcg_at_10, (1.0 + 1.0 / 3f64.log2()) / 3.0);
    }
}
