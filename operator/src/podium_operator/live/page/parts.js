// What the page is drawn from: elements whose text goes in as text, and drawing without disturbing.

const SVG = "http://www.w3.org/2000/svg";

function with_(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

/** Make an element; children are nodes or text, and lists of them. */
export function made(name, attributes = {}, ...children) {
  return with_(document.createElement(name), attributes, children);
}

/** Make an element of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  return with_(document.createElementNS(SVG, name), attributes, children);
}

/** Put nodes into a box with as few changes as possible: focus, selection and scrolling stay. */
export function draw(box, ...nodes) {
  const held = document.activeElement;
  fill(box, nodes.flat(Infinity).filter(Boolean).map((node) => typeof node === "string" ? document.createTextNode(node) : node));
  if (held && held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
}

function fill(box, wanted) {
  const keyed = new Map([...box.children].filter((node) => node.dataset.key).map((node) => [node.dataset.key, node]));
  wanted.forEach((fresh, index) => {
    const here = box.childNodes[index] ?? null, key = fresh.dataset?.key;
    const same = key ? keyed.get(key) : alike(here, fresh) ? here : null;
    if (!same) return box.insertBefore(fresh, here);
    if (same !== here) box.insertBefore(same, here);
    update(same, fresh);
  });
  while (box.childNodes.length > wanted.length) box.lastChild.remove();
}

function alike(here, fresh) {
  return here !== null && here.nodeName === fresh.nodeName && !here.dataset?.key;
}

function update(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  fill(old, [...fresh.childNodes]);
}

/** A gauge and the two numbers that it shows. */
export function share(part, whole, what) {
  const most = Math.max(1, whole);
  const gauge = made("meter", { min: 0, max: most, high: 0.9 * most, value: Math.min(part, most), "aria-label": `${what}: ${part} of ${whole}` });
  return [gauge, ` ${part}/${whole}`];
}

/** A table: `heads` are words, or [word, "number"]; rows are lists of nodes, text or null. */
export function table(caption, heads, rows) {
  const names = heads.map((head) => [head].flat());
  return made("table", {},
    made("caption", {}, caption),
    made("thead", {}, made("tr", {}, names.map(([name, look]) => made("th", { scope: "col", class: look }, name)))),
    made("tbody", {}, rows.map((row) => made("tr", {}, row.map((value, index) => {
      const [name, look] = names[index];
      return made("td", { class: look, "data-label": name }, value === null || value === undefined || value === "" ? "–" : value);
    })))));
}

/** Words in pairs. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return known.length ? made("dl", { class: "facts" }, paired(known)) : null;
}

/** The same as the items of a list that is there already. */
export function paired(pairs) {
  return pairs.filter(([, value]) => value !== null)
    .map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, value)));
}

/** A mark and a word: never a colour alone. */
export function verdict(look, word) {
  return made("span", { class: look }, `${{ good: "✓", odd: "!", bad: "✕", quiet: "?" }[look]} ${word}`);
}

/** Share of what came late, as text. */
export function lateness(late, answered) {
  return answered ? `${(100 * late / answered).toFixed(1)} %` : "–";
}

/** A moment of the cluster's, by this browser's clock and zone. */
export function moment(text) {
  const at = new Date(text);
  if (!text || Number.isNaN(at.getTime())) return text ?? "–";
  return made("time", { datetime: text }, at.toLocaleString([], { dateStyle: "short", timeStyle: "medium" }));
}

const REWARDS = { c: "called", l: "late", m: "missed", s: "skipped", p: "pending", n: "none" };

/** A block a round, taller for worse; the words say the same. */
export function strip(letters) {
  if (!letters) return made("span", { class: "quiet" }, "off-chain");
  const states = [...letters].map((letter) => REWARDS[letter] ?? "none");
  const count = (state) => states.filter((one) => one === state).length;
  const said = ["called", "late", "missed", "skipped", "pending"].filter(count).map((state) => `${count(state)} ${state}`).join(", ");
  return [
    made("span", { class: "strip", "aria-hidden": "true" }, states.map((state) => made("span", { class: state }))),
    made("span", { class: "said" }, ` ${said}`),
  ];
}
