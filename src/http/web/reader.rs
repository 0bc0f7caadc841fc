//! Who reads a page: in which language.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

/// The languages of the pages themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    Chinese,
    English,
}

impl Speech {
    pub fn words(self) -> &'static Value {
        static CHINESE: LazyLock<Value> = LazyLock::new(|| parse(include_str!("words/zh.json")));
        static ENGLISH: LazyLock<Value> = LazyLock::new(|| parse(include_str!("words/en.json")));
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// A year long, for this server's pages alone.
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Chinese => "lang=zh; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
            Self::English => "lang=en; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
        }
    }

    fn of(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', ';', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The one that the browser likes best.
    fn preferred(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        let weight = |range: &str| {
            let quality = range.split(';').find_map(|part| part.trim().strip_prefix("q=")?.parse().ok());
            quality.unwrap_or(1.0f32)
        };
        let spoken = accepted.split(',').filter_map(|range| Some((Self::of(range)?, weight(range))));
        // Of equal ones the first.
        spoken.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(speech, _)| speech)
    }

    fn chosen_before(headers: &HeaderMap) -> Option<Self> {
        let mut pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        pairs.find_map(|pair| pair.trim().strip_prefix("lang=")).and_then(Self::of)
    }
}

fn accepts_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The words are part of the program; a test reads them.
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The reader of a page, by `?lang=`, by what was chosen so before, by the browser's languages; English where nothing tells.
#[derive(Debug, Clone)]
pub struct Reader {
    pub speech: Speech,
    /// Whether the language was chosen with this request.
    pub chose: bool,
    /// Whether loading the page anew asks for the same again, and sends nothing.
    pub only_reads: bool,
    /// Whether a page is wanted rather than JSON.
    pub wants_page: bool,
    pub path: String,
    /// The other parameters of the address, encoded.
    parameters: String,
}

impl Reader {
    fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let parameters = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let (choice, others): (Vec<&str>, Vec<&str>) = parameters.partition(|pair| pair.starts_with("lang="));
        let chosen = choice.last().and_then(|pair| Speech::of(&pair["lang=".len()..]));
        let speech = chosen.or_else(|| Speech::chosen_before(headers)).or_else(|| Speech::preferred(headers));
        Self {
            speech: speech.unwrap_or(Speech::English),
            chose: chosen.is_some(),
            only_reads: method.is_safe(),
            wants_page: accepts_page(headers),
            path: uri.path().to_owned(),
            parameters: others.join("&"),
        }
    }

    /// The same page in a language.
    pub fn address_in(&self, speech: Speech) -> String {
        let before = if self.parameters.is_empty() { String::new() } else { format!("{}&", self.parameters) };
        format!("{}?{before}lang={}", self.path, speech.code())
    }

    /// Why a pair was judged as it was, in the reader's language.
    pub fn reasons(&self, reasons: &[String]) -> Vec<String> {
        let phrases = self.speech.words()["reasons"].as_object();
        let translated = |reason: &String| {
            let found = phrases.into_iter().flatten().filter(|(phrase, _)| reason.contains(phrase.as_str()));
            found.fold(reason.clone(), |reason, (phrase, said)| reason.replace(phrase, said.as_str().unwrap_or_default()))
        };
        reasons.iter().map(translated).collect()
    }

    pub fn word(&self, name: &str) -> &'static str {
        self.speech.words()[name].as_str().unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.uri, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::HeaderValue;

    use super::*;

    fn reader(address: &str, accepted: &'static str, cookie: Option<&'static str>) -> Reader {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        cookie.map(|cookie| headers.insert(COOKIE, HeaderValue::from_static(cookie)));
        Reader::of(&Method::GET, &address.parse().expect("an address"), &headers)
    }

    #[test]
    fn a_choice_counts_more_than_the_browser() {
        assert_eq!(reader("/", "fr,zh-TW;q=0.8,en;q=0.7", None).speech, Speech::Chinese);
        assert_eq!(reader("/", "fr,zh;q=0.3,en-GB;q=0.7", None).speech, Speech::English);
        assert_eq!(reader("/", "fr", None).speech, Speech::English);
        assert_eq!(reader("/", "en", Some("a=b; lang=zh")).speech, Speech::Chinese);
        let chosen = reader("/q/1?q=a%26b&lang=en", "zh", Some("lang=zh"));
        assert!(chosen.speech == Speech::English && chosen.chose);
        assert_eq!(chosen.address_in(Speech::Chinese), "/q/1?q=a%26b&lang=zh");
    }

    #[test]
    fn reasons_are_told_in_the_readers_language() {
        let reasons = ["numbers differ: 2年 / 3年".to_owned(), "meaning 0.69, wording 0.15".to_owned()];
        assert_eq!(reader("/", "zh", None).reasons(&reasons), ["数字不同：2年 / 3年", "语义 0.69，措辞 0.15"]);
        assert_eq!(reader("/", "en", None).reasons(&reasons), reasons);
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let names = |speech: Speech| -> BTreeSet<String> {
            let words = speech.words().as_object().expect("an object");
            let names = words.iter().flat_map(|(name, word)| {
                let places = word.as_str().unwrap_or_default().split('{').skip(1).map(|rest| rest.split('}').next());
                places.map(move |place| format!("{name} {place:?}")).chain([name.clone()]).collect::<Vec<_>>()
            });
            names.collect()
        };
        assert_eq!(names(Speech::Chinese), names(Speech::English));
        assert!(names(Speech::English).len() > 50);
    }
}
