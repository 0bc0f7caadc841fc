//! Which question links to which: the lists as they are shown, and the health of the graph they make.
//!
//! A list of nearest neighbors leaves some questions in nobody's list (a crawler never finds their pages) and others in
//! thousands (hubness: Radovanović, Nanopoulos and Ivanović 2010). Both can be mended here.

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

/// A question that a list shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub point: PointId,
    /// What the order is by.
    pub score: f32,
    /// The cosine: what is shown, since it is the same as long as both texts are. (How rare words are changes with every
    /// hundredth question, and would change every page.)
    pub semantic: f32,
    /// An editor put it there.
    pub pinned: bool,
    /// Those that it stands for; hardly ever any, so they take no room where there are none.
    pub duplicates: Option<Box<[PointId]>>,
}

impl Link {
    pub fn duplicates(&self) -> &[PointId] {
        self.duplicates.as_deref().unwrap_or_default()
    }
}

/// The lists of all questions in the order of their points.
pub struct Links {
    points: Vec<PointId>,
    lists: Vec<Vec<Link>>,
    /// In how many lists each question stands.
    standing: Vec<u32>,
    pub adopted: usize,
}

impl Links {
    /// Of candidates in the order of `points`, each best first. `may` tells whether a list (of the first point) may take in an
    /// orphan (the second).
    pub fn of(
        points: Vec<PointId>,
        candidates: Vec<Vec<Link>>,
        rules: LinkRules,
        may: impl Fn(PointId, PointId) -> bool,
    ) -> Self {
        let mut links = Self { lists: candidates, standing: vec![0; points.len()], points, adopted: 0 };
        let candidates = rules.adopt.then(|| links.lists.clone());
        match rules.cap {
            Some(cap) => links.cap(rules.limit, cap),
            None => links.lists.iter_mut().for_each(|list| list.truncate(rules.limit)),
        }
        links.count();
        if let Some(candidates) = candidates {
            links.adopt(&candidates, rules.limit, may);
        }
        links
    }

    pub fn points(&self) -> &[PointId] {
        &self.points
    }

    pub fn list(&self, position: usize) -> &[Link] {
        &self.lists[position]
    }

    /// In how many lists each question stands, in the order of points.
    pub fn standing(&self) -> &[u32] {
        &self.standing
    }

    fn position(&self, point: PointId) -> Option<usize> {
        self.points.binary_search(&point).ok()
    }

    /// Takes the candidates of all lists together, the pinned first, then the most alike, while list and question have room.
    fn cap(&mut self, limit: usize, cap: usize) {
        let lists = self.lists.iter_mut().map(std::mem::take).enumerate();
        let mut candidates: Vec<(Link, u32)> =
            lists.flat_map(|(owner, list)| list.into_iter().map(move |link| (link, owner as u32))).collect();
        candidates
            .sort_by(|(a, owner), (b, other)| b.pinned.cmp(&a.pinned).then(b.score.total_cmp(&a.score)).then(owner.cmp(other)));
        let mut standing = vec![0; self.points.len()];
        for (link, owner) in candidates {
            let Some(position) = self.position(link.point) else { continue };
            let list = &mut self.lists[owner as usize];
            if list.len() < limit && (link.pinned || standing[position] < cap) {
                standing[position] += 1;
                list.push(link);
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
    fn adopt(&mut self, candidates: &[Vec<Link>], limit: usize, may: impl Fn(PointId, PointId) -> bool) {
        for (orphan, hosts) in candidates.iter().enumerate() {
            if self.standing[orphan] > 0 {
                continue;
            }
            for host in hosts {
                let Some(position) = self.position(host.point).filter(|_| may(host.point, self.points[orphan])) else {
                    continue;
                };
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
                let place = list.partition_point(|link| link.pinned || link.score >= host.score);
                let (point, score, semantic) = (self.points[orphan], host.score, host.semantic);
                list.insert(place, Link { point, score, semantic, pinned: false, duplicates: None });
                self.standing[orphan] = 1;
                self.adopted += 1;
                break;
            }
        }
    }

    /// The last entry of a list that stands in another list too and is not pinned.
    fn dispensable(&self, position: usize) -> Option<usize> {
        let dispensable = |link: &Link| !link.pinned && self.position(link.point).is_some_and(|p| self.standing[p] > 1);
        self.lists[position].iter().rposition(dispensable)
    }
}
