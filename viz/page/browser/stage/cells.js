// The numbers of a scene: how many decimals a column has, which colour a gradient, what is known, what changed.
import {cell, look, signColour} from "./marks.js";
import {name} from "../words/names.js";

const printed = text => text.replace(/-/g, "−");

// One format for a column of numbers: as many decimals as there is room for, an exponent if they are tiny.
export function columnFormat(values, chars) {
  let largest = 0;
  for (const x of values) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  const whole = largest >= 1 ? Math.floor(Math.log10(largest)) + 1 : 1,
    decimals = Math.min(4, chars - whole - 2);
  const fixed =
    decimals >= 0 && (largest === 0 || largest >= 0.995 * 10 ** (1 - decimals) || decimals === 0);
  const bare = !fixed && largest >= 0.995 * 10 ** -decimals; // .094 for 0.094, if that is what makes it fit
  return x => {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "∞" : "−∞";
    if (x === 0) return "0";
    if (fixed) {
      const text = x.toFixed(Math.max(decimals, 0));
      return Number(text) === 0 ? printed(text.replace("-", "")) : printed(text);
    }
    if (bare) return printed(x.toFixed(decimals + 1)).replace(/0\./, ".");
    const [digits, power] = x.toExponential(Math.max(0, chars - 6)).split("e");
    return printed(`${digits}e${Number(power)}`);
  };
}

// What a scene is drawn from. grads: what has arrived after t steps; final: what will have arrived at the end.
export class View {
  constructor(options) {
    Object.assign(this, options);
    this.formats = new Map();
    this.scales = new Map();
  }

  cw(chars = this.chars) {
    return (chars - 1) * this.charW + 1.35 * this.em;
  }
  get ch() {
    return 1.6 * this.em;
  }

  members(kind, l) {
    const m = this.model,
      pick = (list, from) => (list || []).filter(i => i !== undefined).map(i => from[i]);
    if (kind === "w") return (m.w[l] || []).flatMap(row => pick(row, m.graph.data));
    if (kind === "dw") return (m.w[l] || []).flatMap(row => pick(row, this.final));
    if (kind === "db") return pick(m.b[l], this.final);
    if (kind === "delta") return pick(m.z[l], this.final);
    if (kind === "error") return pick(m.a[l], this.final);
    if (kind === "y") return pick(m.y, m.graph.data);
    return pick(m[kind]?.[l], m.graph.data);
  }

  largest(kind, l) {
    const key = kind + l;
    if (!this.scales.has(key))
      this.scales.set(
        key,
        this.members(kind, l).reduce(
          (most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most),
          0,
        ),
      );
    return this.scales.get(key);
  }

  text(kind, l, number, chars = this.chars) {
    const key = `${kind} ${l} ${chars}`;
    if (!this.formats.has(key)) this.formats.set(key, columnFormat(this.members(kind, l), chars));
    return this.formats.get(key)(number);
  }

  // Whether a step since the last stop touches a node: as upstream, as operand, as a factor.
  isNow(id) {
    return this.nowMarks.has(id);
  }
}

const CHANGEABLE = new Set(["w", "b", "x", "y"]);

// A number that is given or computed forward: outlined. `kind` names its column.
export function dataCell(scene, view, id, node, kind, l, x, y, w, h, rest = {}) {
  const number = view.model.data(node),
    wide = w >= view.cw(5) - 3 && h >= 1.25 * view.em;
  const chars = w >= view.cw(7) - 3 ? 7 : w >= view.cw(6) - 3 ? 6 : 5;
  const sign = kind === "w" ? signColour(number, view.largest("w", l), look.line) : look.line;
  const fold =
    !wide && kind === "w" ? Math.sqrt(Math.abs(number) / (view.largest("w", l) || 1)) : 1; // small: the size of the square
  return cell(
    scene,
    id,
    x,
    y,
    wide ? w : w * Math.max(0.25, fold) * 0.9,
    wide ? h : h * Math.max(0.25, fold) * 0.9,
    {
      text: wide ? view.text(kind, l, number, chars) : "",
      stroke: sign,
      border: kind === "w" ? 2 : 1.25,
      role: "data",
      node,
      kind,
      l,
      edit: CHANGEABLE.has(kind),
      now: view.isNow(id),
      round: wide ? 3 : 0,
      pick: view.picked === node,
      ...rest,
    },
  );
}

// A gradient: filled once it is complete; until then a dashed place with what has arrived.
export function gradCell(scene, view, id, node, kind, l, x, y, w, h, rest = {}) {
  const wide = w >= view.cw(5) - 3 && h >= 1.25 * view.em,
    known = view.model.known(node, view.t);
  const chars = w >= view.cw(7) - 3 ? 7 : w >= view.cw(6) - 3 ? 6 : 5;
  const number = view.grads[node],
    common = {
      role: "grad",
      node,
      kind,
      l,
      now: view.isNow(id),
      round: wide ? 3 : 0,
      pick: false,
      ...rest,
    };
  if (!view.model.arrivals[node] && node !== view.model.tape.root)
    return cell(scene, id, x, y, w, h, {
      ...common,
      text: wide ? "0" : "",
      fill: look.zero,
      now: false,
    });
  if (!known) {
    const total = view.model.arrivals[node],
      arrived = wide && total > 1 ? view.model.arrived(node, view.t) : 0;
    const text = !wide ? "" : arrived ? `${arrived}${total > 9 ? "/" : " of "}${total}` : "?";
    return cell(scene, id, x, y, w, h, {
      ...common,
      text,
      stroke: wide ? look.hair : look.hair,
      dash: wide ? "3 3" : "none",
      ink: look.muted,
      fill: "",
    });
  }
  const was =
    view.before && Math.abs(view.before.grad[node] - number) > 1e-3 * view.largest(kind, l)
      ? signColour(view.before.grad[node], view.largest(kind, l))
      : "";
  return cell(scene, id, x, y, w, h, {
    ...common,
    text: wide ? view.text(kind, l, number, chars) : "",
    fill: signColour(number, view.largest(kind, l)),
    was,
    stroke: kind === "delta" && wide ? look.ink : "",
    border: 0.75,
    ...rest,
  });
}

// A local derivative σ′(z): neither data nor gradient, so that it has rounded ends.
export function slopeCell(scene, view, l, j, x, y, w, h, rest = {}) {
  const number = view.model.slope(l, j, j),
    wide = w >= view.cw(5) - 3 && h >= 1.25 * view.em;
  return cell(scene, `s${l}_${j}`, x, y, w, h, {
    text: wide ? columnFormat([number, 0.5], Math.min(view.chars, 6))(number) : "",
    stroke: look.line,
    round: h / 2,
    role: "slope",
    now: view.isNow(`s${l}_${j}`),
    kind: "slope",
    l,
    j,
    fill: wide ? "" : signColour(number, 1),
    ...rest,
  });
}

export const heading = (l, last) => (l === 0 ? "input" : l > last ? "cost" : `layer ${l}`);
export const nameOf = (kind, l, j, k) => name(kind, l, j, k);
