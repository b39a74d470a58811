// The third zoom of a network: its layers as columns, with the grid of W between two of them. Below
// is what comes back, to be read as δ = σ′ ⊙ ∂C/∂a = Wᵀ δ; above it what went forward.
import {look, signColour} from "../stage/colours.js";
import {cell, line, markMore, mix, newScene, range, word} from "../stage/marks.js";
import {dataCell, gradCell, heading, slopeCell} from "../stage/cells.js";
import {bracket, column, matrixCells, placesOf, widths} from "./grids.js";
import {hasActivation} from "./sight.js";
import {asColumn, asGrid, costLetter, jacobian, letterOf, name, sigma} from "../words/names.js";

const NAME = 1.7, // em above a column, for its name
  HEADING = 1.5, // em above those
  SIGN = 0.82; // em between two columns, for a sign

export function layersScene(view) {
  const scene = newScene(view),
    m = view.model,
    {em} = view,
    sight = layersInSight(view),
    {lo, hi, size, open} = sight,
    end = Math.min(hi, m.last),
    tallest = Math.max(...m.sizes),
    above = open ? NAME * em + tallest * size.h : 0,
    rest = view.height - (HEADING + NAME) * em - above - tallest * size.h,
    at = {top: Math.max(0, rest / 2) + (HEADING + NAME) * em + above, above, size, open, tallest};
  at.mid = at.top + (tallest / 2) * size.h;
  const {cells, signs} = room(view, sight),
    gap = Math.min((view.width - cells - 0.8 * em) / (signs + (open ? 0 : 2)), open ? 2 * em : 3.4 * em);
  let x = (view.width - cells - gap * signs) / 2;
  at.gap = gap;
  for (let l = lo - 1; l <= end; l++) {
    if (l >= lo) {
      const wide = gridWidth(view, l, size.w);
      placeGrid(scene, view, l, x + gap + wide / 2, at);
      if (open && view.turn(l) > 0.5) word(scene, `eq1${l - 1}`, x + gap / 2, at.mid, "←", {size: signSize(view, gap)});
      x += 2 * gap + wide;
    }
    x = placeLayer(scene, view, l, x, columnsOf(view, l, sight), at);
  }
  if (hi > m.last) placeCost(scene, view, x + gap + costWidth(view, size.w) / 2, at.mid, size.w);
  markMore(scene, view, lo > 1, hi <= m.last);
  return scene;
}

// W turns over its diagonal in a square of this width.
const gridWidth = (view, l, w) =>
  Math.max(Math.max(view.model.sizes[l], view.model.sizes[l - 1]) * w, 4 * view.em);
const costWidth = (view, w) => Math.max(w, view.cw(5), 4 * view.em);

const signSize = ({em}, gap) => (gap < em ? 1 : 1.15);

// The columns of a layer, from the left: what is below, and what above. A layer with which the stage
// ends shows no more than its δ; where there is no room for both, δ and a stand side by side.
function columnsOf(view, l, {hi, open}) {
  const m = view.model,
    delta = ["delta", "z"],
    error = ["error", "a"];
  if (!open) return l ? [["delta"], ["a"]] : [["a"]];
  if (l === 0) return [error];
  if (l === hi || !hasActivation(m, l)) return [delta];
  if (m.direct[l]) return [delta, ["", "a"]];
  return [delta, [m.coupled[l] ? "jacobian" : "slope", ""], error];
}

// How wide all cells in sight are, and how many signs stand between them.
function room(view, {lo, hi, size: {w}, open}) {
  const {last} = view.model;
  let [cells, signs] = [0, 0];
  for (let l = lo - 1; l <= Math.min(hi, last); l++) {
    const count = columnsOf(view, l, {hi, open}).length;
    cells += count * w;
    signs += open ? count - 1 : 0;
    if (l < lo) continue;
    cells += gridWidth(view, l, w);
    signs += 2;
  }
  return hi > last ? {cells: cells + costWidth(view, w), signs: signs + 1} : {cells, signs};
}

// Which layers there is room for, with cells of which size; all of them, if that is possible.
function layersInSight(view) {
  const m = view.model,
    {em} = view,
    tallest = Math.max(...m.sizes),
    all = [1, m.last + 1],
    free = view.height - (HEADING + NAME + 1) * em,
    open = 2 * tallest * view.ch + NAME * em <= free,
    high = open ? (free - NAME * em) / tallest / 2 : (free - 2 * em) / tallest,
    sized = w => ({w, h: Math.min(view.height < 300 ? 1.32 * em : 1.5 * view.ch, high)}), // less on paper
    // around the weights through which δ comes back to where the pass is
    now = Math.min(Math.max(view.layer, 0) + 1, m.last);
  const fits = (lo, hi, w, isOpen = open) => {
    const {cells, signs} = room(view, {lo, hi, size: {w}, open: isOpen});
    return cells + signs * (isOpen ? SIGN : 0.6) * em + 0.8 * em <= view.width;
  };
  const seen = (lo, hi, size, isOpen = false) => ({lo, hi, size, open: isOpen});
  if (high >= view.ch) {
    const least = widths(view).at(-1);
    let [lo, hi] = fits(...all, least) ? all : [now, now];
    while (hi <= m.last && fits(lo, hi + 1, least)) hi += 1;
    while (lo > 1 && fits(lo - 1, hi, least)) lo -= 1;
    const w = widths(view).find(each => fits(lo, hi, each));
    if (w) return seen(lo, hi, sized(w), open);
  }
  const side = (lo, hi) => {
    // of squares without numbers
    let w = Math.min(1.3 * em, (view.height - 5 * em) / tallest);
    while (w > 1 && !fits(lo, hi, w, false)) w *= 0.92;
    return {w, h: w};
  };
  // so many layers that their names have room
  const count = Math.max(1, Math.floor((view.width - em) / (9 * em)));
  if (count >= m.last) return seen(...all, side(...all));
  const lo = Math.min(Math.max(1, now - (count >> 1)), m.last - count + 1),
    hi = lo + count - 1;
  return seen(lo, hi, side(lo, hi));
}

function placeLayer(scene, view, l, left, columns, at) {
  const {model: m, em} = view,
    {mid, top, above, size, gap, open, tallest} = at,
    step = size.w + (open ? gap : 0),
    signs = {slope: ["dot", "⊙"], delta: ["eq2", "="]},
    head = top - above - (NAME + HEADING - 0.7) * em;
  columns.forEach(([low, up], n) => {
    const x = left + n * step + size.w / 2,
      sign = open && n + 1 < columns.length && columns[n + 1][0] && signs[low];
    if (up) placeColumn(scene, view, up, l, x, mid - above, at, above);
    if (low) placeColumn(scene, view, low, l, x, mid, at, 0);
    if (sign) word(scene, sign[0] + l, x + step / 2, mid, sign[1], {size: signSize(view, gap)});
  });
  const width = (columns.length - 1) * step + size.w,
    roomy = view.width > (m.last + 2) * 5.5 * em || open,
    middle = Math.min(view.width - 2.6 * em, Math.max(2.6 * em, left + width / 2)),
    text = roomy ? heading(l, m.last) : l ? String(l) : "";
  word(scene, `h${l}`, middle, head, text, {ink: look.muted});
  if (open && columns[1]?.[0] === "slope") {
    const y = mid - above; // from z to a
    word(scene, `f${l}`, left + step + size.w / 2, y, `${sigma()} →`, {ink: look.muted});
  }
  return left + width;
}

// What was known before the first of these nodes passed anything on.
function before(view, nodes) {
  const starts = nodes.filter(i => i !== undefined).map(i => view.model.firstLeave[i]);
  return Object.assign(Object.create(view), {t: Math.min(view.t, Math.min(...starts) - 1)});
}

const IDS = {delta: "d", error: "e", a: "a", z: "z"};

// A column of numbers, its name above it; what is sent back to it is not known before W has turned.
function placeColumn(scene, view, kind, l, x, mid, {size, top, open, gap, tallest}, above) {
  const {model: m, em} = view,
    {w, h} = size,
    ys = column(m.sizes[l], mid, h),
    arrives = m.a[l].slice(1).some(i => m.arrivals[i]),
    seen = l === m.last || view.hasTurned(l + 1) ? view : before(view, m.z[l + 1]);
  if (kind === "jacobian") {
    const box = {stroke: look.line, round: 8, role: "operation"};
    cell(scene, `softmax${l}`, x, mid, w - 4, m.sizes[l] * h, {...box, text: `${jacobian()}ᵀ`});
    return;
  }
  ys.forEach((y, n) => {
    const j = n + 1,
      id = `${IDS[kind]}${l}_${j}`,
      node = m[kind === "delta" || kind === "z" ? "z" : "a"][l][j];
    if (kind === "slope") slopeCell(scene, view, l, j, x, y, w - 2, h - 2);
    else if (kind === "z" || kind === "a")
      dataCell(scene, view, id, node, l || kind === "z" ? kind : "x", l, x, y, w, h, {j});
    else if (kind === "delta" || arrives)
      gradCell(scene, seen, id, node, kind, l, x, y, w - 1, h - 1, {j});
  });
  if (!open && kind === "a" && l && m.a[l][1] !== m.z[l][1])
    ys.forEach((y, n) =>
      dataCell(scene, view, `z${l}_${n + 1}`, m.z[l][n + 1], "z", l, x - w / 2, y, w, h, {j: n + 1, o: 0}),
    );
  if (kind === "error" && !arrives) return;
  const short = {error: `∂${costLetter()}/∂${letterOf("a")}`, slope: `${sigma()}′`}[kind],
    full = asColumn(name(kind, l)),
    isTight = !open && l > 0 && w < 3.2 * em,
    way = kind === "delta" ? 1 : -1,
    place = isTight ? {anchor: way > 0 ? "end" : "start"} : {},
    text = short && view.wide(full) > w + gap - 0.4 * em ? short : full;
  word(scene, `n${IDS[kind] ?? "s"}${l}`, isTight ? x + way * (w / 2 - 0.15 * em) : x, top - above - 0.9 * em, text, {
    ...place, bold: kind === "delta",
  });
}

// W as it stands for z = W a; at turn 1 it has turned over its diagonal, and a row of it ends at
// one neuron of the layer before.
function placeGrid(scene, view, l, x, {mid, top, size}) {
  const {model: m, em} = view,
    rows = m.sizes[l],
    columns = m.sizes[l - 1],
    turn = view.turn(l);
  const lively = turn > 0 && turn < 1 ? {fill: look.paper} : {},
    flat = placesOf(x, mid, rows, columns, size, 0);
  const places = placesOf(x, mid, rows, columns, size, turn);
  matrixCells(scene, view, "w", l, places, size.w - 2, size.h - 2, lively);
  if (scene.moving)
    for (const j of range(rows))
      for (const k of range(columns)) {
        const [left, y] = flat(j, k),
          way = [-0.5, 0, 0, 0.5].map(share => [left + share * size.w, y]);
        line(scene, `l${l}_${j}_${k}`, way, {o: 0});
      }
  const w = mix(columns, rows, turn) * size.w,
    h = mix(rows, columns, turn) * size.h;
  word(scene, `nW${l}`, x, top - 0.9 * em, asGrid(name("W", l), turn > 0.5));
  for (const side of [-1, 1]) bracket(scene, `q${l}${side}`, x + side * (w / 2 + 3), mid, h, side);
}

function placeCost(scene, view, x, y, width) {
  const m = view.model,
    {root} = m.tape,
    {ch, em} = view,
    w = costWidth(view, width),
    now = view.isNow(`c${root}`);
  const data = {
    text: view.short(m.data(root)),
    stroke: look.line, role: "data", node: root, kind: "cost", now,
  };
  cell(scene, `c${root}`, x, y - ch / 2 - 1, w, ch, data);
  const grad = {text: view.short(view.grads[root]), fill: signColour(1, 1)};
  gradCell(scene, view, `gc${root}`, root, "cost", root, x, y + ch / 2 + 1, w, ch, grad);
  word(scene, `nc${root}`, x, y - ch - 0.75 * em, costLetter());
  const targets = m.y.filter(i => i !== undefined),
    hasRoom = y + 3 * ch < view.height - em;
  if (targets.length && hasRoom) word(scene, "ny", x, y + 1.62 * ch, "y");
  targets.forEach((i, n) => {
    const at = y + (2.5 + 1.2 * n) * ch;
    if (at <= view.height - em) dataCell(scene, view, `y${n + 1}`, i, "y", 0, x, at, w, ch);
  });
}
