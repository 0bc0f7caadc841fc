// Fills <div data-likewise-related="ID"> on any page with the related questions of a likewise server.
// The list is plain markup of class "likewise-related": its looks are the page's own.
(() => {
  const server = new URL(document.currentScript.src).origin;
  const OPTIONS = ["limit", "minScore", "fill", "language", "category"];

  const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

  async function fill(box) {
    const id = box.dataset.likewiseRelated;
    if (!id || box.dataset.likewiseState) return;
    box.dataset.likewiseState = "loading";
    const address = new URL(`/fragments/related/${encodeURIComponent(id)}`, server);
    for (const name of OPTIONS) {
      if (box.dataset[name]) address.searchParams.set(snake(name), box.dataset[name]);
    }
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${response.status}`);
      const list = document.createElement("template");
      list.innerHTML = await response.text();
      if (!list.content.querySelector("li")) throw new Error("nothing is listed");
      box.replaceChildren(list.content);
      box.dataset.likewiseState = "done";
    } catch (error) {
      // The page stays as it was: what stands in the box is there for this.
      box.dataset.likewiseState = "failed";
      console.warn(`likewise: no list for ${id}: ${error.message}`);
    }
    box.dispatchEvent(new CustomEvent("likewise:related", { bubbles: true, detail: { id, state: box.dataset.likewiseState } }));
  }

  const fillAll = () => document.querySelectorAll("[data-likewise-related]").forEach(fill);

  // For pages that put boxes in later.
  window.likewise = { ...window.likewise, fill: fillAll };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", fillAll);
  else fillAll();
})();
