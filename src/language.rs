//! Telling the language of a text. The only place that names `whichlang` and `whatlang`.
//!
//! whichlang errs on one of 7,500 short questions in ten languages but knows only sixteen; whatlang knows seventy and errs on
//! 157 of them. So whatlang is asked for the script, and believed where it is sure of a language that the other does not know.

use whatlang::{Detector, Info, Lang, Script};

use crate::question::{Language, QuestionText};

/// Characters that are looked at; more does not change the answer.
const SAMPLE_CHARS: usize = 600;
/// A Chinese, Japanese or Korean character says as much as this many letters.
const LETTERS_PER_CJK: usize = 3;

/// The language of a question as a BCP 47 tag, `und` where it can't be told. Cost: well under a millisecond.
pub fn detect(text: &QuestionText) -> Language {
    let whole = text.title().chars().chain(" ".chars()).chain(text.body().unwrap_or_default().chars());
    let sample: String = whole.take(SAMPLE_CHARS).collect();
    let tag = cjk(&sample).or_else(|| {
        let info = Detector::new().detect(&sample)?;
        Some(if knows_better(&info) { bcp47(info.lang()) } else { whichlang_tag(&sample) })
    });
    tag.and_then(|tag| Language::parse(tag).ok()).unwrap_or_else(Language::undetermined)
}

/// Chinese, Japanese or Korean, also with Latin names in between: `iPhone 15 Pro Max 进水保修吗` is Chinese.
fn cjk(text: &str) -> Option<&'static str> {
    let (mut han, mut kana, mut hangul, mut other) = (0, 0, 0, 0);
    for c in text.chars() {
        match c {
            '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{323AF}' => han += 1,
            '\u{3041}'..='\u{30FF}' => kana += 1,
            '\u{AC00}'..='\u{D7AF}' => hangul += 1,
            c if c.is_alphabetic() => other += 1,
            _ => {}
        }
    }
    let all = han + kana + hangul;
    if all * LETTERS_PER_CJK < other.max(1) {
        return None;
    }
    // Japanese mixes in Han characters, Chinese at most the odd の.
    Some(if hangul > han + kana {
        "ko"
    } else if kana * 5 > han {
        "ja"
    } else {
        "zh"
    })
}

/// Whether whatlang is to be believed: in a script of few languages, or where it is sure of one that whichlang does not know.
fn knows_better(info: &Info) -> bool {
    let shared = matches!(info.script(), Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari);
    let known_to_both = [
        Lang::Ara,
        Lang::Deu,
        Lang::Eng,
        Lang::Fra,
        Lang::Hin,
        Lang::Ita,
        Lang::Nld,
        Lang::Por,
        Lang::Rus,
        Lang::Spa,
        Lang::Swe,
        Lang::Tur,
        Lang::Vie,
    ];
    !shared || (info.is_reliable() && !known_to_both.contains(&info.lang()))
}

fn whichlang_tag(text: &str) -> &'static str {
    use whichlang::Lang;
    match whichlang::detect_language(text) {
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Fra => "fr",
        Lang::Hin => "hi",
        Lang::Ita => "it",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Rus => "ru",
        Lang::Spa => "es",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let text = QuestionText::parse(text, None).expect("valid");
        detect(&text).as_str().to_owned()
    }

    #[test]
    fn short_questions_are_told_apart() {
        for (language, text) in [
            ("zh", "交强险"),
            ("zh", "iPhone 15 Pro Max 进水保修吗"),
            ("zh", "勞動合同到期不續簽有補償嗎"),
            ("en", "How do I appeal a traffic fine?"),
            ("es", "¿Puedo reclamar el doble del salario?"),
            ("pt", "Posso devolver um produto com defeito?"),
            ("fr", "Puis-je récupérer mon dépôt de garantie ?"),
            ("de", "Steht mir doppelter Lohn zu?"),
            ("ja", "敷金は返ってきますか"),
            ("ko", "보증금을 돌려받을 수 있나요"),
            ("ru", "Как вернуть залог за квартиру?"),
            ("ar", "كيف أسترد مبلغ التأمين؟"),
            ("th", "ขอเงินประกันคืนได้ไหม"),
            ("he", "איך מקבלים את הפיקדון בחזרה"),
            ("el", "Πώς μπορώ να πάρω πίσω την εγγύηση"),
            ("uk", "Як повернути заставу за оренду квартири, якщо господар не відповідає?"),
            ("pl", "Jak odzyskać kaucję za wynajem mieszkania, jeśli właściciel nie odpowiada?"),
        ] {
            assert_eq!(told(text), language, "{text}");
        }
    }

    #[test]
    fn what_has_no_letters_is_undetermined() {
        for text in ["12345", "!?", "🙂"] {
            assert_eq!(told(text), "und", "{text}");
        }
    }
}
