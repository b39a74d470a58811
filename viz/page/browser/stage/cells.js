// The numbers of a scene: how many decimals a column has, which colour a gradient, what is known,
// what has changed.
import {look, signColour} from "./colours.js";
import {cell} from "./marks.js";

const CHANGEABLE = new Set(["w", "b", "x", "y"]);
const withoutSign0 = text => (Number(text) === 0 ? text.replace("-", "") : text);
const printed = text => text.replace(/-/g, "−");

// One format for a column of numbers: as many decimals as there is room for, an exponent if they are tiny.
export function columnFormat(values, chars) {
  const largest = largestOf(values),
    whole = largest >= 1 ? Math.floor(Math.log10(largest)) + 1 : 1;
  const decimals = Math.min(4, chars - whole - 2),
    shows = d => largest >= 0.995 * 10 ** -d;
  const fixed = decimals === 0 || (decimals > 0 && (largest === 0 || shows(decimals - 1)));
  const bare = !fixed && decimals >= -1 && shows(decimals); // .094 for 0.094, if that is what makes it fit
  return x => {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "∞" : "−∞";
    if (x === 0) return "0";
    if (fixed) return printed(withoutSign0(x.toFixed(decimals)));
    if (bare) return printed(withoutSign0(x.toFixed(decimals + 1))).replace(/0\./, ".");
    const [digits, power] = x.toExponential(Math.max(0, chars - 6)).split("e");
    return printed(`${digits}e${Number(power)}`);
  };
}

export function largestOf(values) {
  let largest = 0;
  for (const x of values) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  return largest;
}

// What a scene is drawn from. grads: what has arrived after t steps; final: what will have arrived
// at the end.
export class View {
  constructor(options) {
    Object.assign(this, options);
    this.formats = new Map();
    this.scales = {};
  }

  cw(chars = this.chars) {
    return (chars - 1) * this.charW + 1.35 * this.em;
  }

  get ch() {
    return 1.6 * this.em;
  }

  // How wide a text is, in the type of this zoom.
  wide(text) {
    return (this.measure(text) * this.charW) / this.measure("0");
  }

  // The least width of a cell that has a number.
  get least() {
    return (this.narrowest ??= this.wide("−0.00") + 0.3 * this.em);
  }

  // Whether a cell has room for its number; else it is a small square.
  isWide(w, h) {
    return w >= this.least && h >= 1.15 * this.em;
  }

  members(kind, l) {
    const m = this.model,
      {data} = m.graph;
    const pick = (list, from) => (list || []).filter(i => i !== undefined).map(i => from[i]);
    if (kind === "w" || kind === "dw") {
      return (m.w[l] || []).flatMap(row => pick(row, kind === "w" ? data : this.final));
    }
    if (kind === "db") return pick(m.b[l], this.final);
    if (kind === "delta") return pick(m.z[l], this.final);
    if (kind === "error") return pick(m.a[l], this.final);
    return pick(kind === "y" ? m.y : m[kind === "x" ? "a" : kind]?.[l], data);
  }

  largest(kind, l) {
    return ((this.scales[kind] ||= [])[l] ??= largestOf(this.members(kind, l)));
  }

  // The text of a number in a cell so wide.
  text(kind, l, number, width) {
    const chars = [7, 6].find(n => width >= this.cw(n) - 3) ?? 5,
      key = `${kind} ${l} ${chars}`;
    if (!this.formats.has(key)) this.formats.set(key, columnFormat(this.members(kind, l), chars));
    const text = this.formats.get(key)(number),
      isTight = width < this.cw(5) - 3 && Math.abs(number) < 1;
    if (isTight && this.wide(text) > width) return printed(withoutSign0(number.toFixed(2)));
    if (text.includes("e") && this.wide(text) > width) return number < 0 ? "−…" : "…"; // as 1e308 may be
    return text;
  }

  // Whether a step since the last stop touches a node: as upstream, as operand, as a factor.
  isNow(id) {
    return this.nowMarks.has(id);
  }
}

// A number that is given or computed forward: outlined. `kind` names its column.
export function dataCell(scene, view, id, node, kind, l, x, y, w, h, rest) {
  const number = view.model.data(node),
    isWeight = kind === "w",
    largest = isWeight ? view.largest("w", l) : 0;
  const stroke = isWeight ? signColour(number, largest, look.line) : look.line,
    now = view.isNow(id);
  const edit = CHANGEABLE.has(kind),
    pick = view.picked === node,
    border = isWeight ? 2 : 1.25;
  const facts = {role: "data", node, kind, l, stroke, border, edit, now, pick};
  if (view.isWide(w, h)) {
    return cell(scene, id, x, y, w, h, {...facts, text: view.text(kind, l, number, w), ...rest});
  }
  const side = isWeight ? heat(view, node, kind, l).side : 0.9;
  return cell(scene, id, x, y, w * side, h * side, {...facts, round: 0, ...rest});
}

// A gradient: filled once it is complete; until then a dashed place with what has arrived.
export function gradCell(scene, view, id, node, kind, l, x, y, w, h, rest) {
  const {arrivals, tape} = view.model,
    wide = view.isWide(w, h),
    now = view.isNow(id);
  const facts = {role: "grad", node, kind, l, now, round: wide ? 3 : 0};
  if (!arrivals[node] && node !== tape.root) {
    const text = wide ? "0" : "";
    return cell(scene, id, x, y, w, h, {...facts, ...rest, text, fill: look.zero, now: false});
  }
  if (!view.model.known(node, view.t)) {
    return cell(scene, id, x, y, w, h, {...facts, ...rest, ...unknown(view, node, wide)});
  }
  const number = view.grads[node],
    largest = view.largest(kind, l),
    fill = signColour(number, largest);
  const before = view.before?.grad[node],
    changed = Math.abs(before - number) > 1e-3 * largest;
  const was = changed ? signColour(before, largest) : "",
    text = wide ? view.text(kind, l, number, w) : "";
  const stroke = kind === "delta" && wide ? look.ink : "";
  return cell(scene, id, x, y, w, h, {...facts, text, fill, was, stroke, border: 0.75, ...rest});
}

// The colours of a square without a number, and its size as a share of its cell.
export function heat(view, node, kind, l) {
  const largest = view.largest(kind, l),
    {arrivals} = view.model;
  if (kind === "w") {
    const number = view.model.data(node),
      share = Math.sqrt(Math.abs(number) / (largest || 1));
    return {
      fill: "",
      stroke: signColour(number, largest, look.line),
      side: Math.max(0.25, share) * 0.9,
    };
  }
  if (!arrivals[node]) return {fill: look.zero, stroke: "", side: 1};
  if (!view.model.known(node, view.t)) return {fill: "", stroke: look.hair, side: 1};
  return {fill: signColour(view.grads[node], largest), stroke: "", side: 1};
}

// The place of a gradient that is not complete.
export function unknown(view, node, wide) {
  const total = view.model.arrivals[node];
  const arrived = wide && total > 1 ? view.model.arrived(node, view.t) : 0;
  const text = !wide ? "" : arrived ? `${arrived}${total > 9 ? "/" : " of "}${total}` : "?";
  return {text, stroke: look.hair, dash: wide ? "3 3" : "none", ink: look.muted, fill: ""};
}

// A local derivative σ′(z): neither data nor gradient, so that it has rounded ends.
export function slopeCell(scene, view, l, j, x, y, w, h, rest) {
  const number = view.model.slope(l, j, j),
    wide = view.isWide(w, h),
    id = `s${l}_${j}`;
  return cell(scene, id, x, y, w, h, {
    text: wide ? columnFormat([number, 0.5], w < view.cw(6) - 3 ? 5 : Math.min(view.chars, 6))(number) : "",
    stroke: look.line, round: h / 2, role: "slope", now: view.isNow(id), kind: "slope", l, j,
    fill: wide ? "" : signColour(number, 1),
    ...rest,
  });
}

export const heading = (l, last) => (l === 0 ? "input" : l > last ? "cost" : `layer ${l}`);
