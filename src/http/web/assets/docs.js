// The page at `/docs`: examples that run.

import { $, rememberKey, words } from "./common.js";

const LONGEST_SHOWN = 20000;

async function run(event) {
  event.preventDefault();
  const form = event.target;
  const output = form.querySelector(".output");
  output.hidden = false;
  output.textContent = form.dataset.running;
  const key = $("key")?.value.trim();
  const headers = { ...(form.dataset.kind && { "Content-Type": form.dataset.kind }), ...(key && { Authorization: `Bearer ${key}` }) };
  const body = form.elements.body?.value;
  try {
    const response = await fetch(form.elements.path.value, { method: form.dataset.method, headers, body });
    output.textContent = `${response.status} ${response.statusText}\n\n${pretty(await response.text())}`;
  } catch {
    output.textContent = words.unreachable;
  }
}

function pretty(text) {
  let shown = text;
  try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* then it is no JSON */ }
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}\n…` : shown;
}

for (const form of document.querySelectorAll("form.try")) form.addEventListener("submit", run);
rememberKey($("key"));
