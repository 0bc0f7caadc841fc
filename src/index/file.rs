//! Segments with graphs as files: caches, made anew from the store where they are missing or in doubt.
//!
//! A file holds the vectors first, so that they can be mapped; then the points, the links and the bytes that walks look at.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::codes::{Codes, CodesBuilder};
use super::graph::{Graph, Links};
use super::mapped::Mapped;
use super::matrix::Matrix;
use super::memory::Array;
use super::segment::Segment;
use crate::checked::{self, BODY, In, damaged};
use crate::question::PointId;

const FORMAT: &str = "likewise segment 1";
const PREFIX: &str = "segment-";
/// Of files before vectors stood in them; they are removed.
const FORMER_PREFIX: &str = "graph-";

/// The files of one data folder, for one model.
#[derive(Debug, Clone)]
pub struct SegmentFiles {
    pub folder: PathBuf,
    /// Its fingerprint: vectors of another one are others.
    pub model: String,
    pub dimension: usize,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    model: String,
    rows: usize,
    dimension: usize,
    /// Links on an upper layer.
    width: usize,
}

impl SegmentFiles {
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
            let is_ours = name.starts_with(PREFIX) || name.starts_with(FORMER_PREFIX);
            if is_ours && (name.ends_with(".bin") || name.ends_with(".part")) {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// A segment of these points and their vectors, with a graph, that lies in a file; durable. `link` makes the graph once all
    /// vectors are written, so a disk that is too full for them is found out before. Memory: what the graph takes.
    pub fn write<'a>(
        &self,
        points: Vec<PointId>,
        vectors: impl Iterator<Item = &'a [f32]>,
        width: usize,
        link: impl FnOnce(Codes) -> Graph,
    ) -> io::Result<Segment> {
        let (rows, dimension) = (points.len(), self.dimension);
        let header = Header { format: FORMAT.into(), model: self.model.clone(), rows, dimension, width };
        let path = self.path(&points);
        let graph = checked::write(&path, &header, |out| {
            let mut codes = CodesBuilder::with_capacity(dimension, rows);
            for vector in vectors {
                out.numbers(vector)?;
                codes.push(vector);
            }
            let graph = link(codes.finish());
            points.chunks(1 << 16).try_for_each(|chunk| out.numbers(&numbers(chunk)))?;
            let links = graph.links();
            out.numbers(links.layers())?;
            out.numbers(links.lowest())?;
            out.numbers(links.upper())?;
            out.numbers(graph.codes().values())?;
            out.numbers(graph.codes().steps())?;
            Ok(graph)
        })?;
        let vectors = self.map(&path, rows)?;
        Ok(Segment::with_graph(points, vectors, graph))
    }

    fn map(&self, path: &Path, rows: usize) -> io::Result<Matrix> {
        let mapped = Mapped::open(&File::open(path)?, BODY, rows * self.dimension)?;
        Ok(Matrix::mapped(mapped, self.dimension))
    }

    /// Removes all files but those of these segments.
    pub fn keep<'a>(&self, segments: impl Iterator<Item = &'a [PointId]>) -> io::Result<()> {
        let kept: Vec<PathBuf> = segments.map(|points| self.path(points)).collect();
        self.all()?.iter().filter(|path| !kept.contains(path)).try_for_each(std::fs::remove_file)
    }

    /// The segments that are there and of use for these live points (ascending by their points, none over another). What can't be
    /// used is told and removed. Cost: each file is read once, as its checksum wants it.
    pub fn read(&self, live: &RoaringBitmap) -> Vec<Segment> {
        let paths = self.all().unwrap_or_else(|error| {
            tracing::warn!(%error, "the folder's segments can't be listed; they are built anew");
            Vec::new()
        });
        let mut segments: Vec<Segment> = Vec::new();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "bin")) {
            match self.read_one(path) {
                Ok(Some(segment)) if serves(&segment, live) => {
                    segments.push(segment);
                    continue;
                }
                Ok(_) => {
                    tracing::info!(path = %path.display(), "a segment is of other questions or of another model; it is built anew");
                }
                Err(error) => tracing::warn!(path = %path.display(), %error, "a segment can't be used; it is built anew"),
            }
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!(path = %path.display(), %error, "a segment of no use can't be removed");
            }
        }
        segments.sort_by_key(|segment| segment.points()[0]);
        segments.dedup_by(|next, before| next.points()[0] <= before.points()[before.len() - 1]);
        segments
    }

    /// Whether each file of the folder is whole, by its name.
    pub fn check(&self) -> io::Result<Vec<(PathBuf, io::Result<bool>)>> {
        let is_usable = |path: PathBuf| {
            let usable = self.read_one(&path).map(|segment| segment.is_some());
            (path, usable)
        };
        Ok(self.all()?.into_iter().filter(|path| path.extension().is_some_and(|e| e == "bin")).map(is_usable).collect())
    }

    /// `None` where it is a file of something else.
    fn read_one(&self, path: &Path) -> io::Result<Option<Segment>> {
        let Some((header, mut input)) = checked::open::<Header>(path)? else { return Ok(None) };
        let Header { format, model, rows, dimension, width } = header;
        if format != FORMAT || model != self.model || dimension != self.dimension || rows == 0 {
            return Ok(None);
        }
        let product = |a: usize, b: usize| a.checked_mul(b).ok_or_else(|| damaged("its sizes are wrong"));
        input.pass::<f32>(product(rows, dimension)?)?;
        let points: Vec<PointId> = input.numbers(rows)?.into_iter().map(PointId).collect();
        let layers: Vec<u8> = input.numbers(rows)?;
        let lowest = array::<u32>(&mut input, product(rows, product(2, width)?)?)?;
        let upper = array::<u32>(&mut input, product(layers.iter().map(|layer| usize::from(*layer)).sum(), width)?)?;
        let values = array::<i8>(&mut input, product(rows, dimension)?)?;
        let steps = array::<f32>(&mut input, rows)?;
        input.finish()?;
        let links = Links::from_parts(width, layers, lowest, upper).ok_or_else(|| damaged("its links lead nowhere"))?;
        let codes = Codes::from_parts(dimension, values, steps).ok_or_else(|| damaged("its bytes don't fit"))?;
        if !points.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its points do not ascend"));
        }
        Ok(Some(Segment::with_graph(points, self.map(path, rows)?, Graph::of(codes, links))))
    }
}

fn array<T: bytemuck::Pod>(input: &mut In, count: usize) -> io::Result<Array<T>> {
    input.expect::<T>(count)?;
    Array::new(count, |numbers| input.fill(numbers))
}

fn numbers(points: &[PointId]) -> Vec<u32> {
    points.iter().map(|point| point.0).collect()
}

/// Whether it has every live point of its range, and few dead ones.
fn serves(segment: &Segment, live: &RoaringBitmap) -> bool {
    let points = segment.points();
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    let known = points.iter().filter(|point| live.contains(point.0)).count();
    known as u64 == live.range_cardinality(first..=last) && (points.len() - known) * 4 <= points.len()
}
