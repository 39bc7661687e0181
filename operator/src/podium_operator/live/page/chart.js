// A line chart of a few series over the last hour, as SVG with a sentence that says the same.

const WIDTH = 600, HEIGHT = 260, LEFT = 44, TOP = 10, BOTTOM = 30;
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Round up to 1, 2 or 5 times a power of ten, so that the axis ends at a number one can read. */
export function ceiling(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((end) => end >= value);
}

function points(times, values, top) {
  const first = times[0], span = Math.max(1, times[times.length - 1] - first);
  return values.map((value, index) => {
    const x = LEFT + ((times[index] - first) / span) * (WIDTH - LEFT);
    const y = TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  }).join(" ");
}

/** Draw `series`, [name, values] each, over `times` in seconds of the epoch. */
export function chart(title, times, series) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  const top = ceiling(Math.max(0, ...series.flatMap(([, values]) => values)));
  const now = series.map(([name, values]) => `${name} ${values[values.length - 1] ?? 0}`).join(", ");
  const drawing = element("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `${title} over the last hour; now ${now}`,
  });
  drawing.append(
    element("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }),
    element("text", { x: 0, y: TOP + 14 }, String(top)),
    element("text", { x: 0, y: HEIGHT - BOTTOM }, "0"),
    element("text", { x: LEFT, y: HEIGHT - 5 }, clock(times[0])),
    element("text", { x: WIDTH, y: HEIGHT - 5, "text-anchor": "end" }, clock(times[times.length - 1])),
  );
  series.forEach(([, values], index) => {
    drawing.append(element("polyline", { class: `line s${index}`, points: points(times, values, top) }));
  });
  caption.append(`${title}: `);
  series.forEach(([name, values], index) => {
    const key = document.createElement("strong");
    key.className = `k${index}`;
    key.textContent = `${name} ${values[values.length - 1] ?? 0}`;
    caption.append(index ? ", " : "", key);
  });
  figure.append(caption, drawing);
  return figure;
}

function clock(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}
