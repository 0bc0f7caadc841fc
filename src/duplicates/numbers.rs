//! Numbers with what they count: 三个月 and 3 months are the same, 2年 and 3年 are not.

/// What is counted. Periods are in days, money in its own unit, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Days,
    Hours,
    Money,
    Percent,
    Age,
    Plain,
}

/// A number as it stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    value: f64,
    unit: Unit,
    /// As it was written.
    pub written: String,
}

impl Number {
    /// Whether both count the same kind of thing.
    pub fn counts_the_same(&self, other: &Self) -> bool {
        self.unit == other.unit
    }

    /// Whether both say the same: a year and 365 days do, and so do a month and 30 days.
    pub fn agrees(&self, other: &Self) -> bool {
        let loose = self.unit == other.unit || self.unit == Unit::Plain || other.unit == Unit::Plain;
        loose && (self.value - other.value).abs() <= 0.02 * self.value.abs().max(other.value.abs())
    }
}

/// Longest first. What a unit multiplies by, and whether a Chinese numeral before it is one for sure.
const UNITS: &[(&str, f64, Unit)] = &[
    ("个工作日", 1.0, Unit::Days),
    ("工作日", 1.0, Unit::Days),
    ("个小时", 1.0, Unit::Hours),
    ("个星期", 7.0, Unit::Days),
    ("个月", 30.0, Unit::Days),
    ("小时", 1.0, Unit::Hours),
    ("星期", 7.0, Unit::Days),
    ("周岁", 1.0, Unit::Age),
    ("万元", 1e4, Unit::Money),
    ("万块", 1e4, Unit::Money),
    ("years old", 1.0, Unit::Age),
    ("years", 365.0, Unit::Days),
    ("year", 365.0, Unit::Days),
    ("months", 30.0, Unit::Days),
    ("month", 30.0, Unit::Days),
    ("weeks", 7.0, Unit::Days),
    ("week", 7.0, Unit::Days),
    ("days", 1.0, Unit::Days),
    ("day", 1.0, Unit::Days),
    ("hours", 1.0, Unit::Hours),
    ("hour", 1.0, Unit::Hours),
    ("dollars", 1.0, Unit::Money),
    ("euros", 1.0, Unit::Money),
    ("percent", 1.0, Unit::Percent),
    ("周", 7.0, Unit::Days),
    ("年", 365.0, Unit::Days),
    ("月", 30.0, Unit::Days),
    ("天", 1.0, Unit::Days),
    ("日", 1.0, Unit::Days),
    ("岁", 1.0, Unit::Age),
    ("元", 1.0, Unit::Money),
    ("块", 1.0, Unit::Money),
    ("万", 1e4, Unit::Money),
    ("%", 1.0, Unit::Percent),
    ("倍", 1.0, Unit::Plain),
    ("级", 1.0, Unit::Plain),
    ("次", 1.0, Unit::Plain),
    ("个", 1.0, Unit::Plain),
    ("人", 1.0, Unit::Plain),
    ("套", 1.0, Unit::Plain),
];

const WORDS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The numbers of a normalised text. A one without weight (一个, one) is none.
pub fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let read = digits(rest).or_else(|| word(rest, before)).or_else(|| chinese(rest));
        let Some((value, length, sure)) = read else {
            before = first;
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let after = rest[length..].trim_start();
        let unit = UNITS.iter().find(|(name, ..)| after.starts_with(name));
        let end = unit.map_or(length, |(name, ..)| rest.len() - after.len() + name.len());
        let weightless = value == 1.0 && unit.is_none_or(|(_, _, unit)| *unit == Unit::Plain) && !sure;
        if (sure || unit.is_some()) && !weightless {
            let (factor, unit) = unit.map_or((1.0, Unit::Plain), |(_, factor, unit)| (*factor, *unit));
            found.push(Number { value: value * factor, unit, written: rest[..end].to_owned() });
        }
        before = '0';
        rest = &rest[end.max(1)..];
    }
    found
}

/// Digits with marks of thousands and decimals, and a `k` or 千/万 behind.
fn digits(text: &str) -> Option<(f64, usize, bool)> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
    let number = text[..length].trim_end_matches(['.', ',']);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = number.replace(',', "").parse().ok()?;
    let behind = &text[number.len()..];
    let thousand = behind.starts_with('k') && !behind[1..].starts_with(|c: char| c.is_alphanumeric());
    Some(if thousand { (value * 1e3, number.len() + 1, true) } else { (value, number.len(), true) })
}

/// A number as an English word.
fn word(text: &str, before: char) -> Option<(f64, usize, bool)> {
    if before.is_alphanumeric() {
        return None;
    }
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let value = WORDS.iter().position(|word| *word == &text[..length])?;
    Some((value as f64, length, value > 1))
}

/// A Chinese numeral: sure where it has several signs, for one may be part of a word.
fn chinese(text: &str) -> Option<(f64, usize, bool)> {
    if let Some(rest) = text.strip_prefix('半') {
        return (rest.starts_with('年') || rest.starts_with("个月")).then_some((0.5, "半".len(), false));
    }
    let (mut total, mut section, mut digit) = (0.0, 0.0, 0.0);
    let (mut length, mut signs) = (0, 0);
    for c in text.chars() {
        let place = match c {
            '十' => 10.0,
            '百' => 100.0,
            '千' => 1e3,
            '万' => 1e4,
            '亿' => 1e8,
            _ => 0.0,
        };
        if let Some(value) = "零一二三四五六七八九".chars().position(|numeral| numeral == c) {
            digit = value as f64;
        } else if c == '两' || c == '俩' {
            digit = 2.0;
        } else if place >= 1e4 && signs > 0 {
            total = (total + section + digit) * place;
            (section, digit) = (0.0, 0.0);
        } else if place > 0.0 && (signs > 0 || place == 10.0) {
            section += place * if digit == 0.0 { 1.0 } else { digit };
            digit = 0.0;
        } else {
            break;
        }
        length += c.len_utf8();
        signs += 1;
    }
    (signs > 0).then_some((total + section + digit, length, signs > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(a: &str, b: &str) -> bool {
        let (a, b) = (numbers(a), numbers(b));
        a.len() == 1 && b.len() == 1 && a[0].agrees(&b[0])
    }

    #[test]
    fn one_number_is_read_however_it_is_written() {
        for (a, b) in [
            ("欠了三个月", "欠了3个月"),
            ("拖了90天", "拖了三个月"),
            ("借了一万元", "借了10000元"),
            ("十二万", "120000块"),
            ("半年", "6个月"),
            ("三百五十元", "350元"),
            ("one year", "12 months"),
            ("paid 5k", "paid 5,000 dollars"),
            ("三十岁", "30岁"),
        ] {
            assert!(agree(a, b), "{a} and {b}: {:?} {:?}", numbers(a), numbers(b));
        }
        for (a, b) in [("两年", "三年"), ("2 years", "3 years"), ("30天", "30岁"), ("5%", "5年")] {
            assert!(!agree(a, b), "{a} and {b}");
        }
    }

    #[test]
    fn words_with_numerals_in_them_are_no_numbers() {
        for text in ["万一出事怎么办", "一般怎么赔", "一起买的房", "五险是什么", "one of them", "someone else", "一个问题"]
        {
            assert_eq!(numbers(text), [], "{text}");
        }
    }
}
