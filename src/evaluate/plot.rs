//! Pictures of measurements, as one SVG. The only place that names `plotters`.

use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use thiserror::Error;

use super::{ListQuality, Measured, Measurement};

#[derive(Debug, Error)]
#[error("{} can't be drawn: {why}", path.display())]
pub struct PlotError {
    path: PathBuf,
    why: String,
}

const PANEL: (u32, u32) = (460, 320);
const COLUMNS: usize = 2;
const SAME: RGBColor = RGBColor(13, 110, 100);
const OTHER: RGBColor = RGBColor(200, 120, 60);
const BINS: usize = 40;
/// Bars that one panel has room for.
const MOST_BARS: usize = 15;

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// One picture: of labelled pairs the scores of both kinds and the precision-recall curve, of lookups the share of right first places,
/// of lists how soon the right one stands there and how many say the same.
enum Panel<'a> {
    Scores { title: String, scores: &'a [f64], labels: &'a [bool] },
    PrecisionRecall { title: String, points: Vec<(f64, f64)> },
    Bars { title: String, bars: Vec<(&'a str, f64)> },
}

/// Draws the measurements of some data sets into an SVG file. Graded pairs have no picture of their own: their numbers say all.
pub fn plot(path: &Path, datasets: &[(String, Vec<Measurement>)]) -> Result<(), PlotError> {
    let panels: Vec<Panel<'_>> = datasets.iter().flat_map(|(name, measurements)| panels(name, measurements)).collect();
    draw(path, &panels).map_err(|e| PlotError { path: path.to_owned(), why: e.to_string() })
}

fn panels<'a>(name: &str, measurements: &'a [Measurement]) -> Vec<Panel<'a>> {
    let mut panels = Vec::new();
    let (mut bars, mut lists) = (Vec::new(), Vec::new());
    for Measurement { task, measured, .. } in measurements {
        match measured {
            Measured::Labelled { scores, labels, cuts, average_precision, .. } => {
                panels.push(Panel::Scores { title: format!("{name}: {task}"), scores, labels });
                let title = format!("{name}: {task}, AP {average_precision:.3}");
                panels.push(Panel::PrecisionRecall {
                    title,
                    points: cuts.iter().map(|cut| (cut.recall, cut.precision)).collect(),
                });
            }
            Measured::Found { ranking, .. } => bars.push((task.as_str(), ranking.accuracy_at_1)),
            Measured::Listed { quality, .. } => lists.push((task.as_str(), quality)),
            Measured::Graded { .. } => {}
        }
    }
    for bars in bars.chunks(MOST_BARS) {
        panels.push(Panel::Bars { title: format!("{name}: accuracy@1"), bars: bars.to_vec() });
    }
    if !lists.is_empty() {
        let bars = |of: fn(&ListQuality) -> f64| lists.iter().map(|(task, quality)| (*task, of(quality))).collect();
        panels.push(Panel::Bars { title: format!("{name}: MRR"), bars: bars(|quality| quality.ranking.mrr) });
        let title = format!("{name}: near duplicates among the listed");
        panels.push(Panel::Bars { title, bars: bars(|quality| quality.near_duplicates) });
    }
    panels
}

fn draw(path: &Path, panels: &[Panel<'_>]) -> Drawn {
    let rows = panels.len().div_ceil(COLUMNS).max(1);
    let size = (PANEL.0 * COLUMNS as u32, PANEL.1 * rows as u32);
    let area = SVGBackend::new(path, size).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, area) in panels.iter().zip(area.split_evenly((rows, COLUMNS))) {
        match panel {
            Panel::Scores { title, scores, labels } => draw_scores(&area, title, scores, labels)?,
            Panel::PrecisionRecall { title, points } => draw_curve(&area, title, points)?,
            Panel::Bars { title, bars } => draw_bars(&area, title, bars)?,
        }
    }
    area.present()?;
    Ok(())
}

fn draw_scores(area: &Drawing<'_>, title: &str, scores: &[f64], labels: &[bool]) -> Drawn {
    let lowest = scores.iter().copied().fold(0.0, f64::min);
    let width = (1.0 - lowest) / BINS as f64;
    let shares = |kind: bool| {
        let mut shares = [0.0; BINS];
        let chosen: Vec<f64> =
            scores.iter().zip(labels).filter(|(_, label)| **label == kind).map(|(score, _)| *score).collect();
        for score in &chosen {
            let bin = (((score - lowest) / width) as usize).min(BINS - 1);
            shares[bin] += 1.0 / chosen.len() as f64;
        }
        shares
    };
    let (same, other) = (shares(true), shares(false));
    let highest = same.iter().chain(&other).copied().fold(0.01, f64::max) * 1.1;
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(30)
        .y_label_area_size(45)
        .build_cartesian_2d(lowest..1.0, 0.0..highest)?;
    chart.configure_mesh().max_light_lines(1).x_desc("score").y_desc("share").disable_x_mesh().draw()?;
    for (label, color, shares) in [("same", SAME, same), ("other", OTHER, other)] {
        let bars = shares.iter().enumerate().map(|(bin, share)| {
            let left = lowest + bin as f64 * width;
            Rectangle::new([(left, 0.0), (left + width, *share)], color.mix(0.55).filled())
        });
        let series = chart.draw_series(bars)?;
        series.label(label).legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], color.mix(0.55).filled()));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).background_style(WHITE.mix(0.8)).draw()?;
    Ok(())
}

fn draw_curve(area: &Drawing<'_>, title: &str, points: &[(f64, f64)]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(30)
        .y_label_area_size(45)
        .build_cartesian_2d(0.0..1.0, 0.0..1.05)?;
    chart.configure_mesh().max_light_lines(1).x_desc("recall").y_desc("precision").draw()?;
    // A thousand points draw as well as a hundred thousand.
    let step = points.len().div_ceil(1_000).max(1);
    chart.draw_series(LineSeries::new(points.iter().copied().step_by(step), SAME.stroke_width(2)))?;
    Ok(())
}

fn draw_bars(area: &Drawing<'_>, title: &str, bars: &[(&str, f64)]) -> Drawn {
    let count = bars.len();
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(30)
        .y_label_area_size(150)
        .build_cartesian_2d(0.0..1.0, 0.0..count as f64)?;
    chart.configure_mesh().max_light_lines(1).disable_y_mesh().y_labels(0).draw()?;
    for (position, (task, value)) in bars.iter().enumerate() {
        let bottom = (count - position) as f64 - 0.85;
        chart.draw_series([Rectangle::new([(0.0, bottom), (*value, bottom + 0.7)], SAME.mix(0.7).filled())])?;
        let middle = bottom + 0.5;
        let style = ("sans-serif", 11).into_text_style(area);
        chart.plotting_area().draw(&Text::new(format!("{value:.2}"), (*value + 0.01, middle), style.clone()))?;
        // The axis knows numbers only; the names are written beside it.
        let (x, y) = chart.backend_coord(&(0.0, middle));
        let (left, top) = area.get_base_pixel();
        area.draw_text(task, &style.pos(Pos::new(HPos::Right, VPos::Top)), (x - left - 6, y - top - 1))?;
    }
    Ok(())
}

/// A histogram of counts into an SVG file: how many have 0, 1, 2 and so on, in bins of one width.
pub fn plot_histogram(path: &Path, title: &str, of: &str, what: &str, values: &[u32]) -> Result<(), PlotError> {
    draw_histogram(path, title, of, what, values).map_err(|e| PlotError { path: path.to_owned(), why: e.to_string() })
}

fn draw_histogram(path: &Path, title: &str, of: &str, what: &str, values: &[u32]) -> Drawn {
    let most = values.iter().copied().max().unwrap_or(0) as usize;
    let width = (most + 1).div_ceil(BINS);
    let mut bins = vec![0u32; (most + 1).div_ceil(width)];
    values.iter().for_each(|value| bins[*value as usize / width] += 1);
    let highest = bins.iter().copied().max().unwrap_or(0).max(1);
    let area = SVGBackend::new(path, (2 * PANEL.0, PANEL.1)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(35)
        .y_label_area_size(65)
        .build_cartesian_2d(0.0..(bins.len() * width) as f64, 0.0..f64::from(highest) * 1.05)?;
    chart.configure_mesh().max_light_lines(1).x_desc(of).y_desc(what).disable_x_mesh().draw()?;
    chart.draw_series(bins.iter().enumerate().map(|(bin, count)| {
        let left = (bin * width) as f64;
        Rectangle::new([(left, 0.0), (left + width as f64 * 0.92, f64::from(*count))], SAME.mix(0.7).filled())
    }))?;
    area.present()?;
    Ok(())
}

/// A line through measured points.
pub struct Curve {
    pub label: String,
    /// In the order in which they are joined.
    pub points: Vec<(f64, f64)>,
}

/// Curves into an SVG file, both axes as far as the points reach.
pub fn plot_curves(path: &Path, title: &str, of: &str, what: &str, curves: &[Curve]) -> Result<(), PlotError> {
    draw_curves(path, title, of, what, curves).map_err(|e| PlotError { path: path.to_owned(), why: e.to_string() })
}

fn draw_curves(path: &Path, title: &str, of: &str, what: &str, curves: &[Curve]) -> Drawn {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let least = points().map(|(x, _)| *x).fold(f64::INFINITY, f64::min).min(1.0);
    let most = points().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max).max(least);
    let room = ((most - least) * 0.05).max(0.001);
    let highest = points().map(|(_, y)| *y).fold(1.0, f64::max) * 1.05;
    let area = SVGBackend::new(path, (2 * PANEL.0, 2 * PANEL.1)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(35)
        .y_label_area_size(65)
        .build_cartesian_2d(least - room..most + room, 0.0..highest)?;
    chart.configure_mesh().max_light_lines(1).x_desc(of).y_desc(what).draw()?;
    for (number, Curve { label, points }) in curves.iter().enumerate() {
        let color = [SAME, OTHER][number % 2];
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(4))?;
        series.label(label).legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], color.filled()));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).background_style(WHITE.mix(0.8)).draw()?;
    Ok(())
}
