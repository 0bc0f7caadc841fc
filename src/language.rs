//! Telling the language of a text. The only place that names `whatlang`.

use whatlang::{Detector, Lang, Script};

use crate::question::{Language, QuestionText};

/// Characters that are looked at; more does not change the answer.
const SAMPLE_CHARS: usize = 600;

/// The language of a question as a BCP 47 tag, `und` where it can't be told. Cost: well under a millisecond.
pub fn detect(text: &QuestionText) -> Language {
    let sample: String = match text.body() {
        Some(body) => text.title().chars().chain(" ".chars()).chain(body.chars()).take(SAMPLE_CHARS).collect(),
        None => text.title().chars().take(SAMPLE_CHARS).collect(),
    };
    let Some(info) = Detector::new().detect(&sample) else { return Language::undetermined() };
    // One Han character among Latin words makes a mixed text; the script decides only where it is the text's own.
    let tag = match (info.script(), info.lang()) {
        (Script::Mandarin, _) => "zh",
        (_, lang) => bcp47(lang),
    };
    Language::parse(tag).unwrap_or_else(|_| Language::undetermined())
}

/// The two-letter code where there is one, as BCP 47 asks.
fn bcp47(lang: Lang) -> &'static str {
    match lang {
        Lang::Cmn => "zh",
        Lang::Eng => "en",
        Lang::Spa => "es",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Rus => "ru",
        Lang::Por => "pt",
        Lang::Ara => "ar",
        Lang::Vie => "vi",
        Lang::Tur => "tr",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Ukr => "uk",
        Lang::Ces => "cs",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Hun => "hu",
        Lang::Ron => "ro",
        Lang::Bul => "bg",
        Lang::Ell => "el",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Ben => "bn",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tha => "th",
        Lang::Ind => "id",
        Lang::Pes => "fa",
        Lang::Urd => "ur",
        Lang::Cat => "ca",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        other => other.code(),
    }
}
