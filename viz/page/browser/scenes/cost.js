// The cost at the first two zooms: its operations if there is room for them, and the targets.
import {look, signColour} from "../stage/colours.js";
import {line, word} from "../stage/marks.js";
import {dataCell, gradCell} from "../stage/cells.js";
import {costColumns, costDepths} from "./sight.js";

const middle = view => (2.1 * view.em + view.floor) / 2;

export function spread(view, count, pitch) {
  const start = middle(view) - ((count - 1) * pitch) / 2;
  return Array.from({length: count}, (_, i) => start + i * pitch);
}

export function placeCost(scene, view, level, centres, left, stretch) {
  const {model: m, em} = view,
    cw = view.cw(),
    depth = costDepths(m),
    {root} = m.tape;
  const columns = level === 1 ? costColumns(view) : 1,
    open = level === 1 && (columns > 1 || depth.size === 1);
  const pitch = cw + em,
    xC = left + Math.min(stretch, 4 * em) + columns * pitch - cw / 2,
    at = new Map();
  word(scene, `h${m.last + 1}`, xC, 1.1 * em, "cost", {ink: look.muted});
  for (let d = columns - 1; d >= 0; d--) {
    const members = m.cost
      .filter(i => (depth.get(i) || 0) === d)
      .sort((p, q) => outputOf(m, p) - outputOf(m, q));
    const apart = Math.min((view.floor - 3.4 * em) / members.length, 7 * em);
    spread(view, members.length, apart).forEach((y, n) => at.set(members[n], {x: xC - d * pitch, y}));
  }
  for (const i of m.cost) {
    const place = (open && at.get(i)) || {x: xC, y: middle(view)};
    at.set(i, place);
    placeNode(scene, view, i, place, i === root || open);
  }
  placeLines(scene, view, centres, at, open);
  const lowest = Math.max(...[...at.values()].map(({y}) => y));
  placeTargets(scene, view, xC, lowest);
}

// The first output that a node of the cost is computed from.
function outputOf(m, i) {
  const each = m.nodes.operands[i].map(o => {
    const at = m.place.get(o);
    return at?.kind === "cost" ? outputOf(m, o) : at && "az".includes(at.kind) ? at.j : Infinity;
  });
  return Math.min(...each);
}

function placeNode(scene, view, i, {x, y}, shown) {
  const {model: m, ch, em} = view,
    cw = view.cw(),
    o = shown ? 1 : 0;
  const number = {o, text: shown ? view.short(m.data(i)) : ""};
  dataCell(scene, view, `c${i}`, i, "cost", i, x, y - ch / 2 - 1, cw, ch, number);
  const fill = signColour(view.grads[i], Math.abs(view.final[i]) || 1);
  const known = m.known(i, view.t) ? {text: shown ? view.short(view.grads[i]) : "", fill} : {};
  gradCell(scene, view, `gc${i}`, i, "cost", i, x, y + ch / 2 + 1, cw, ch, {o, ...known});
  const title = m.title(i),
    short = i === m.tape.root || title.length <= 7 ? title : "…";
  word(scene, `nc${i}`, x, y - ch - 0.75 * em, short, {o});
}

function placeLines(scene, view, centres, at, open) {
  const m = view.model,
    half = view.cw() / 2;
  for (const [i, place] of at)
    m.nodes.operands[i].forEach((o, p) => {
      const where = m.place.get(o),
        inner = open ? at.get(o) : undefined,
        id = `lc${i}_${p}`;
      const neuron = where && "az".includes(where.kind) ? centres[where.l]?.get(where.j) : undefined;
      const from = neuron ?? (inner && {x: inner.x + half, y: inner.y});
      if (from)
        line(scene, id, [[from.x, from.y], [place.x - half, place.y]], {now: view.isNow(id)});
    });
}

// Below the cost, and below all of its operations if there is room.
function placeTargets(scene, view, x, lowest) {
  const {model: m, em, ch} = view,
    cw = view.cw(),
    high = middle(view) + ch + 2.2 * em,
    low = Math.max(high, lowest + ch + 1.4 * em),
    start = low + (m.y.length - 2) * 1.8 * em < view.floor - em ? low : high;
  m.y
    .filter(i => i !== undefined)
    .forEach((i, n) => {
      const y = start + n * 1.8 * em;
      if (y > view.floor - em) return;
      dataCell(scene, view, `y${n + 1}`, i, "y", 0, x, y, cw, ch);
      word(scene, `ny${n + 1}`, x - cw / 2 - 0.4 * em, y, m.title(i), {anchor: "end"});
    });
}
