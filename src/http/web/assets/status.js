// The page at `/status`: the numbers are asked for again while somebody looks.

import { $, ask } from "./common.js";

const EVERY_MS = 5000;

async function refresh() {
  if (document.visibilityState !== "visible") return;
  try {
    $("status").innerHTML = await ask("/parts/status");
  } catch { /* the former numbers stay until the server answers again */ }
}

setInterval(refresh, EVERY_MS);
addEventListener("visibilitychange", refresh);
