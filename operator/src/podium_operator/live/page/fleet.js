// The fleet: sums over all, and a card for each Orchestrator, what is wrong first.

import { draw, lateness, made, paired, share, strip, verdict } from "./parts.js";

const by = (id) => document.getElementById(id);

/** Draw what the operator tells of the fleet. */
export function drawFleet(fleet) {
  const { totals } = fleet, all = totals.good + totals.odd + totals.bad;
  by("empty").hidden = all > 0;
  by("filled").hidden = all === 0;
  by("finding").hidden = all <= fleet.cards.length && !by("find").value;
  draw(by("totals"), sums(totals));
  draw(by("cards"), fleet.cards.map(line));
  draw(by("found"), `${fleet.found} of ${all}, page ${fleet.page} of ${fleet.pages}`);
  by("before").disabled = fleet.page <= 1;
  by("after").disabled = fleet.page >= fleet.pages;
}

function sums(totals) {
  return paired([
    ["Ready", verdict("good", totals.good)],
    ["Look at", totals.odd ? verdict("odd", totals.odd) : "0"],
    ["Not ready", totals.bad ? verdict("bad", totals.bad) : "0"],
    ["Streams", String(totals.streams)],
    ["Sessions", `${totals.sessions}/${totals.maxSessions}`],
    ["Slots busy", `${totals.busy}/${totals.slots}`],
    ["Pods ready", `${totals.readyPods}/${totals.desiredPods}`],
    ["Video waiting", `${totals.waitingSeconds.toFixed(1)} s`],
    ["Late", lateness(totals.late, totals.answered)],
    ["Cost", totals.usdPerHour ? `${totals.usdPerHour.toFixed(2)} USD/h` : null],
  ]);
}

function line(card) {
  const key = `${card.namespace}/${card.name}`;
  const cell = (label, look, ...content) => made("td", { "data-label": label, class: look }, content);
  const old = card.oldSeconds === null ? null : made("span", { class: "odd" }, ` nothing new for ${card.oldSeconds} s`);
  const left = card.roundLeft ? `, ${card.roundLeft} left` : "";
  return made("tr", { "data-key": key },
    made("th", { scope: "row" }, made("a", { href: `#${key}` }, key)),
    cell("State", "state", verdict(card.health, card.reason), old,
      card.health === "good" || !card.why ? null : made("span", { class: "why" }, card.why)),
    cell("Streams", "number", String(card.streams)),
    cell("Sessions", "gauge", share(card.sessions, card.maxSessions, "Sessions")),
    cell("Slots busy", "gauge", share(card.busy, card.slots, "Slots busy")),
    cell("Pods ready", null, `${card.readyPods}/${card.desiredPods}`),
    cell("Video waiting", "number", `${card.waitingSeconds.toFixed(1)} s`),
    cell("Late", "number", lateness(card.late, card.answered)),
    cell("Rewards, 30 rounds", "rewards", strip(card.rewards),
      card.reward ? made("span", { class: "why" }, `${card.reward}${left}`) : null));
}
