// The page at `/`: related questions appear as one types.

import { $, Part, fill, words } from "./common.js";

const DEBOUNCE_MS = 200;
const LONGEST_QUERY_IN_ADDRESS = 1500;

// --- what is shown, and its address

let view = readView();
let pending = 0;
let typing = false; // whether the newest history entry is still being typed
let focusOnDraw = false;

const isIdle = () => !view.q && !view.id;

function readView() {
  const asked = new URLSearchParams(location.search);
  const of = (name) => asked.get(name)?.trim() ?? "";
  const q = of("q");
  return history.state ?? { q, id: q ? "" : of("id"), language: of("language"), category: of("category") };
}

const parameters = (wanted) => new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));

/** A long question would make too long an address: only the history entry keeps it. */
function addressOf(wanted) {
  const kept = parameters({ ...wanted, q: wanted.q.length <= LONGEST_QUERY_IN_ADDRESS ? wanted.q : "" });
  return kept.size ? `/?${kept}` : "/";
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
  navigate({ q, id: "" }, typing ? "replaceState" : "pushState");
  typing = true;
}

// --- drawing

const results = new Part($("results"), drawn);
const latest = new Part($("latest"));

function show(former) {
  clearTimeout(pending);
  if (former.language !== view.language || former.category !== view.category) {
    markChoices();
    latest.load(`/parts/latest?${parameters({ language: view.language, category: view.category })}`);
  }
  if (isIdle()) clearResults();
  else showResults();
}

function showResults() {
  results.load("/parts/related", { method: "POST", body: parameters(view) });
}

function clearResults() {
  results.stop();
  drawFrame();
  announce("");
}

function drawn(failure) {
  drawFrame();
  if (focusOnDraw) $("results-heading")?.focus();
  focusOnDraw = false;
  const count = document.querySelectorAll("#related .item").length;
  if (failure) announce(failure.kind === "busy" ? `${failure.headline}. ${fill(words.retry, { s: failure.seconds })}` : failure.headline);
  else announce(count ? `${words.related}: ${count}` : words.nothing);
}

/** What stands around the results. */
function drawFrame() {
  document.body.dataset.view = isIdle() ? "idle" : "list";
  const heading = $("results-heading")?.textContent ?? words.related;
  document.title = isIdle() ? "likewise" : `${view.q || heading} – likewise`;
  const other = new URL($("switch").href);
  $("switch").href = `/?${new URLSearchParams([...new URL(addressOf(view), location).searchParams, ["lang", other.searchParams.get("lang")]])}`;
  for (const choice of document.querySelectorAll(".chips .chip")) choice.href = addressOf({ ...view, ...choice.dataset });
}

function announce(text) {
  $("live").textContent = text;
}

function markChoices() {
  for (const choice of document.querySelectorAll(".chips .chip")) {
    const [[name, value]] = Object.entries(choice.dataset);
    if (value === view[name]) choice.setAttribute("aria-current", "true");
    else choice.removeAttribute("aria-current");
  }
}

function fit() {
  const field = $("q");
  $("clear").hidden = !field.value;
  if (CSS.supports("field-sizing", "content")) return;
  field.style.setProperty("height", "auto");
  field.style.setProperty("height", `${field.scrollHeight}px`);
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
  else if (!isIdle()) showResults();
  typing = false;
}

/** Links that change what is listed do so in place, except where a new tab or window is wanted. */
function clicked(event) {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const choice = event.target.closest(".chips .chip");
  const like = event.target.closest(".item .like");
  if (!choice && !like) return;
  event.preventDefault();
  if (choice) {
    search(); // what is typed already counts too
    navigate({ ...choice.dataset }, "pushState");
  } else follow(like.closest(".item").dataset.id);
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

function start() {
  const field = $("q");
  const served = field.defaultValue.trim();
  field.addEventListener("input", typed);
  field.addEventListener("compositionend", typed);
  field.addEventListener("keydown", pressed);
  $("form").addEventListener("submit", submitted);
  $("clear").addEventListener("click", cleared);
  addEventListener("click", clicked);
  addEventListener("popstate", wentBack);
  setField(field.value.trim() === served ? view.q : field.value); // what was typed before this ran counts
  field.setSelectionRange(field.value.length, field.value.length);
  markChoices();
  if (!isIdle() && (view.q !== served || !$("summary"))) showResults();
  search();
}

start();
