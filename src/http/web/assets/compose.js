// The page at `/ask`: likely duplicates appear while one writes.

import { $, Part, rememberKey } from "./common.js";

const DEBOUNCE_MS = 300;

const form = $("question");
const similar = new Part($("similar"));
let pending = 0;
let asked = "";

function look() {
  const draft = new URLSearchParams({ title: form.elements.title.value.trim(), body: form.elements.body.value.trim() });
  if (String(draft) === asked) return;
  asked = String(draft);
  similar.load("/parts/similar", { method: "POST", body: draft });
}

function typed(event) {
  clearTimeout(pending);
  if (!event.isComposing) pending = setTimeout(look, DEBOUNCE_MS); // half-written pinyin is no question yet
}

for (const field of [form.elements.title, form.elements.body]) {
  field.addEventListener("input", typed);
  field.addEventListener("compositionend", typed);
}
const { title } = form.elements;
title.setSelectionRange(title.value.length, title.value.length);
rememberKey(form.elements.key);
