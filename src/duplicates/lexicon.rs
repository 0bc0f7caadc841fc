//! Words that turn a question into another one, and where they stand in a text.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Words of which a pair of questions may not have different ones. Within an entry, words that mean the same are separated by
/// `|`. A question that has words of several entries of a set says nothing by that set.
pub const OPPOSED: &[&[&str]] = &[
    // Who
    &["房东|出租人|landlord", "租客|租户|承租人|tenant|renter"],
    &[
        "用人单位辞退|公司辞退|被辞退|被开除|被公司辞退|辞退|开除|解雇|裁员|laid off|fired|dismissed",
        "辞职|主动离职|自己离职|resign|quit",
    ],
    &["对方全责|对方主责|他全责|other driver's fault|their fault", "我方全责|我全责|我主责|自己全责|my fault|at fault"],
    &["借给|借出|出借|lend", "向别人借|找人借|借入|borrow"],
    &["卖家|卖方|商家|seller", "买家|买方|buyer"],
    &["原告|plaintiff", "被告|defendant"],
    &["投保人|policyholder", "受益人|beneficiary"],
    &["债权人|creditor", "债务人|debtor"],
    &["男方|husband", "女方|wife"],
    &["父亲|爸爸|father|dad", "母亲|妈妈|mother|mom"],
    &["儿子|son", "女儿|daughter"],
    &["哥哥|弟弟|兄弟|brother", "姐姐|妹妹|姐妹|sister"],
    &["岳父|岳母|mother-in-law", "公公|婆婆"],
    // What
    &["交强险", "商业险|车损险|三者险", "座位险", "盗抢险"],
    &["微信|wechat", "支付宝|alipay", "云闪付", "paypal", "venmo", "apple pay"],
    &["花呗", "借呗", "白条", "网商贷"],
    &[
        "医保|医疗保险|health insurance",
        "社保卡",
        "养老保险|养老金|pension",
        "失业金|失业保险|unemployment",
        "生育险|生育保险|生育津贴",
        "工伤保险|工伤",
        "公积金",
    ],
    &["寿险|life insurance", "重疾险", "意外险", "车险|car insurance|motor insurance"],
    &["淘宝", "京东", "拼多多", "抖音", "amazon", "ebay"],
    &["移动", "联通", "电信"],
    &["身份证", "户口本", "护照|passport", "驾驶证|驾照|driving licence|driver's license", "居住证", "结婚证"],
    &["iphone|ios|苹果手机", "android|安卓"],
    &["windows", "macos|mac", "linux"],
    &["python 2", "python 3"],
    &["房产|房子|house", "车子|汽车|car"],
    &["信用卡|credit card", "储蓄卡|借记卡|debit card"],
    &["增值税|vat", "个税|个人所得税|income tax", "契税", "印花税"],
    &["全款", "贷款|按揭"],
    &["定金", "订金|押金|deposit"],
    &["左眼|左侧|左边|left", "右眼|右侧|右边|right"],
    // How
    &["申请|apply", "取消|撤销|注销|撤回|cancel|withdraw"],
    &["开通|打开|开启|激活|enable|activate|open", "关闭|停用|disable|deactivate|close"],
    &["安装|install", "卸载|uninstall"],
    &["购买|买|buy", "出售|卖|sell"],
    &["结婚|marry|marriage", "离婚|divorce"],
    &["之前|以前|before", "之后|以后|after"],
    &["入职", "离职|leave"],
    &["入学", "退学", "转学", "休学"],
    &["上牌", "过户", "报废"],
    &["全日制|full-time|full time", "非全日制|兼职|part-time|part time"],
    &["首次|第一次|first", "第二次|再次|second"],
    &["收入|工资|salary", "支出"],
    &["增加|提高|涨|increase|raise", "减少|降低|降|decrease|lower"],
    &["最高|maximum|max", "最低|minimum|min"],
    &["国内|domestic", "国外|境外|international|abroad"],
    &["农村|农业户口", "城镇|城市|非农"],
    // How of a question: conditions, way, price, time, papers
    &[
        "条件|资格|requirement",
        "流程|步骤|怎么办理|怎么申请|process|procedure",
        "费用|多少钱|收费|cost|how much|price|fee",
        "多久|多长时间|几天|how long",
        "材料|资料|证件|documents|paperwork",
        "哪里|在哪|where",
        "为什么|为何|why",
    ],
];

/// Places that exclude each other.
pub const PLACES: &[&str] = &[
    "北京",
    "上海",
    "天津",
    "重庆",
    "广州",
    "深圳",
    "杭州",
    "南京",
    "苏州",
    "成都",
    "武汉",
    "西安",
    "长沙",
    "郑州",
    "青岛",
    "济南",
    "大连",
    "沈阳",
    "哈尔滨",
    "长春",
    "厦门",
    "福州",
    "宁波",
    "温州",
    "合肥",
    "南昌",
    "昆明",
    "贵阳",
    "南宁",
    "海口",
    "三亚",
    "太原",
    "石家庄",
    "兰州",
    "西宁",
    "银川",
    "乌鲁木齐",
    "拉萨",
    "呼和浩特",
    "无锡",
    "常州",
    "佛山",
    "东莞",
    "珠海",
    "惠州",
    "中山",
    "广东",
    "江苏",
    "浙江",
    "山东",
    "河南",
    "河北",
    "湖南",
    "湖北",
    "四川",
    "福建",
    "安徽",
    "江西",
    "云南",
    "贵州",
    "广西",
    "海南",
    "山西",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "西藏",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "香港",
    "澳门",
    "台湾",
    "美国",
    "英国",
    "德国",
    "法国",
    "日本",
    "韩国",
    "加拿大",
    "澳大利亚",
    "新加坡",
    "泰国",
    "california",
    "texas",
    "florida",
    "new york",
    "chicago",
    "boston",
    "seattle",
    "london",
    "berlin",
    "munich",
    "paris",
    "madrid",
    "tokyo",
    "osaka",
    "toronto",
    "ontario",
    "germany",
    "france",
    "spain",
    "italy",
    "japan",
    "canada",
    "australia",
    "uk",
    "usa",
];

/// What only looks like a negation.
pub const NOT_NEGATIONS: &[&str] = &[
    "能不能",
    "可不可以",
    "可以不可以",
    "是不是",
    "有没有",
    "要不要",
    "会不会",
    "算不算",
    "该不该",
    "好不好",
    "行不行",
    "对不对",
    "用不用",
    "需不需要",
    "给不给",
    "赔不赔",
    "合不合法",
    "违不违法",
    "犯不犯法",
    "不好意思",
    "不知道",
    "不知",
    "不懂",
    "不清楚",
    "不明白",
    "对不起",
    "不动产",
    "不管",
    "不久",
    "差不多",
    "不过",
    "不论",
    "不但",
    "不仅",
    "没有办法",
    "不小心",
    "无锡",
    "非常",
    "除非",
    "是否",
    "能否",
    "可否",
    "not only",
    "why not",
    "or not",
    "whether or not",
    "if not",
    "no longer than",
    "no more than",
];
pub const NEGATIONS: &[&str] = &[
    "不",
    "没",
    "未",
    "无",
    "别",
    "拒",
    "非",
    "not",
    "n't",
    "cannot",
    "never",
    "without",
    "no",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "ohne",
    "pas",
    "sans",
    "sin",
    "nunca",
    "sem",
    "não",
    "не",
    "нет",
    "без",
    "ない",
    "ません",
    "なく",
    "않",
    "못",
    "없",
];

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a set of opposed words: the set and the entry.
    Opposed(u16, u16),
    Place,
    NoNegation,
    Negation,
}

/// A word in a text.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub kind: Kind,
    pub word: &'static str,
    pub start: usize,
    pub end: usize,
}

struct Words {
    automaton: AhoCorasick,
    words: Vec<(&'static str, Kind)>,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    let mut words = Vec::new();
    for (set, entries) in OPPOSED.iter().enumerate() {
        for (entry, alike) in entries.iter().enumerate() {
            words.extend(alike.split('|').map(|word| (word, Kind::Opposed(set as u16, entry as u16))));
        }
    }
    words.extend(PLACES.iter().map(|word| (*word, Kind::Place)));
    words.extend(NOT_NEGATIONS.iter().map(|word| (*word, Kind::NoNegation)));
    words.extend(NEGATIONS.iter().map(|word| (*word, Kind::Negation)));
    let automaton = AhoCorasick::new(words.iter().map(|(word, _)| word)).ok()?;
    Some(Words { automaton, words })
});

/// All words of a text in lower case, the longest first. In scripts that put no space between words a word is anywhere, else it
/// stands alone (a plural `s` is fine). Cost: one pass over the text.
pub fn words(text: &str) -> Vec<Found> {
    let Some(Words { automaton, words }) = &*WORDS else { return Vec::new() };
    let found = automaton.find_overlapping_iter(text).map(|found| {
        let (word, kind) = words[found.pattern().as_usize()];
        Found { kind, word, start: found.start(), end: found.end() }
    });
    let mut found: Vec<Found> = found.filter(|found| found.stands_alone(text)).collect();
    found.sort_by_key(|found| (std::cmp::Reverse(found.end - found.start), found.start));
    found
}

impl Found {
    pub fn lies_in(&self, other: &Self) -> bool {
        other.start <= self.start && self.end <= other.end
    }

    fn stands_alone(&self, text: &str) -> bool {
        let spaced = |c: char| c.is_alphanumeric() && (c as u32) < 0x2e80;
        if !self.word.starts_with(spaced) || self.word == "n't" {
            return true;
        }
        let before = text[..self.start].chars().next_back();
        let behind = text[self.end..].strip_prefix('s').unwrap_or(&text[self.end..]).chars().next();
        !before.is_some_and(spaced) && !behind.is_some_and(spaced)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_automaton_is_there() {
        assert!(super::WORDS.is_some());
    }
}
