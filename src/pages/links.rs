//! Which question links to which: the lists as they are shown, and the health of the graph they make.
//!
//! A list of nearest neighbors leaves some questions in nobody's list (a crawler never finds their pages) and others in
//! thousands (hubness: Radovanović, Nanopoulos and Ivanović 2010). Both can be mended here.

use crate::index::Neighbor;
use crate::lists::Lists;
use crate::question::PointId;

/// What a list may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkRules {
    pub limit: usize,
    /// Less alike questions are not listed.
    pub min_score: f32,
    /// Most lists that a question may stand in.
    pub cap: Option<usize>,
    /// Whether a question that stands in no list is put into that of its nearest neighbor.
    pub adopt: bool,
}

/// The lists of all questions in the order of their points.
pub struct Links {
    points: Vec<PointId>,
    lists: Vec<Vec<Neighbor>>,
    /// In how many lists each question stands.
    standing: Vec<u32>,
    pub adopted: usize,
}

impl Links {
    pub fn of(lists: &Lists, rules: LinkRules) -> Self {
        let points = lists.points().to_vec();
        let candidates = points.iter().map(|point| {
            let mut near = lists.of(*point).unwrap_or_default();
            near.truncate(near.iter().take_while(|neighbor| neighbor.similarity.value() >= rules.min_score).count());
            if rules.cap.is_none() && !rules.adopt {
                near.truncate(rules.limit);
            }
            near
        });
        let mut links = Self { lists: candidates.collect(), standing: vec![0; points.len()], points, adopted: 0 };
        let candidates = rules.adopt.then(|| links.lists.clone());
        match rules.cap {
            Some(cap) => links.cap(rules.limit, cap),
            None => links.lists.iter_mut().for_each(|list| list.truncate(rules.limit)),
        }
        links.count();
        if let Some(candidates) = candidates {
            links.adopt(&candidates, rules.limit);
        }
        links
    }

    pub fn points(&self) -> &[PointId] {
        &self.points
    }

    pub fn list(&self, position: usize) -> &[Neighbor] {
        &self.lists[position]
    }

    /// In how many lists each question stands, in the order of points.
    pub fn standing(&self) -> &[u32] {
        &self.standing
    }

    fn position(&self, point: PointId) -> Option<usize> {
        self.points.binary_search(&point).ok()
    }

    /// Takes the candidates of all lists together, the most alike first, while list and question have room.
    fn cap(&mut self, limit: usize, cap: usize) {
        let all = self.lists.iter().enumerate();
        let mut candidates: Vec<(Neighbor, u32)> =
            all.flat_map(|(owner, list)| list.iter().map(move |neighbor| (*neighbor, owner as u32))).collect();
        candidates.sort_by_key(|(neighbor, owner)| (std::cmp::Reverse(neighbor.similarity), *owner));
        self.lists.iter_mut().for_each(Vec::clear);
        let mut standing = vec![0; self.points.len()];
        for (neighbor, owner) in candidates {
            let Some(position) = self.position(neighbor.point) else { continue };
            let list = &mut self.lists[owner as usize];
            if list.len() < limit && standing[position] < cap {
                standing[position] += 1;
                list.push(neighbor);
            }
        }
    }

    fn count(&mut self) {
        for position in 0..self.lists.len() {
            for item in 0..self.lists[position].len() {
                if let Some(listed) = self.position(self.lists[position][item].point) {
                    self.standing[listed] += 1;
                }
            }
        }
    }

    /// Puts each question that stands nowhere into the list of the nearest of its candidates that can take it: one with room,
    /// or with an entry that stands elsewhere too, the least alike of which leaves.
    fn adopt(&mut self, candidates: &[Vec<Neighbor>], limit: usize) {
        for (orphan, hosts) in candidates.iter().enumerate() {
            if self.standing[orphan] > 0 {
                continue;
            }
            for host in hosts {
                let Some(position) = self.position(host.point) else { continue };
                let leaving = if self.lists[position].len() < limit { None } else { self.dispensable(position) };
                if self.lists[position].len() >= limit && leaving.is_none() {
                    continue;
                }
                if let Some(leaving) = leaving {
                    let left = self.lists[position].remove(leaving);
                    if let Some(left) = self.position(left.point) {
                        self.standing[left] -= 1;
                    }
                }
                let list = &mut self.lists[position];
                let place = list.partition_point(|neighbor| neighbor.similarity >= host.similarity);
                list.insert(place, Neighbor { point: self.points[orphan], similarity: host.similarity });
                self.standing[orphan] = 1;
                self.adopted += 1;
                break;
            }
        }
    }

    /// The last entry of a list that stands in another list too.
    fn dispensable(&self, position: usize) -> Option<usize> {
        let stands_elsewhere = |neighbor: &Neighbor| self.position(neighbor.point).is_some_and(|p| self.standing[p] > 1);
        self.lists[position].iter().rposition(stands_elsewhere)
    }
}
