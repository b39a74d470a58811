// Below the formula: a sum as bars head to tail, each with its product; or σ around z with its slope.
import {shown} from "../numbers/numerals.js";
import {signColour} from "../stage/colours.js";
import {contributions} from "./formula.js";
import {escaped, letterOf, name, sigma} from "./names.js";
import {partner, subject} from "./sentence.js";

const MOST = 64; // bars

// What is told after t steps, as SVG; "" if it is neither a sum nor a slope.
export function barsOf(app, t) {
  const {model, level, focus} = app,
    {bars, measure, em: size} = app.stage.sizes ?? app.stage.measure(),
    room = {width: bars.width, height: bars.height, size, wide: measure};
  const about = subject(model, level, t, focus);
  if (app.tape.computes && isThroughActivation(model, about)) return curve(app, about.edge, room);
  const {terms, total} = sumOf(model, about),
    finite = terms.filter(({x}) => Number.isFinite(x)).slice(0, MOST);
  return finite.length ? sum(finite, total, room) : "";
}

// The terms of the sum that is told, and what it comes to.
function sumOf(model, {kind, edge, l, j}) {
  if (kind === "layer") {
    const to = l < model.last ? "error" : "delta",
      product = i =>
        l < model.last
          ? `${name("w", l + 1, i, j)} ${name("delta", l + 1, i)}`
          : `over ${name("a", l, i)}`,
      terms = contributions(model, l, j).map((x, n) => ({x, text: product(n + 1)}));
    return {terms, total: name(to, l, j)};
  }
  if (kind !== "edge" || model.arrivals[edge.operand] < 2) return {terms: []};
  const other = partner(model, edge.node, edge.place),
    factors = [other === null ? "" : model.words(other), model.gradientTitle(edge.node)],
    terms = [
      {x: edge.before, text: "until now"},
      {x: edge.contribution, text: factors[0] ? factors.join(" ") : "added"},
    ];
  return {terms: terms.filter(({x}) => x !== 0), total: model.gradientTitle(edge.operand)};
}

const text = (x, y, size, words, rest = "") =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" fill="currentColor"${rest}>${escaped(words)}</text>`;

function sum(terms, total, {width, height, size, wide}) {
  const ends = [0];
  for (const {x} of terms) ends.push(ends.at(-1) + x);
  const whole = {x: ends.at(-1), text: total},
    rows = terms.length > 1 ? [...terms, whole] : terms,
    low = Math.min(...ends),
    high = Math.max(...ends),
    isNamed = rows.length * 1.2 * size <= height,
    caption = `${terms.length} products, head to tail, and their sum`,
    labels = rows.map(row => `${row.text} = ${shown(row.x)}`),
    left = isNamed ? Math.max(...labels.map(wide)) + size : 0,
    top = isNamed ? 0 : 1.25 * size,
    pitch = isNamed ? height / Math.max(3, rows.length) : (height - top) / rows.length,
    thick = Math.max(1, Math.min(14, pitch - 1)),
    at = x => left + 4 + ((x - low) * (width - left - 8)) / (high - low || 1);
  const bar = ({x}, row) => {
    const isWhole = row === terms.length,
      [from, to] = [isWhole ? 0 : ends[row], isWhole ? x : ends[row + 1]].map(at).sort((p, q) => p - q),
      edge = isWhole ? ' stroke="currentColor" stroke-width="1.5"' : "",
      y = top + (row + 0.5) * pitch - thick / 2;
    return (
      `<rect x="${from.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(1, to - from).toFixed(1)}" ` +
      `height="${thick.toFixed(1)}" fill="${signColour(x, Math.abs(x))}"${edge}/>`
    );
  };
  const named = labels.map((label, row) => text(0, top + (row + 0.5) * pitch + 0.36 * size, size, label));
  return (
    `<path d="M${at(0).toFixed(1)},${top} V${height}" stroke="currentColor" opacity=".5"/>` +
    rows.map(bar).join("") +
    (isNamed ? named.join("") : text(0, size, size, caption))
  );
}

const isThroughActivation = (model, {kind, edge}) =>
  kind === "edge" &&
  model.place.get(edge.node)?.kind === "a" &&
  model.place.get(edge.operand)?.kind === "z" &&
  model.arrivals[edge.operand] === 1;

// σ around z, with the line whose slope is σ′(z); z on the axis, the slope in words.
function curve(app, {node, operand, local}, {width, height, size, wide}) {
  const {graph, model, tape} = app,
    {l, j} = model.place.get(operand),
    z = graph.data[operand],
    further = graph.numbers(node).slice(1),
    value = x => graph.rules[node].value(x, ...further),
    kind = tape.network?.activations[l - 1] ?? sigma();
  const told = [`slope ${name("slope", l, j)}`, `= ${shown(local)}`, `of ${kind} at ${letterOf("z")}`],
    lines = told.slice(0, Math.floor(height / (1.2 * size))),
    left = Math.max(...lines.map(wide)) + size,
    reach = Math.max(5, Math.abs(z) + 2),
    foot = height - 1.2 * size, // the axis, with z below it
    xs = Array.from({length: 81}, (_, n) => (n / 40 - 1) * reach),
    ys = xs.map(value),
    [low, high] = [Math.min(...ys), Math.max(...ys)];
  const across = x => left + ((x + reach) / reach / 2) * (width - left),
    down = y => 3 + ((high - y) * (foot - 5)) / (high - low || 1),
    at = (x, y) => `${across(x).toFixed(1)},${down(y).toFixed(1)}`,
    tangent = [-1, 1].map(way => at(z + 1.5 * way, value(z) + 1.5 * way * local)).join(" "),
    [cx, cy] = at(z, value(z)).split(","),
    mark = `${name("z", l, j)} = ${shown(z)}`,
    half = wide(mark) / 2,
    x = Math.min(width - half - 2, Math.max(left + half, across(z)));
  return (
    lines.map((line, n) => text(0, (1.2 * n + 1) * size, size, line)).join("") +
    `<path d="M${left.toFixed(1)},${foot.toFixed(1)} H${width} M${cx},${cy} V${foot.toFixed(1)}" ` +
    `stroke="currentColor" opacity=".5"/>` +
    `<polyline points="${xs.map((each, n) => at(each, ys[n])).join(" ")}" fill="none" stroke="currentColor" ` +
    `opacity=".7"/><polyline points="${tangent}" stroke="currentColor" stroke-width="2.5"/>` +
    `<circle cx="${cx}" cy="${cy}" r="4" fill="currentColor"/>` +
    text(x, height - 0.15 * size, size, mark, ' text-anchor="middle"')
  );
}
