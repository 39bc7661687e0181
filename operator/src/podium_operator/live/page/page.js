// Listens to the operator by server-sent events and draws what it tells: the fleet, or the one that
// the address names after its #. What is drawn stays when the operator falls silent, and says so.

import { drawDetail, learned } from "./detail.js";
import { drawFleet } from "./fleet.js";

const SILENCE_MS = 20_000, AGAIN_MS = 3_000, TYPING_MS = 300;
const by = (id) => document.getElementById(id);
let events = null, known = {}, page = 1, heardAt = Date.now(), again = 0, typing = 0, hasTurned = false;

function chosen() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return location.hash.slice(1); }
}

function address() {
  const key = chosen();
  return "api/events?" + new URLSearchParams(key ? { orchestrator: key } : { page, find: by("find").value });
}

function listen() {
  clearTimeout(again);
  again = 0;
  events?.close();
  known = {};
  const fresh = events = new EventSource(address());
  const on = (name, act) => fresh.addEventListener(name, (event) => {
    heard();
    act(JSON.parse(event.data));
  });
  on("fleet", (fleet) => { page = fleet.page; drawFleet(fleet); });
  on("detail", (parts) => { known = learned(known, parts); show("detail"); drawDetail(known); });
  on("gone", gone);
  on("still", () => {});
  fresh.addEventListener("away", (event) => lost(JSON.parse(event.data)));
  fresh.onerror = () => {
    if (!isLost()) lost("The operator does not answer.");
    if (fresh.readyState === EventSource.CLOSED) ask();  // by an answer that is no stream
  };
}

function later(act) {
  clearTimeout(again);
  again = setTimeout(act, AGAIN_MS);
}

/** Find out why there is no stream before asking for one again: a token may have run out. */
async function ask() {
  const key = chosen(), path = "api/orchestrators" + (key ? `/${encodeURI(key)}` : "");
  const answer = await fetch(path, { method: "HEAD" }).catch(() => null);
  by("login").hidden = answer?.status !== 401;
  if (answer?.status === 401) {
    lost("Your token may not look here any more.");
    return later(ask);
  }
  if (key && (answer?.status === 400 || answer?.status === 404)) {
    heard();
    return gone(key);
  }
  later(listen);
}

function gone(key) {
  known = {};
  show("gone");
  by("gone-name").textContent = key;
}

function isLost() {
  return document.body.classList.contains("lost");
}

function heard() {
  heardAt = Date.now();
  document.body.classList.remove("lost");
  by("lost").hidden = by("login").hidden = true;
  told("live");
}

function lost(text) {
  const since = new Date(heardAt).toLocaleTimeString();
  document.body.classList.add("lost");
  by("lost").hidden = false;
  const said = `${text} What stands here is of ${since}. Trying again.`;
  if (by("lost-text").textContent !== said) by("lost-text").textContent = said;
  told("not live");
}

function told(text) {
  if (by("link").textContent !== text) by("link").textContent = text;
}

function show(view) {
  for (const one of ["fleet", "detail", "gone"]) by(one).hidden = one !== view;
  by("back").hidden = view === "fleet";
  if (!hasTurned || view === "wait") return;
  hasTurned = false;  // to another view: whoever listens or tabs begins at its title
  by(`${view}-title`).focus({ preventScroll: true });
  scrollTo(0, 0);
}

function turn() {
  const key = chosen();
  document.title = key ? `${key} - Podium` : "Podium";
  by("detail-title").textContent = key;
  show(key ? "wait" : "fleet");
  listen();
}

addEventListener("hashchange", () => { hasTurned = true; turn(); });
by("find").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => { page = 1; listen(); }, TYPING_MS);
});
by("before").addEventListener("click", () => { page -= 1; listen(); });
by("after").addEventListener("click", () => { page += 1; listen(); });
setInterval(() => {
  if (Date.now() - heardAt > SILENCE_MS && !isLost()) { lost("The operator has said nothing for a while."); listen(); }
}, AGAIN_MS);
turn();
