// Draws what the operator tells by server-sent events. All text goes in as text, never as markup.

import { chart } from "./chart.js";

const REWARDS = { 0: ["pending", "pending"], 1: ["called", "called"], 2: ["late", "late"], 3: ["missed", "missed"], 4: ["skipped", "skipped"] };
const by = (id) => document.getElementById(id);
let events = null;

function made(name, text, attributes = {}) {
  const node = document.createElement(name);
  if (text !== undefined && text !== null) node.textContent = String(text);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function cell(content, className) {
  const node = made("td", undefined, className ? { class: className } : {});
  node.append(content ?? "–");
  return node;
}

function share(part, whole) {
  const box = document.createDocumentFragment();
  const gauge = made("meter", undefined, { min: 0, max: Math.max(1, whole), high: 0.9 * Math.max(1, whole) });
  gauge.value = part;
  gauge.setAttribute("aria-label", `${part} of ${whole}`);
  box.append(gauge, ` ${part}/${whole}`);
  return box;
}

function verdict(card) {
  const [mark, look] = card.ready !== "True" ? ["✕", "bad"] : card.reason === "Ready" ? ["✓", "good"] : ["!", "odd"];
  return made("span", `${mark} ${card.reason || card.ready}`, { class: look, title: card.why });
}

function strip(rewards) {
  if (!rewards.length) return made("span", "off-chain", { class: "quiet" });
  const missed = rewards.filter((one) => one.state === "missed").length;
  const box = made("span", undefined, { class: "strip", role: "img", "aria-label": `${missed} of ${rewards.length} rewards missed` });
  for (const one of rewards) box.append(made("span", undefined, { class: one.state, title: `round ${one.round}: ${one.state}` }));
  return box;
}

function table(heads, rows) {
  const box = made("div", undefined, { class: "scroll", tabindex: 0, role: "region", "aria-label": heads.join(", ") });
  const drawn = made("table"), head = made("tr"), body = made("tbody");
  for (const name of heads) head.append(made("th", name, { scope: "col" }));
  for (const row of rows) {
    const line = made("tr");
    for (const value of row) line.append(cell(value));
    body.append(line);
  }
  const top = made("thead");
  top.append(head);
  drawn.append(top, body);
  box.append(drawn);
  return box;
}

function drawFleet(cards) {
  by("empty").hidden = cards.length > 0;
  by("cards").replaceChildren(...cards.map((card) => {
    const key = `${card.namespace}/${card.name}`, line = made("tr");
    if (key === chosen()) line.setAttribute("aria-current", "true");
    line.dataset.key = key;
    line.append(
      cell(made("a", key, { href: `#${key}` })), cell(verdict(card)),
      cell(card.streams, "number"), cell(share(card.sessions, card.maxSessions)),
      cell(share(card.busy, card.slots)), cell(`${card.readyPods}/${card.desiredPods}`),
      cell(`${card.waitingSeconds.toFixed(1)} s`, "number"),
      cell(card.latePercent === null ? "–" : `${card.latePercent} %`, "number"),
      cell(strip(card.rewards)),
    );
    return line;
  }));
}

function drawDetail(one) {
  by("detail").hidden = !one;
  if (!one) return;
  by("detail-title").textContent = `${one.namespace}/${one.name}`;
  by("why").textContent = one.why;
  drawHour(one.history);
  by("pools").replaceChildren(...one.pools.map(pool));
  by("classes").replaceChildren(one.classes.length
    ? table(["Class", "Streams", "Segment"], one.classes.map((kind) => [kind.class, kind.streams, `${kind.segmentSeconds} s`]))
    : made("p", "No stream is open.", { class: "quiet" }));
  drawDecision(one);
  by("nowork").replaceChildren(...one.noWork.map((reason) => {
    const [mark, look] = reason.holds === true ? ["✓", "good"] : reason.holds === false ? ["✕", "bad"] : ["?", "odd"];
    const line = made("li");
    line.append(made("span", `${mark} ${reason.check}`, { class: look }), ` ${reason.text}`);
    return line;
  }));
  by("chain-section").hidden = !one.chain;
  by("chain").replaceChildren(...(one.chain ? chain(one.chain) : []));
  by("conditions").replaceChildren(table(["Condition", "Status", "Since", "Why"],
    one.conditions.map((kind) => [kind.type, kind.status, kind.lastTransitionTime, `${kind.reason}: ${kind.message ?? ""}`])));
}

function drawHour(hour) {
  const charts = [
    chart("Pods", hour.at, [["ready", hour.ready], ["wanted", hour.desired]]),
    chart("Slots", hour.at, [["busy", hour.busy], ["of", hour.slots]]),
    chart("Streams", hour.at, [["streams", hour.streams], ["sessions", hour.sessions]]),
    chart("Seconds of video waiting", hour.at, [["waiting", hour.waiting_seconds]]),
  ];
  by("charts").replaceChildren(...charts);
}

function pool(one) {
  const box = document.createDocumentFragment();
  const cost = one.costUsdPerHour ? `, ${one.costUsdPerHour} USD an hour per pod` : "";
  const stuck = one.stuck ? `, ${one.stuck} stuck` : "";
  box.append(made("p", `${one.name} (${one.hardware}, ${one.role}): ${one.ready ?? 0} ready, ${one.pending ?? 0} starting${stuck}, ${one.desired ?? 0} wanted, ${one.busy ?? 0} of ${one.slots ?? 0} slots busy${cost}`));
  if (one.pods.length) box.append(table(["Pod", "State", "Node", "Since"], one.pods.map((pod) => [pod.name, pod.state, pod.node, pod.since])));
  for (const device of one.failedDevices ?? []) box.append(made("p", `${device.pod}/${device.device}: ${device.reason}`, { class: "bad" }));
  return box;
}

function drawDecision(one) {
  const parts = [];
  if (one.decision) {
    parts.push(made("p", `${one.decision.text} (decision ${one.decision.id}, ${one.decision.at})`));
    parts.push(table(["Term", "Value"], Object.entries(one.decision.terms ?? {}).map(([name, value]) => [name, value ?? "–"])));
    parts.push(table(["Pool", "Load wants", "Asked for", "Bound by"], (one.decision.pools ?? []).map((kind) => [kind.name, kind.need, kind.desired, kind.bound])));
  }
  const past = [...one.recentDecisions].reverse();
  parts.push(table(["Decided", "Why"], past.map((kind) => [kind.at, kind.text])));
  by("decision").replaceChildren(...parts);
}

function chain(state) {
  const parts = [table(["What", "Is"], Object.entries(state).filter(([, value]) => typeof value !== "object").map(([name, value]) => [name, value]))];
  for (const intent of state.intents ?? []) {
    parts.push(made("p", `${intent.kind} ${intent.state}: ${intent.why ?? ""}`));
    if (intent.data) parts.push(made("pre", `to ${intent.to}\nvalue ${intent.valueWei ?? 0}\ndata ${intent.data}`));
  }
  return parts;
}

function chosen() {
  return decodeURIComponent(location.hash.slice(1));
}

function listen() {
  events?.close();
  const key = chosen();
  if (!key) drawDetail(null);
  events = new EventSource("api/events" + (key ? `?orchestrator=${encodeURIComponent(key)}` : ""));
  events.addEventListener("fleet", (event) => { drawFleet(JSON.parse(event.data)); told("live", "good"); });
  events.addEventListener("detail", (event) => drawDetail(JSON.parse(event.data)));
  events.addEventListener("away", (event) => told(JSON.parse(event.data), "bad"));
  events.onerror = () => told("the operator does not answer; trying again", "bad");
}

function told(text, look) {
  const line = by("link");
  if (line.textContent !== text) line.textContent = text;
  line.className = look;
}

addEventListener("hashchange", () => { listen(); by("detail-title").scrollIntoView(); });
listen();
