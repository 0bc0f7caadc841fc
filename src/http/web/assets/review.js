// The page at `/duplicates`: judging pairs by keyboard, without loading the page anew.

import { $, ask, fill, rememberKey, words } from "./common.js";

const SAYS = { 1: "duplicate", 2: "related", 3: "different" };

const form = $("review");
const pairs = [...form?.querySelectorAll(".pair") ?? []];
const history = []; // pairs with what was said of them before, the newest last

const verdictOf = (pair) => pair.dataset.verdict ?? null;
const addressOf = ({ dataset: { a, b } }) => `/v1/duplicates/verdicts/${encodeURIComponent(a)}/${encodeURIComponent(b)}`;

function headers() {
  const key = form.elements.key?.value.trim();
  return { "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
}

/** Stores a verdict, or takes it back where it is null. */
async function say(pair, verdict) {
  const former = verdictOf(pair);
  if (pair.ariaBusy === "true" || verdict === former) return false;
  pair.ariaBusy = "true";
  pair.querySelector(".fault").textContent = "";
  try {
    const body = verdict && JSON.stringify({ verdict });
    await ask(addressOf(pair), { method: verdict ? "PUT" : "DELETE", headers: headers(), body });
  } catch (failure) {
    pair.querySelector(".fault").textContent = failure.status === 401 || failure.status === 403 ? words.review_need_key : failure.headline;
    if (failure.status === 401) form.elements.key?.focus();
    return false;
  } finally {
    pair.ariaBusy = "false";
  }
  draw(pair, verdict);
  drawProgress((verdict ? 1 : 0) - (former ? 1 : 0));
  return true;
}

function draw(pair, verdict) {
  if (verdict) pair.dataset.verdict = verdict;
  else delete pair.dataset.verdict;
  for (const button of pair.querySelectorAll("[data-say]")) {
    if (button.dataset.say === "undo") button.hidden = !verdict;
    else button.ariaPressed = String(button.dataset.say === verdict);
  }
  const name = verdict && pair.querySelector(`[data-say="${verdict}"]`).textContent;
  $("said").textContent = name ? fill(words.review_you_said, { verdict: name }) : words.review_undone;
}

function drawProgress(change) {
  const progress = $("progress");
  const done = pairs.filter(verdictOf).length;
  progress.dataset.total = Number(progress.dataset.total) + change;
  progress.textContent = fill(words.review_progress, { done, all: pairs.length, total: progress.dataset.total });
  form.querySelector("progress").value = done;
  if (done === pairs.length) $("said").textContent = words.review_done;
}

async function judge(pair, verdict) {
  const former = verdictOf(pair);
  if (await say(pair, verdict)) {
    history.push([pair, former]);
    if (current() < 0 || pairs[current()] === pair) go(1); // who went on meanwhile is where he wants to be
  }
}

async function undo() {
  const [pair, former] = history.pop() ?? [];
  if (!pair) return;
  focus(pair);
  if (!await say(pair, former)) history.push([pair, former]);
}

// --- where one is

const current = () => pairs.indexOf(document.activeElement?.closest(".pair"));

function focus(pair) {
  pair?.focus();
  pair?.scrollIntoView({ block: "nearest" });
}

/** To the next or the former pair; without one, to the first that nobody judged. */
function go(step) {
  const here = current();
  if (here < 0) return focus(pairs.find((pair) => !verdictOf(pair)) ?? pairs[0]);
  focus(pairs[Math.min(Math.max(here + step, 0), pairs.length - 1)]);
}

function pressed(event) {
  const typing = event.target.matches("input:not([type=hidden]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const onButton = event.target.matches("button, a, summary");
  const pair = pairs[current()];
  if (SAYS[event.key]) pair ? judge(pair, SAYS[event.key]) : go(1);
  else if (event.key === "u" || event.key === "U") undo();
  else if (event.key === "ArrowDown" || event.key === "j" || (event.key === " " && !onButton)) go(1);
  else if (event.key === "ArrowUp" || event.key === "k") go(-1);
  else return;
  event.preventDefault();
}

function clicked(event) {
  const button = event.target.closest("[data-say]");
  if (!button) return;
  event.preventDefault();
  const pair = button.closest(".pair");
  if (button.dataset.say === "undo") {
    const former = verdictOf(pair);
    say(pair, null).then((done) => { if (done) history.push([pair, former]); });
  } else {
    judge(pair, button.dataset.say);
  }
}

if (form) {
  form.addEventListener("click", clicked);
  addEventListener("keydown", pressed);
  form.elements.key?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    go(1);
  });
  rememberKey(form.elements.key);
}
