// Shows likely duplicates while somebody writes a question into <input data-likewise-ask="#box"> on any page.
// The list is plain markup of class "likewise-similar": its looks are the page's own.
(() => {
  const server = new URL(document.currentScript.src).origin;
  const DEBOUNCE_MS = 300;

  function link({ id, title, url, language, probability }) {
    const item = document.createElement("li");
    const a = document.createElement("a");
    a.href = new URL(url ?? `/q/${encodeURIComponent(id)}`, url?.startsWith("/") ? location.origin : server);
    a.textContent = title;
    a.lang = language;
    a.target = "_blank";
    a.rel = "noopener";
    const likely = document.createElement("span");
    likely.className = "likewise-probability";
    likely.textContent = `${Math.round(probability * 100)}%`;
    item.append(a, " ", likely);
    return item;
  }

  function watch(field) {
    const box = document.querySelector(field.dataset.likewiseAsk);
    const body = field.dataset.likewiseBody && document.querySelector(field.dataset.likewiseBody);
    if (!box || field.dataset.likewiseState) return;
    field.dataset.likewiseState = "watched";
    box.setAttribute("aria-live", "polite");
    let timer, controller;

    async function look() {
      controller?.abort();
      controller = new AbortController();
      const draft = { title: field.value.trim(), limit: Number(field.dataset.limit) || 5 };
      if (body?.value.trim()) draft.body = body.value.trim();
      if (!draft.title) return show([]);
      const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(draft), signal: controller.signal };
      try {
        const response = await fetch(new URL("/v1/duplicates/check", server), options);
        if (response.ok) show((await response.json()).items);
      } catch { /* overtaken by a newer one, or no server: writing goes on without */ }
    }

    function show(items) {
      const list = document.createElement("ul");
      list.className = "likewise-similar";
      list.append(...items.map(link));
      box.replaceChildren(...(items.length ? [list] : []));
      field.dispatchEvent(new CustomEvent("likewise:similar", { bubbles: true, detail: items }));
    }

    const typed = (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(look, DEBOUNCE_MS);
    };
    for (const watched of [field, body]) {
      watched?.addEventListener("input", typed);
      watched?.addEventListener("compositionend", typed);
    }
  }

  const watchAll = () => document.querySelectorAll("[data-likewise-ask]").forEach(watch);

  window.likewise = { ...window.likewise, watch: watchAll };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", watchAll);
  else watchAll();
})();
