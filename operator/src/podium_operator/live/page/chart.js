// A line chart of a few series over the last hour, as SVG with a sentence that says the same.

import { drawn, made } from "./parts.js";

const WIDTH = 600, HEIGHT = 260, LEFT = 52, TOP = 12, BOTTOM = 34;
const GAP_SECONDS = 60;  // nobody looked meanwhile: a line across would be a guess

const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** Round up to one of few digits, so that the axis ends at a number one can read. */
export function ceiling(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return STEPS.map((step) => step * power).find((end) => end >= value);
}

function path(times, values, top) {
  const first = times[0], span = Math.max(1, times[times.length - 1] - first);
  return values.map((value, index) => {
    const x = LEFT + ((times[index] - first) / span) * (WIDTH - LEFT);
    const y = TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    const isNew = index === 0 || times[index] - times[index - 1] > GAP_SECONDS;
    return `${isNew ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
  }).join("");
}

/** Draw `series`, [name, values] each, over `times` in seconds of the epoch. */
export function chart(title, times, series) {
  const most = Math.max(0, ...series.flatMap(([, values]) => values)), top = ceiling(most);
  const last = (values) => values[values.length - 1] ?? 0, foot = HEIGHT - BOTTOM;
  const now = series.map(([name, values]) => `${name} ${last(values)}`).join(", ");
  return made("figure", {},
    made("figcaption", {}, `${title}: `, series.map(([name, values], index) => [
      index ? ", " : "", made("strong", { class: `k${index}` }, `${name} ${last(values)}`),
    ]).flat()),
    drawn("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
      "aria-label": `${title} from ${clock(times[0])} to ${clock(times[times.length - 1])}; now ${now}; at most ${most}`,
    },
      drawn("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: foot, y2: foot }),
      drawn("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: TOP, y2: TOP }),
      drawn("text", { x: LEFT - 6, y: TOP + 8, "text-anchor": "end" }, String(top)),
      drawn("text", { x: LEFT - 6, y: foot, "text-anchor": "end" }, "0"),
      drawn("text", { x: LEFT, y: HEIGHT - 8 }, clock(times[0])),
      drawn("text", { x: WIDTH, y: HEIGHT - 8, "text-anchor": "end" }, clock(times[times.length - 1])),
      series.map(([, values], index) => drawn("path", { class: `line s${index}`, d: path(times, values, top) }))));
}

function clock(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}
