// What the scripts of several pages need.

export const $ = (id) => document.getElementById(id);

/** The words of the page, in the reader's language. */
export const words = $("words").dataset;

/** A text with its places filled: `fill("{n} more", { n: 2 })`. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/** What went wrong: `kind` is "busy", "unreachable" or "problem". */
export class Failure extends Error {
  constructor(kind, more) {
    super(kind);
    Object.assign(this, { kind }, more);
  }

  get headline() {
    return words[this.kind] ?? words[this.word] ?? this.title ?? fill(words.failed, { code: this.status });
  }
}

/** Asks the server; gives the answer's text. */
export async function ask(path, options) {
  let response, text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch {
    throw new Failure("unreachable");
  }
  if (response.ok) return text;
  const { status, headers } = response;
  if (status === 503 || status === 429) throw new Failure("busy", { seconds: retryAfter(headers) });
  const { type, title, detail } = parsed(text) ?? {};
  const word = type?.split(":").pop().replaceAll("-", "_");
  throw new Failure("problem", { status, word, title, detail });
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function retryAfter(headers) {
  const seconds = parseInt(headers.get("Retry-After"), 10);
  return Math.min(Math.max(seconds || 2, 1), 300);
}

/** An element. Strings among the children become text. */
export function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * A part of the page that the server makes. One request at a time, and only the newest may draw: an older answer never overtakes.
 * `drawn` is called after each drawing, with the failure if it was one.
 */
export class Part {
  constructor(box, drawn = () => {}) {
    Object.assign(this, { box, drawn, controller: null, timer: 0 });
  }

  stop() {
    this.controller?.abort();
    this.controller = null;
    clearTimeout(this.timer);
    this.box.removeAttribute("aria-busy");
  }

  async load(path, options) {
    this.stop();
    const controller = this.controller = new AbortController();
    this.box.setAttribute("aria-busy", "true");
    const again = () => this.load(path, options);
    let outcome;
    try {
      const html = await ask(path, { ...options, signal: controller.signal });
      // The server's templates escape all that people wrote.
      outcome = () => { this.box.innerHTML = html; };
    } catch (failure) {
      outcome = () => this.drawFailure(failure, again);
      outcome.failure = failure;
    }
    if (this.controller !== controller) return; // overtaken by a newer one
    this.stop();
    outcome();
    this.drawn(outcome.failure);
  }

  drawFailure(failure, again) {
    const hint = el("p", null, failure.detail ?? "");
    const button = el("button", { type: "button", class: "action" }, words.again);
    button.addEventListener("click", again);
    this.box.replaceChildren(el("div", { class: "notice" }, el("strong", null, failure.headline), hint, button));
    if (failure.kind === "busy") this.countDown(hint, failure.seconds, again);
  }

  countDown(hint, seconds, again) {
    if (seconds <= 0) return again();
    hint.textContent = fill(words.retry, { s: seconds });
    this.timer = setTimeout(() => this.countDown(hint, seconds - 1, again), 1000);
  }
}

/** The key that writes need, kept for this tab only. */
export function rememberKey(field) {
  if (!field) return;
  try { field.value ||= sessionStorage.getItem("key") ?? ""; } catch { /* storage may be switched off */ }
  field.addEventListener("change", () => {
    try { sessionStorage.setItem("key", field.value); } catch { /* then it holds for this page alone */ }
  });
}
