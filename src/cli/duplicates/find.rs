//! `likewise duplicates find`: every likely pair of the store, and the groups they form.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::super::pages::open;
use super::super::progress::Progress;
use super::super::{Done, Usage};
use super::{output, tell_if_uncalibrated};
use crate::app::App;
use crate::config::Config;
use crate::corpus::{Corpus, Moment};
use crate::duplicates::{Decided, Group, Judge, Pair, Subject, Wanted, group, mine, reasons, represents, subjects};
use crate::embedding::Similarity;
use crate::question::{PointId, Question};

/// Questions that are read together.
const CHUNK: usize = 2_048;
const REVIEW: &str = include_str!("../templates/duplicates.html");

/// Exact: every question is compared with every other. What FILE becomes is told by its name: `.jsonl` (a line a pair, then a
/// line a group), `.csv` (a row a pair with the number of its group), `.html` (a page to review).
#[derive(Debug, Args)]
pub struct Find {
    /// Pairs less likely to be duplicates are left out, 0.01 to 1
    #[arg(long, default_value_t = 0.8)]
    min_probability: f32,
    /// By likeness alone, 0.1 to 1: every pair that is at least so alike
    #[arg(long, value_name = "SCORE", conflicts_with = "min_probability")]
    min_score: Option<f32>,
    /// [default: JSON Lines on standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only pairs of which one was stored after this state of the store
    #[arg(long, value_name = "SEQ")]
    since: Option<u64>,
}

impl Find {
    pub fn run(self, config: &Config) -> anyhow::Result<Done> {
        if !(0.01..=1.0).contains(&self.min_probability) {
            return Err(Usage(format!("--min-probability is {}, allowed is 0.01 to 1", self.min_probability)).into());
        }
        if let Some(score) = self.min_score.filter(|score| !(0.1..=1.0).contains(score)) {
            return Err(Usage(format!("--min-score is {score}, allowed is 0.1 to 1")).into());
        }
        let wanted = self.min_score.map_or(Wanted::Probability(self.min_probability), Wanted::Score);
        let form = Form::of(self.out.as_deref())?;
        let app = open(config)?;
        tell_if_uncalibrated(&app.judge, app.corpus.model().fingerprint.as_str());
        let found = Found::find(&app, &app.judge, wanted, self.since)?;
        let mut out = output(self.out.as_deref())?;
        match form {
            Form::Jsonl => found.write_jsonl(&mut out)?,
            Form::Csv => found.write_csv(&mut out)?,
            Form::Html => found.write_html(&mut out, self.min_score.unwrap_or(self.min_probability))?,
        }
        out.finish()?;
        app.corpus.close();
        eprintln!(
            "{} pairs and {} groups among {} questions in {:.1} s ({:.1} s of it comparing), at seq {}",
            found.pairs.len(),
            found.groups.len(),
            found.questions,
            found.seconds,
            found.comparing,
            found.moment.seq.0
        );
        Ok(Done::Fully)
    }
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Jsonl,
    Csv,
    Html,
}

impl Form {
    fn of(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Jsonl) };
        let name = path.to_string_lossy().to_ascii_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("csv") => Ok(Self::Csv),
            Some("html") => Ok(Self::Html),
            _ => Err(Usage(format!("--out {}: the name ends in neither .jsonl, .csv nor .html", path.display())).into()),
        }
    }
}

/// All duplicates of a moment.
struct Found {
    moment: Moment,
    subjects: Vec<Subject>,
    pairs: Vec<Pair>,
    groups: Vec<Group>,
    /// Those that stand in a pair, by position.
    shown: HashMap<usize, Question>,
    questions: usize,
    comparing: f64,
    seconds: f64,
}

#[derive(Serialize)]
struct PairLine<'a> {
    r#type: &'static str,
    a: &'a str,
    b: &'a str,
    a_title: &'a str,
    b_title: &'a str,
    score: f32,
    probability: f32,
    reasons: Vec<String>,
    /// The group that both are in; absent where a group was cut between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<usize>,
}

#[derive(Serialize)]
struct GroupLine<'a> {
    r#type: &'static str,
    group: usize,
    representative: &'a str,
    members: Vec<&'a str>,
    weakest: f32,
}

impl Found {
    fn find(app: &App, judge: &Judge, wanted: Wanted, since: Option<u64>) -> anyhow::Result<Self> {
        let started = std::time::Instant::now();
        let moment = app.corpus.moment(PointId(0));
        let questions = moment.snapshot.len();
        let subjects = read_subjects(&app.corpus, judge, &moment)?;
        let columns: Vec<u32> = match since {
            None => (0..questions as u32).collect(),
            Some(since) => {
                let seqs = app.corpus.seqs()?;
                let points = moment.snapshot.points().iter().enumerate();
                let new = points.filter(|(_, point)| seqs.get(*point).is_some_and(|seq| seq.0 > since));
                new.map(|(position, _)| position as u32).collect()
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let compared = std::time::Instant::now();
        let mut progress = Progress::items("comparing", columns.len() as u64);
        let mut pairs =
            mine(&moment, &subjects, judge, wanted, &columns, threads, |done| progress.update(done as u64, done as u64))?;
        progress.finish();
        let comparing = compared.elapsed().as_secs_f64();
        let similarity = |a: usize, b: usize| {
            let product = moment.snapshot.vector(a).iter().zip(moment.snapshot.vector(b)).map(|(a, b)| a * b).sum();
            Similarity::new(product)
        };
        let points = moment.snapshot.points();
        let decided = match wanted {
            Wanted::Probability(_) => Decided::of(app.corpus.editorial().verdicts(), |id| {
                app.corpus.point(id).and_then(|point| points.binary_search(&point).ok())
            }),
            Wanted::Score(_) => Decided::default(),
        };
        decided.apply(&mut pairs, similarity);
        let probability = |a: usize, b: usize| {
            if let Some(certain) = decided.probability(a, b) {
                return certain;
            }
            if subjects[a].text == subjects[b].text {
                return 1.0;
            }
            judge.probability(&subjects[a].features, &subjects[b].features, similarity(a, b))
        };
        let mut groups = match wanted {
            Wanted::Probability(least) => group(&pairs, least, |pair| pair.probability, probability),
            Wanted::Score(least) => group(&pairs, least, |pair| pair.score.value(), |a, b| similarity(a, b).value()),
        };
        let positions: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        let points: Vec<_> = positions.iter().map(|position| moment.snapshot.points()[*position]).collect();
        let mut shown = HashMap::with_capacity(positions.len());
        for (position, stored) in positions.into_iter().zip(app.corpus.by_points(&points)?) {
            // A server beside may have deleted it since; then it is no duplicate any more.
            if let Some(stored) = stored {
                shown.insert(position, stored.question);
            }
        }
        pairs.retain(|pair| shown.contains_key(&pair.a) && shown.contains_key(&pair.b));
        groups.iter_mut().for_each(|group| group.members.retain(|member| shown.contains_key(member)));
        groups.retain(|group| group.members.len() > 1);
        let seconds = started.elapsed().as_secs_f64();
        Ok(Self { moment, subjects, pairs, groups, shown, questions, comparing, seconds })
    }

    fn group_of(&self) -> HashMap<usize, usize> {
        let numbered = self.groups.iter().enumerate();
        numbered.flat_map(|(number, group)| group.members.iter().map(move |member| (*member, number))).collect()
    }

    /// The member that stands for a group.
    fn representative(&self, group: &Group) -> anyhow::Result<&Question> {
        let members = group.members.iter().filter_map(|member| self.shown.get(member));
        members.min_by(|a, b| represents(a, b)).context("a group has members")
    }

    fn question(&self, position: usize) -> anyhow::Result<&Question> {
        self.shown.get(&position).context("a pair's question was read")
    }

    fn line(&self, pair: &Pair, group_of: &HashMap<usize, usize>) -> anyhow::Result<PairLine<'_>> {
        let (a, b) = (self.question(pair.a)?, self.question(pair.b)?);
        let features = |position: usize| &self.subjects[position].features;
        let group = group_of.get(&pair.a).filter(|group| group_of.get(&pair.b) == Some(group));
        Ok(PairLine {
            r#type: "pair",
            a: a.id.as_str(),
            b: b.id.as_str(),
            a_title: a.text.title(),
            b_title: b.text.title(),
            score: pair.score.value(),
            probability: pair.probability,
            reasons: reasons(features(pair.a), features(pair.b), pair.score),
            group: group.copied(),
        })
    }

    fn group_line(&self, number: usize, group: &Group) -> anyhow::Result<GroupLine<'_>> {
        let members = group.members.iter().map(|member| Ok(self.question(*member)?.id.as_str()));
        Ok(GroupLine {
            r#type: "group",
            group: number,
            representative: self.representative(group)?.id.as_str(),
            members: members.collect::<anyhow::Result<_>>()?,
            weakest: group.weakest,
        })
    }

    fn write_jsonl(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let group_of = self.group_of();
        for pair in &self.pairs {
            writeln!(out, "{}", serde_json::to_string(&self.line(pair, &group_of)?)?)?;
        }
        for (number, group) in self.groups.iter().enumerate() {
            writeln!(out, "{}", serde_json::to_string(&self.group_line(number, group)?)?)?;
        }
        Ok(())
    }

    fn write_csv(&self, out: &mut impl Write) -> anyhow::Result<()> {
        let group_of = self.group_of();
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(["a_id", "b_id", "a_title", "b_title", "score", "probability", "reasons", "group"])?;
        for pair in &self.pairs {
            let line = self.line(pair, &group_of)?;
            let (score, probability) = (line.score.to_string(), line.probability.to_string());
            let group = line.group.map_or_else(String::new, |group| group.to_string());
            let reasons = line.reasons.join("; ");
            writer.write_record([line.a, line.b, line.a_title, line.b_title, &score, &probability, &reasons, &group])?;
        }
        writer.flush()?;
        Ok(())
    }

    /// A page without a server: the data as JSON in it, filters in the browser.
    fn write_html(&self, out: &mut impl Write, least: f32) -> anyhow::Result<()> {
        let group_of = self.group_of();
        let mut groups = Vec::new();
        for (number, group) in self.groups.iter().enumerate() {
            let mut members = Vec::new();
            for member in &group.members {
                let question = self.question(*member)?;
                members.push(serde_json::json!({
                    "id": question.id.as_str(), "title": question.text.title(), "language": question.language.as_str(),
                    "category": question.category, "url": question.url, "answered": question.answer.is_some(),
                }));
            }
            groups.push(serde_json::json!({
                "group": number, "weakest": group.weakest, "members": members,
                "representative": self.representative(group)?.id.as_str(),
            }));
        }
        let crossing = self.pairs.iter().filter(|pair| {
            let group = |position| group_of.get(position);
            group(&pair.a).is_none() || group(&pair.a) != group(&pair.b)
        });
        let pairs = crossing.map(|pair| self.line(pair, &group_of)).collect::<anyhow::Result<Vec<_>>>()?;
        let data = serde_json::json!({ "groups": groups, "pairs": pairs, "questions": self.questions, "least": least });
        // Inside a script element `<` could end it.
        let data = data.to_string().replace('<', "\\u003c");
        let (before, after) = REVIEW.split_once("/*DATA*/").context("the template has a place for the data")?;
        write!(out, "{before}{data}{after}")?;
        Ok(())
    }
}

/// Reads the texts of a moment, in memory that does not grow with them.
fn read_subjects(corpus: &Corpus, judge: &Judge, moment: &Moment) -> anyhow::Result<Vec<Subject>> {
    let mut made = Vec::with_capacity(moment.snapshot.len());
    let mut progress = Progress::items("reading", moment.snapshot.len() as u64);
    for chunk in moment.snapshot.points().chunks(CHUNK) {
        let questions = corpus.by_points(chunk)?;
        // Where a server beside has deleted one, nothing stands in its place.
        let texts =
            questions.iter().map(|q| q.as_ref().map_or(("", None), |q| (q.question.text.title(), q.question.text.body())));
        let texts: Vec<_> = texts.collect();
        made.extend(subjects(judge, &texts));
        progress.update(made.len() as u64, made.len() as u64);
    }
    progress.finish();
    Ok(made)
}
