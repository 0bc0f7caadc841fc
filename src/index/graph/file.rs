//! A graph as a file: a cache, made anew from the store where it is missing or in doubt.

use std::io;
use std::path::{Path, PathBuf};

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::Graph;
use super::links::Links;
use crate::checked::{self, damaged};
use crate::index::codes::Codes;
use crate::question::PointId;

const FORMAT: &str = "likewise graph 1";
const PREFIX: &str = "graph-";

/// The files of one data folder, for one model.
#[derive(Debug, Clone)]
pub struct GraphFile {
    pub folder: PathBuf,
    /// Its fingerprint: vectors of another one are others.
    pub model: String,
}

/// A graph that was read, with the points of its rows.
pub struct SavedGraph {
    pub points: Vec<PointId>,
    pub graph: Graph,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    model: String,
    rows: usize,
    dimension: usize,
    width: usize,
    /// Links on upper layers.
    upper: usize,
}

impl GraphFile {
    /// A file's name says which points it is of, so that it is never taken for another's.
    fn path(&self, points: &[PointId]) -> PathBuf {
        let (first, last) = (points.first().map_or(0, |point| point.0), points.last().map_or(0, |point| point.0));
        self.folder.join(format!("{PREFIX}{first}-{last}-{}.bin", points.len()))
    }

    fn all(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with(PREFIX) && (name.ends_with(".bin") || name.ends_with(".part")) {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Writes a graph and the points of its rows, durably. Cost: as many bytes as the graph has in memory.
    pub fn write(&self, points: &[PointId], graph: &Graph) -> io::Result<()> {
        let Graph { codes, links, .. } = graph;
        let header = Header {
            format: FORMAT.into(),
            model: self.model.clone(),
            rows: points.len(),
            dimension: codes.values().len() / points.len().max(1),
            width: links.width(),
            upper: links.upper().len(),
        };
        let path = self.path(points);
        if path.exists() {
            return Ok(());
        }
        checked::write(&path, &header, |out| {
            points.chunks(1 << 16).try_for_each(|chunk| out.u32s(&chunk.iter().map(|point| point.0).collect::<Vec<_>>()))?;
            out.bytes(links.layers())?;
            out.u32s(links.lowest())?;
            out.u32s(links.upper())?;
            out.i8s(codes.values())?;
            out.f32s(codes.steps())
        })
    }

    /// Removes all files but those of these segments.
    pub fn keep<'a>(&self, segments: impl Iterator<Item = &'a [PointId]>) -> io::Result<()> {
        let kept: Vec<PathBuf> = segments.map(|points| self.path(points)).collect();
        self.all()?.iter().filter(|path| !kept.contains(path)).try_for_each(std::fs::remove_file)
    }

    /// The graphs that are there and of use for these live points (ascending by their points, none over another). What can't be
    /// used is told and removed.
    pub fn read(&self, live: &RoaringBitmap) -> Vec<SavedGraph> {
        let paths = self.all().unwrap_or_else(|error| {
            tracing::warn!(%error, "the folder's graphs can't be listed; they are built anew");
            Vec::new()
        });
        let mut saved: Vec<SavedGraph> = Vec::new();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "bin")) {
            match self.read_one(path) {
                Ok(Some(graph)) if graph.serves(live) => {
                    saved.push(graph);
                    continue;
                }
                Ok(_) => {
                    tracing::info!(path = %path.display(), "a graph is of other questions or of another model; it is built anew");
                }
                Err(error) => tracing::warn!(path = %path.display(), %error, "a graph can't be used; it is built anew"),
            }
            // The new one may be of the same points and have the same name, and what is there is not written again.
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!(path = %path.display(), %error, "a graph of no use can't be removed");
            }
        }
        saved.sort_by_key(|graph| graph.points[0]);
        saved.dedup_by(|next, before| next.points[0] <= before.points[before.points.len() - 1]);
        saved
    }

    fn read_one(&self, path: &Path) -> io::Result<Option<SavedGraph>> {
        let Some((header, mut input)) = checked::open::<Header>(path)? else { return Ok(None) };
        let Header { format, model, rows, dimension, width, upper } = header;
        if format != FORMAT || model != self.model || rows == 0 {
            return Ok(None);
        }
        let product = |a: usize, b: usize| a.checked_mul(b).ok_or_else(|| damaged("its sizes are wrong"));
        let points: Vec<PointId> = input.u32s(rows)?.into_iter().map(PointId).collect();
        let layers = input.bytes(rows)?;
        let lowest = input.u32s(product(rows, product(2, width)?)?)?;
        let upper = input.u32s(upper)?;
        let values = input.i8s(product(rows, dimension)?)?;
        let steps = input.f32s(rows)?;
        input.finish()?;
        let links = Links::from_parts(width, layers, lowest, upper).ok_or_else(|| damaged("its links lead nowhere"))?;
        let codes = Codes::from_parts(dimension, values, steps).ok_or_else(|| damaged("its bytes don't fit"))?;
        if !points.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its points do not ascend"));
        }
        Ok(Some(SavedGraph { points, graph: Graph::of(codes, links) }))
    }
}

impl SavedGraph {
    /// Whether it has every live point of its range, and few dead ones.
    fn serves(&self, live: &RoaringBitmap) -> bool {
        let (first, last) = (self.points[0].0, self.points[self.points.len() - 1].0);
        let known = self.points.iter().filter(|point| live.contains(point.0)).count();
        known as u64 == live.range_cardinality(first..=last) && (self.points.len() - known) * 4 <= self.points.len()
    }
}
