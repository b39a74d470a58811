// What there is room for at the first two zooms: which layers, and which neurons of each.
import {range} from "../stage/marks.js";

export const hasActivation = (m, l) => l > 0 && m.a[l][1] !== m.z[l][1];

function blockWidth(view, level, l) {
  const m = view.model,
    cw = view.cw(),
    em = view.em;
  if (l === 0) return cw;
  if (l > m.last) return level === 1 ? costColumns(view) * (cw + em) : cw + 2 * em;
  if (level === 1) return 4.4 * em + 2 * cw + (hasActivation(m, l) ? 2 * cw + 0.9 * em : 0);
  return 4 * em + 3 * cw;
}

// All layers, or those around the one where the pass is; one more than the last is the cost.
export function layersInSight(view, level) {
  const m = view.model,
    room = view.width - view.em,
    total = l => blockWidth(view, level, l);
  let lo = Math.min(Math.max(view.layer, 1), m.last + 1),
    hi = lo,
    used = total(lo) + view.cw();
  for (let grown = true; grown;) {
    grown = false;
    if (hi <= m.last && used + total(hi + 1) <= room) {
      used += total(++hi);
      grown = true;
    }
    if (lo > 1 && used + total(lo - 1) <= room) {
      used += total(--lo);
      grown = true;
    }
  }
  return {lo, hi, used};
}

// How high a layer is, with so many rows of weights for each of its neurons.
export function rowsHeight(view, rows, targets) {
  return targets * Math.max(6 * view.em, rows * 1.75 * view.em) + (targets - 1) * 0.5 * view.em;
}

// All neurons, or the chosen one with those that have the largest δ.
export function neuronsInSight(view, level, lo, hi) {
  const {model: m, em} = view,
    most = Math.max(...m.sizes);
  const fits = n =>
    range(m.last).every(l => {
      const room = view.height - (n < most ? 5.4 : 3.4) * em,
        bias = m.b[l] ? 1 : 0;
      const sources = Math.min(n, m.sizes[l - 1]),
        targets = Math.min(n, m.sizes[l]);
      if (l < lo || l > hi) return true;
      if (level === 1) return rowsHeight(view, sources + bias, targets) <= room;
      return targets * 6 * em <= room && sources * (l === 1 ? 3 : 6) * em <= room;
    });
  const opens = n =>
    Math.min(n, m.sizes[lo - 1]) * (level === 1 ? 4 : 3) * em <= view.height - 3.4 * em;
  let limit = most;
  while (limit > 1 && !(fits(limit) && opens(limit))) limit -= 1;
  return m.sizes.map((size, l) => (size <= limit ? range(size) : picked(view, l, limit)));
}

// Which they are is kept, so that a change of numbers does not make others of them.
function picked(view, l, limit) {
  const m = view.model,
    focus = view.focus?.l === l ? view.focus.j : 0,
    key = `${l} ${limit} ${focus}`;
  if (!view.picks.has(key)) {
    const size = j => Math.abs(view.final[(l ? m.z : m.a)[l][j]]);
    const order = range(m.sizes[l]).sort((p, q) => size(q) - size(p));
    const chosen = [...new Set(focus ? [focus, ...order] : order)].slice(0, limit);
    view.picks.set(key, chosen.sort((p, q) => p - q));
  }
  return view.picks.get(key);
}

// Whether every layer and every neuron is in sight at the first two zooms, or at one of them.
export function fitsWhole(view, zoom) {
  return (zoom ? [zoom] : [1, 2]).every(level => {
    const {lo, hi} = layersInSight(view, level),
      {last, sizes} = view.model;
    if (lo !== 1 || hi <= last) return false;
    return neuronsInSight(view, level, lo, hi).every((seen, l) => seen.length === sizes[l]);
  });
}

// --- the cost ------------------------------------------------------------------------------------

// How many operations lie between a node of the cost and its root.
export function costDepths(m) {
  const depth = new Map([[m.tape.root, 0]]);
  for (const i of [...m.cost].sort((p, q) => q - p)) {
    for (const o of m.nodes.operands[i]) {
      if (m.place.get(o)?.kind === "cost")
        depth.set(o, Math.max(depth.get(o) || 0, depth.get(i) + 1));
    }
  }
  return depth;
}

// In how many columns the operations of the cost stand; one if they are too many to be shown.
export function costColumns(view) {
  const depth = costDepths(view.model),
    deepest = Math.max(...depth.values());
  return depth.size > 14 || deepest > 4 ? 1 : deepest + 1;
}
