// One Orchestrator in detail. Parts come when they change; all is drawn from what is known by then.

import { chart } from "./chart.js";
import { chainParts } from "./chain.js";
import { draw, facts, lateness, made, moment, paired, share, table, verdict } from "./parts.js";

const by = (id) => document.getElementById(id);
const MOST_SAMPLES = 720;
const LOOK = { true: "good", false: "bad", null: "quiet" };
const STATES = { True: "good", False: "bad", Unknown: "quiet" };
const TERMS = {
  streams: ["Open streams", ""], refused: ["Sessions refused in the last 10 s", ""],
  loadErlangs: ["Load", "slots busy all the time"], kappa: ["Busy slots over those that measured segments explain", "×"],
  pace: ["Segments over those that streams explain", "×"], lateness: ["Slots for late segments", "×"],
  serviceSeconds: ["Slot time of a segment", "s"], slackSeconds: ["A segment may wait for", "s"],
  staffedSlots: ["Slots wanted for that load", ""], growthErlangsPerSecond: ["Growth of the load", "slots/s"],
  backlogSlotSeconds: ["Slot time that waits", "s"], oldestWaitSeconds: ["Age of the oldest that waits", "s"],
  sampleAgeSeconds: ["Age of the oldest report", "s"], costPerHour: ["Cost of the pods asked for", "USD/h"],
  unservedSegmentsPerSecond: ["Never served in time", "segments/s"],
};

/** Take in parts that changed; returns all that is known now. */
export function learned(known, parts) {
  const { hour, ...others } = parts;
  return { ...known, ...others, hour: hour ? joined(known.hour, hour) : known.hour };
}

function joined(hour, more) {
  const kept = hour ? hour.at.filter((at) => at <= more.after).length : 0;
  return Object.fromEntries(Object.entries(more.columns).map(
    ([name, values]) => [name, [...(hour ? hour[name].slice(0, kept) : []), ...values].slice(-MOST_SAMPLES)]));
}

/** Draw one Orchestrator. */
export function drawDetail(one) {
  const { card } = one;
  draw(by("why"), verdict(card.health, card.reason), card.why ? ` ${card.why}` : "",
    card.oldSeconds === null ? null : made("strong", { class: "odd" }, ` Nothing new for ${card.oldSeconds} s.`));
  draw(by("now"), now(one));
  draw(by("charts"), charts(one.hour));
  draw(by("pools"), one.pools.map(pool));
  draw(by("others"), one.image ? made("p", {}, "Image of nodes and transcoders: ", made("code", {}, one.image)) : null,
    pods("Pods of node and queue", one.others, [["Part", (pod) => pod.part]]));
  draw(by("classes"), one.classes.length
    ? table("Open streams by what their segments take", ["Class", ["Streams", "number"], ["Segment", "number"], ["Slot time waiting", "number"]],
      one.classes.map((kind) => [kind.class, String(kind.streams), `${kind.segmentSeconds} s`, `${kind.waitingSlotSeconds} s`]))
    : made("p", { class: "quiet" }, "No stream is open."));
  draw(by("decisions"), decisions(one.decisions));
  draw(by("nowork"), one.noWork.map((reason) => made("li", {}, verdict(LOOK[reason.holds], reason.check), ` ${reason.text}`)));
  by("chain-section").hidden = !one.chain;
  draw(by("chain"), one.chain ? chainParts(one.chain, card) : []);
  draw(by("conditions"), table("What the operator found", ["Condition", "Status", "Since", "Why"],
    one.conditions.map((kind) => [kind.type, look(kind), moment(kind.lastTransitionTime), `${kind.reason}: ${kind.message ?? ""}`])));
}

function look(kind) {
  const isGoodWhenFalse = ["Degraded", "Paused", "Progressing", "IntentPending"].includes(kind.type);
  const good = isGoodWhenFalse && kind.status !== "Unknown" ? (kind.status === "False" ? "good" : "odd") : STATES[kind.status];
  return verdict(good ?? "quiet", kind.status);
}

function now({ card, queue }) {
  return paired([
    ["Streams", String(card.streams)], ["Sessions", share(card.sessions, card.maxSessions, "Sessions")],
    ["Slots busy", share(card.busy, card.slots, "Slots busy")], ["Pods ready", `${card.readyPods}/${card.desiredPods}`],
    ["Video waiting", `${queue.waitingSeconds.toFixed(1)} s`], ["Oldest segment waits", `${queue.oldestWaitSeconds.toFixed(1)} s`],
    ["Late", lateness(card.late, card.answered)], ["Refused in 10 s", String(queue.refused)],
    ["Cost", card.usdPerHour ? `${card.usdPerHour.toFixed(2)} USD/h` : null],
  ]);
}

function charts(hour) {
  if (!hour || !hour.at.length) return made("p", { class: "quiet" }, "Nothing is known yet.");
  return [
    chart("Pods", hour.at, [["ready", hour.ready], ["wanted", hour.desired]]),
    chart("Slots", hour.at, [["busy", hour.busy], ["of", hour.slots]]),
    chart("Streams", hour.at, [["streams", hour.streams], ["sessions", hour.sessions]]),
    chart("Seconds of video waiting", hour.at, [["waiting", hour.waiting_seconds]]),
    chart("Segments of 20 s", hour.at, [["answered", hour.answered], ["late", hour.late]]),
  ];
}

function pool(one) {
  const cost = one.costUsdPerHour ? `, ${one.costUsdPerHour} USD an hour per pod` : "";
  const stuck = one.stuck ? `, ${one.stuck} stuck` : "";
  const scaler = one.mode === "External" ? ", scaled by another" : "";
  return made("section", { "data-key": one.name },
    made("h4", {}, one.name),
    made("p", {}, `${one.hardware}, ${one.role}${scaler}: ${one.ready ?? 0} ready, ${one.pending ?? 0} starting${stuck}, ${one.desired ?? 0} wanted, ${one.busy ?? 0} of ${one.slots ?? 0} slots busy${cost}`),
    (one.failedDevices ?? []).map((device) => made("p", { class: "bad" }, `✕ ${device.pod}/${device.device}: ${device.reason}`)),
    pods(`Pods of ${one.name}`, one.pods, [[["Slots busy", "gauge"], (pod) => pod.slots === null ? null : share(pod.busy, pod.slots, `Slots of ${pod.name} busy`)]]));
}

function pods(caption, { shown, more }, extra) {
  if (!shown.length) return made("p", { class: "quiet" }, "No pod.");
  const heads = ["Pod", "State", ...extra.map(([name]) => name), "Node", "Since"];
  const rows = shown.map((pod) => [
    pod.name, verdict({ ready: "good", draining: "odd", Pending: "odd", Running: "odd" }[pod.state] ?? "bad", pod.state),
    ...extra.map(([, value]) => value(pod)), pod.node, moment(pod.since),
  ]);
  return [table(caption, heads, rows), more ? made("p", {}, `and ${more} more, all of them after these`) : null];
}

function decisions(all) {
  if (!all.length) return made("p", { class: "quiet" }, "Nothing is decided yet.");
  const [last, ...past] = all;
  return [
    made("p", {}, last.text, " ", made("span", { class: "quiet" }, `(decision ${last.id}, `, moment(last.at), ")")),
    last.terms ? terms(last) : null,
    past.length ? made("h4", {}, "Before") : null,
    past.map((one) => made("details", { "data-key": `d${one.id}` },
      made("summary", {}, moment(one.at), ` ${one.text}`),
      one.terms ? terms(one) : made("p", { class: "quiet" }, "Made before this process began: its terms are not remembered."))),
  ];
}

function terms(decision) {
  const surge = decision.surge ?? {}, price = (usd) => usd === null || usd === undefined ? null : `${usd} USD/h`;
  return made("div", {},
    facts(Object.entries(TERMS).map(([name, [words, unit]]) => {
      const value = decision.terms[name];
      return [words, value === undefined || value === null ? null : `${value}\u00a0${unit.replaceAll(" ", "\u00a0")}`.trim()];
    })),
    facts([
      ["Held", decision.hold], ["Silent nodes", (decision.silent ?? []).join(", ")],
      ["A sudden rise is met by", surge.choice], ["because", surge.why], ["That rise", surge.erlangs ? `${surge.erlangs} slots` : null],
      ["Warm spares would cost", price(surge.sparesPerHour)], ["A bridge would cost", price(surge.bridgePerHour)],
    ]),
    table(`Decision ${decision.id} by pool`, ["Pool", ["Load wants", "number"], ["Asked for", "number"], "Bound by", "Expected rise", ["Bridges for", "number"]],
      (decision.pools ?? []).map((kind) => [kind.name, String(kind.need), String(kind.desired), kind.bound,
        kind.lookahead ? `${kind.lookahead}, ${kind.lookaheadErlangs} slots` : null, kind.untilSeconds ? `${kind.untilSeconds} s` : null])));
}
