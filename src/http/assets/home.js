// The page at `/`: type a question, see the related ones and the latest.
// Questions are written by strangers: their text enters the page as text, never as markup.

const DEBOUNCE_MS = 200;
const RELATED = 20;
const LATEST = 10;
const LANGUAGES = 6;
const LIKELY_SAME = 0.5;
const LONGEST_QUERY_IN_ADDRESS = 1500;

// --- words

const WORDS = {
  zh: {
    heading: "这个问题，有人问过吗？",
    lead: "写下问题，相关的提问随写随现。",
    stored: (n) => `已收录 ${n} 个问题。`,
    placeholder: "例如：房东不退押金怎么办？",
    clear: "清空",
    languages: "按语言筛选",
    all: "全部语言",
    latest: "最新问题",
    related: "相关问题",
    relatedTo: (title) => `与“${title}”相关的问题`,
    like: "与此相关",
    score: "相似度",
    same: (p) => `很可能是同一问题 ${p}`,
    duplicates: (n) => `另有 ${n} 个相同的问题`,
    took: (n, ms) => `${n} 个 · ${ms} 毫秒`,
    truncated: "问题较长，只用了开头的部分来比较。",
    nothing: "没有找到相关的问题",
    nothingHint: "换一种说法，写得更具体一些，或换一种语言。",
    empty: "还没有问题。",
    busy: "服务器正忙",
    retry: (s) => `${s} 秒后自动重试。`,
    unreachable: "连接不上服务器",
    failed: (code) => `服务器返回了错误（${code}）`,
    again: "重试",
    other: "English",
  },
  en: {
    heading: "Has someone asked this before?",
    lead: "Related questions appear as you type.",
    stored: (n) => ` ${n} are stored here.`,
    placeholder: "My landlord keeps the deposit…",
    clear: "Clear",
    languages: "Filter by language",
    all: "All languages",
    latest: "Latest questions",
    related: "Related questions",
    relatedTo: (title) => `Related to “${title}”`,
    like: "Related to this",
    score: "Similarity",
    same: (p) => `Probably the same ${p}`,
    duplicates: (n) => `Asked in other words: ${n}`,
    took: (n, ms) => `${n} in ${ms} ms`,
    truncated: "The question is long; only its beginning was compared.",
    nothing: "No related question was found",
    nothingHint: "Try other words, more detail, or another language.",
    empty: "There are no questions yet.",
    busy: "The server is busy",
    retry: (s) => `Trying again in ${s} s.`,
    unreachable: "The server cannot be reached",
    failed: (code) => `The server answered with an error (${code})`,
    again: "Try again",
    other: "中文",
  },
};

let spoken = chosenWords() ?? preferredWords();
let t = WORDS[spoken];

function chosenWords() {
  try { return localStorage.getItem("words"); } catch { return null; } // storage may be switched off
}

function preferredWords() {
  const tag = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? "en";
  return tag.slice(0, 2).toLowerCase();
}

const number = (n) => n.toLocaleString(spoken, { maximumFractionDigits: 1 });

function languageName(tag) {
  try { return new Intl.DisplayNames(spoken, { type: "language" }).of(tag); } catch { return tag; }
}

function ago(time) {
  const hours = (time - Date.now()) / 3_600_000;
  const near = new Intl.RelativeTimeFormat(spoken, { numeric: "auto" });
  if (Math.abs(hours) < 1) return near.format(Math.round(hours * 60), "minute");
  if (Math.abs(hours) < 24) return near.format(Math.round(hours), "hour");
  if (Math.abs(hours) < 24 * 7) return near.format(Math.round(hours / 24), "day");
  return time.toLocaleDateString(spoken, { dateStyle: "medium" });
}

// --- the server

/** What went wrong: `kind` is "busy", "unreachable" or "problem". */
class Failure extends Error {
  constructor(kind, more) {
    super(kind);
    Object.assign(this, { kind }, more);
  }
}

async function call(path, signal, json) {
  const post = json && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(json) };
  let response, text;
  try {
    response = await fetch(path, { signal, ...post });
    text = await response.text();
  } catch {
    throw new Failure("unreachable");
  }
  const answer = parsed(text);
  if (response.ok && answer) return answer;
  const { status, headers } = response;
  if (status === 503 || status === 429) throw new Failure("busy", { seconds: retryAfter(headers) });
  throw new Failure("problem", { status, title: answer?.title, detail: answer?.detail });
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function retryAfter(headers) {
  const seconds = parseInt(headers.get("Retry-After"), 10);
  return Math.min(Math.max(seconds || 2, 1), 300);
}

const pathOf = (id) => `/v1/questions/${encodeURIComponent(id)}`;

function related({ q, id, language }, signal) {
  // A filter needs a body to stand in, and a browser takes the ids "." and ".." for folders.
  const plain = !q && !language && !/^\.\.?$/.test(id);
  if (plain) return call(`${pathOf(id)}/related?limit=${RELATED}&include=body`, signal);
  const filter = language ? { language: [language] } : undefined;
  return call("/v1/related", signal, { ...(q ? { text: q } : { id }), limit: RELATED, include: ["body"], filter });
}

function latest({ language }, signal) {
  const filter = language ? `&language=${encodeURIComponent(language)}` : "";
  return call(`/v1/questions/latest?limit=${LATEST}${filter}`, signal);
}

// --- parts of the page

const $ = (id) => document.getElementById(id);

/** An element. Strings among the children become text; null is left out. */
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** The address where a reader may be sent there: http(s), or a path on this very server. */
function safeAddress(text) {
  try {
    const url = new URL(text, location.origin);
    const here = /^\//.test(text) && url.origin === location.origin;
    return here || /^https?:\/\//i.test(text) ? url.href : null;
  } catch { return null; }
}

function titleOf({ title, url, language }) {
  const href = safeAddress(url);
  const link = href && { href, rel: "noopener nofollow ugc" };
  return el(href ? "a" : "span", { class: "title", lang: language, dir: "auto", ...link }, title);
}

const chip = (text, kind = "") => (text ? el("span", { class: `chip ${kind}` }, text) : null);

function metaOf(question, first, last) {
  const like = el("button", { type: "button", class: "like", onclick: () => follow(question.id) },
    t.like, el("span", { class: "unseen" }, ` ${question.title}`));
  return el("div", { class: "meta" },
    first, chip(question.language && languageName(question.language)), chip(question.category), last, like);
}

function scoreOf(score) {
  const bar = el("span", { class: "bar" });
  bar.style.setProperty("--score", Math.min(Math.max(score, 0), 1));
  return el("div", { class: "score" },
    el("span", { class: "unseen" }, t.score), el("span", { class: "value" }, score.toFixed(2)), bar);
}

function sameOnes(duplicates) {
  const titled = duplicates?.filter((duplicate) => duplicate.title) ?? [];
  if (!titled.length) return null;
  return el("details", null, el("summary", null, t.duplicates(titled.length)), ...titled.map(titleOf));
}

function relatedItem(item, index) {
  const { body, language, duplicate_probability: same } = item;
  const likely = same >= LIKELY_SAME ? chip(t.same(same.toLocaleString(spoken, { style: "percent" })), "same") : null;
  return el("li", { class: "item", "data-id": item.id },
    el("span", { class: "rank", "aria-hidden": "true" }, String(index + 1)),
    el("div", { class: "what" },
      titleOf(item),
      body ? el("p", { class: "text", lang: language, dir: "auto" }, body) : null,
      metaOf(item, null, likely),
      sameOnes(item.duplicates)),
    scoreOf(item.score));
}

function latestItem(item) {
  const time = new Date(item.created_at);
  const when = isNaN(time) ? null
    : el("time", { datetime: item.created_at, title: time.toLocaleString(spoken) }, ago(time));
  return el("li", { class: "item", "data-id": item.id }, el("div", { class: "what" }, titleOf(item), metaOf(item, when)));
}

const notice = (title, ...more) => el("div", { class: "notice" }, el("strong", null, title), ...more);

// --- places that ask the server

/** One request at a time; only the newest may draw. */
const place = (box) => ({ box, controller: null, timer: 0, redraw() {} });

const relatedPlace = place($("related"));
const latestPlace = place($("latest"));

function stop(where) {
  where.controller?.abort();
  where.controller = null;
  clearTimeout(where.timer);
  where.box.removeAttribute("aria-busy");
}

async function load(where, ask, drawAnswer) {
  stop(where);
  const controller = where.controller = new AbortController();
  where.box.setAttribute("aria-busy", "true");
  const outcome = await ask(controller.signal).then((answer) => () => drawAnswer(answer), (failure) => {
    const again = () => load(where, ask, drawAnswer);
    return () => drawFailure(where, failure, again);
  });
  if (where.controller !== controller) return; // overtaken by a newer one
  stop(where);
  where.redraw = outcome;
  outcome();
}

function drawFailure(where, failure, again) {
  const { kind, status, title, detail, seconds } = failure;
  const headline = t[kind] ?? title ?? t.failed(status);
  const hint = el("p", null, detail ?? "");
  where.box.replaceChildren(notice(headline, hint, el("button", { type: "button", class: "action", onclick: again }, t.again)));
  if (kind === "busy") countDown(where, hint, seconds, again);
  if (where === relatedPlace) {
    drawHead();
    announce(kind === "busy" ? `${headline}. ${t.retry(seconds)}` : headline);
  }
}

function countDown(where, hint, seconds, again) {
  clearTimeout(where.timer);
  if (seconds <= 0) return again();
  hint.textContent = t.retry(seconds);
  where.timer = setTimeout(countDown, 1000, where, hint, seconds - 1, again);
}

// --- drawing

let known = null; // the answer of /v1/status
let focusOnDraw = false;

function announce(text) {
  $("live").textContent = text;
}

/** What stands over the results; called with nothing where there is no answer. */
function drawHead(answer, stored) {
  const heading = view.id ? t.relatedTo(stored?.title ?? view.id) : t.related;
  document.body.dataset.view = isIdle() ? "idle" : "list";
  document.title = isIdle() ? "likewise" : `${view.q || heading} – likewise`;
  $("results-heading").textContent = heading;
  $("summary").textContent = answer ? t.took(answer.items.length, number(answer.took_ms)) : "";
  $("about").textContent = stored?.body ?? "";
  $("truncated").hidden = !answer?.query?.truncated;
  if (focusOnDraw) $("results-heading").focus();
  focusOnDraw = false;
}

function drawRelated([answer, stored]) {
  const items = answer.items.map(relatedItem);
  drawHead(answer, stored);
  $("related").replaceChildren(items.length ? el("ol", { class: "list" }, ...items) : notice(t.nothing, el("p", null, t.nothingHint)));
  announce(items.length ? `${t.related}: ${items.length}` : t.nothing);
}

function drawLatest(answer) {
  const items = answer.items.map(latestItem);
  $("latest").replaceChildren(items.length ? el("ul", { class: "list" }, ...items) : notice(t.empty));
}

function drawLanguages() {
  const choices = [...(known?.languages ?? [])].sort((a, b) => b.questions - a.questions).slice(0, LANGUAGES);
  const { language } = view;
  if (language && !choices.some((choice) => choice.language === language)) choices.push({ language });
  if (choices.length) choices.unshift({ language: null });
  $("languages").setAttribute("aria-label", t.languages);
  $("languages").replaceChildren(...choices.map(languageChoice));
  markLanguage();
}

function languageChoice({ language, questions }) {
  const onclick = () => navigate({ language }, "pushState");
  return el("button", { type: "button", class: "chip", "data-language": language ?? "", onclick },
    language ? languageName(language) : t.all, questions ? el("small", null, number(questions)) : null);
}

function markLanguage() {
  for (const choice of $("languages").children) {
    choice.setAttribute("aria-pressed", choice.dataset.language === (view.language ?? ""));
  }
}

function drawWords() {
  t = WORDS[spoken];
  document.documentElement.lang = spoken === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t[element.dataset.t];
  $("q").placeholder = t.placeholder;
  $("switch").textContent = t.other;
  $("switch").lang = spoken === "zh" ? "en" : "zh-CN";
  $("stored").textContent = known ? t.stored(number(known.questions)) : "";
  $("model").textContent = known?.model?.name ?? "";
  drawLanguages();
}

function fit() {
  const field = $("q");
  $("clear").hidden = !field.value;
  if (CSS.supports("field-sizing", "content")) return;
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${field.scrollHeight}px`);
}

// --- what is shown, and its address

let view = readView();
let pending = 0;
let typing = false; // whether the newest history entry is still being typed

const isIdle = () => !view.q && !view.id;

function readView() {
  const asked = new URLSearchParams(location.search);
  const q = asked.get("q")?.trim() ?? "";
  return history.state ?? { q, id: q ? null : asked.get("id"), language: asked.get("language") };
}

/** A long question would make too long an address: only the history entry keeps it. */
function addressOf({ q, id, language }) {
  const kept = Object.entries({ q: q.length <= LONGEST_QUERY_IN_ADDRESS && q, id, language }).filter(([, value]) => value);
  return kept.length ? `/?${new URLSearchParams(kept)}` : "/";
}

function navigate(change, how) {
  const former = view;
  view = { ...view, ...change };
  history[how](view, "", addressOf(view));
  typing = false;
  show(former);
}

function follow(id) {
  setField("");
  focusOnDraw = true;
  navigate({ q: "", id }, "pushState");
}

function search() {
  clearTimeout(pending);
  const q = $("q").value.trim();
  if (q === view.q) return;
  navigate({ q, id: null }, typing ? "replaceState" : "pushState");
  typing = true;
}

function show(former) {
  clearTimeout(pending);
  if (former?.language !== view.language) {
    markLanguage();
    showLatest();
  }
  if (isIdle()) clearRelated();
  else showRelated();
}

function clearRelated() {
  stop(relatedPlace);
  relatedPlace.redraw = drawHead;
  drawHead();
  announce("");
}

function showRelated() {
  const { q, id } = view;
  const asked = view;
  load(relatedPlace, (signal) => Promise.all([related(asked, signal), q ? null : call(pathOf(id), signal)]), drawRelated);
}

function showLatest() {
  const asked = view;
  load(latestPlace, (signal) => latest(asked, signal), (answer) => {
    drawLatest(answer);
    if (!known) showStatus();
  });
}

/** The counts are a nicety: without them the page goes on, and asks again after the next success. */
function showStatus() {
  call("/v1/status").then((answer) => {
    known = answer;
    drawWords();
  }, () => {});
}

// --- events

function setField(text) {
  $("q").value = text;
  fit();
}

function typed(event) {
  fit();
  clearTimeout(pending);
  if (event.isComposing) return; // half-written pinyin is no question yet
  pending = setTimeout(search, DEBOUNCE_MS);
}

function pressed(event) {
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && !event.shiftKey && !composing) submitted(event);
}

function submitted(event) {
  event.preventDefault();
  if ($("q").value.trim() !== view.q) search();
  else if (!isIdle()) showRelated();
  typing = false;
}

function cleared() {
  setField("");
  $("q").focus();
  search();
}

function wentBack() {
  const former = view;
  view = readView();
  typing = false;
  focusOnDraw = $("results").contains(document.activeElement);
  setField(view.q);
  show(former);
}

function switched() {
  spoken = spoken === "zh" ? "en" : "zh";
  try { localStorage.setItem("words", spoken); } catch { /* then it holds for this page alone */ }
  drawWords();
  relatedPlace.redraw();
  latestPlace.redraw();
}

function start() {
  $("q").addEventListener("input", typed);
  $("q").addEventListener("compositionend", typed);
  $("q").addEventListener("keydown", pressed);
  $("form").addEventListener("submit", submitted);
  $("clear").addEventListener("click", cleared);
  $("switch").addEventListener("click", switched);
  addEventListener("popstate", wentBack);
  drawWords();
  drawHead();
  setField($("q").value || view.q); // what was typed before this ran counts
  showLatest();
  showStatus();
  if (!isIdle()) showRelated();
  search();
}

start();
