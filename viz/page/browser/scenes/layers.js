// The third zoom of a network: its layers as columns, with the grid of W between two of them.
import {look, signColour} from "../stage/colours.js";
import {cell, line, markMore, mix, newScene, range, word} from "../stage/marks.js";
import {dataCell, gradCell, heading} from "../stage/cells.js";
import {bracket, column, deltaCell, matrixCells, placesOf} from "./grids.js";
import {asColumn, asGrid, costLetter, name} from "../words/names.js";

export function layersScene(view) {
  const scene = newScene(view),
    m = view.model,
    {em} = view,
    {lo, hi, size} = layersInSight(view);
  const mid = view.height / 2 + em,
    width = l => gridWidth(view, l, size.w),
    end = Math.min(hi, m.last);
  const tallest = Math.max(...m.sizes.slice(lo - 1, end + 1)),
    top = mid - (tallest / 2) * size.h;
  const costWidth = Math.max(size.w, 4 * em);
  let used = (lo > 1 ? 3 : 2) * size.w;
  for (let l = lo; l <= hi; l++) used += l > m.last ? costWidth : width(l) + 2 * size.w;
  const gap = Math.min((view.width - used - em) / ((hi - lo + 1) * 2 + 1), 3.4 * em);
  let x = (view.width - used - gap * ((hi - lo + 1) * 2 - 1)) / 2;
  for (let l = lo - 1; l <= end; l++) {
    if (l >= lo) {
      placeGrid(scene, view, l, x + gap + width(l) / 2, mid, size);
      x += 2 * gap + width(l);
    }
    if (l) x = deltaColumn(scene, view, l, x, mid, size, top);
    x = dataColumn(scene, view, l, x, mid, size, top);
  }
  if (hi > m.last) placeCost(scene, view, x + gap + costWidth / 2, mid, costWidth);
  markMore(scene, view, lo > 1, hi <= m.last);
  return scene;
}

// W turns over its diagonal in a square of this width.
const gridWidth = (view, l, w) =>
  Math.max(Math.max(view.model.sizes[l], view.model.sizes[l - 1]) * w, 4 * view.em);

// Which layers there is room for, with cells of which size.
function layersInSight(view) {
  const m = view.model,
    room = view.width - view.em,
    {em} = view,
    tallest = Math.max(...m.sizes);
  // around the weights through which δ comes back to where the pass is
  const now = Math.min(Math.max(view.layer, 0) + 1, m.last),
    fits = (lo, hi, w) => total(lo, hi, w) <= room;
  const total = (lo, hi, w) => {
    let sum = (lo > 1 ? 2 : 1) * w + em;
    for (let l = lo; l <= hi; l++)
      sum += l > m.last ? Math.max(w, 4 * em) + 0.6 * em : gridWidth(view, l, w) + 2 * w + 1.6 * em;
    return sum;
  };
  const side = (lo, hi) => {
    // of squares without numbers
    let w = Math.min(1.3 * em, (view.height - 5 * em) / tallest);
    while (w > 1 && !fits(lo, hi, w)) w *= 0.92;
    return {w, h: w};
  };
  const isTall = tallest * view.ch > view.height - 6 * em,
    least = view.cw(5);
  const chars = isTall ? undefined : [7, 6, 5].find(n => fits(1, m.last + 1, view.cw(n)));
  if (chars) {
    const h = Math.min(1.5 * view.ch, (view.height - 6 * em) / tallest);
    return {lo: 1, hi: m.last + 1, size: {w: view.cw(chars), h}};
  }
  if (!isTall && fits(now, now, least)) {
    let lo = now,
      hi = now;
    while (hi <= m.last && fits(lo, hi + 1, least)) hi += 1;
    while (lo > 1 && fits(lo - 1, hi, least)) lo -= 1;
    return {lo, hi, size: {w: least, h: view.ch}};
  }
  // so many layers that their names have room
  const count = Math.max(1, Math.floor(room / (9 * em)));
  if (count >= m.last) return {lo: 1, hi: m.last + 1, size: side(1, m.last + 1)};
  const lo = Math.min(Math.max(1, now - (count >> 1)), m.last - count + 1),
    hi = lo + count - 1;
  return {lo, hi, size: side(lo, hi)};
}

function deltaColumn(scene, view, l, x, mid, size, top) {
  const {em} = view,
    ys = column(view.model.sizes[l], mid, size.h),
    [at, anchor] = size.w < 3.2 * em ? [x + size.w - 0.15 * em, "end"] : [x + size.w / 2, "middle"];
  ys.forEach((y, n) => deltaCell(scene, view, l, n + 1, x + size.w / 2, y, size));
  word(scene, `nd${l}`, at, top - 0.9 * em, asColumn(name("delta", l)), {bold: true, anchor});
  return x + size.w;
}

// a of a layer, or x; behind it z, which other zooms show.
function dataColumn(scene, view, l, x, mid, size, top) {
  const {model: m, em} = view,
    ys = column(m.sizes[l], mid, size.h),
    tight = l > 0 && size.w < 3.2 * em;
  for (const j of range(m.sizes[l])) {
    const [a, z, y] = [m.a[l][j], m.z[l]?.[j], ys[j - 1]],
      id = `${l}_${j}`;
    dataCell(scene, view, `a${id}`, a, l ? "a" : "x", l, x + size.w / 2, y, size.w, size.h, {j});
    if (l && a !== z) dataCell(scene, view, `z${id}`, z, "z", l, x, y, size.w, size.h, {j, o: 0});
  }
  const [at, anchor] = tight ? [x + 0.15 * em, "start"] : [x + size.w / 2, "middle"];
  word(scene, `na${l}`, at, top - 0.9 * em, asColumn(name("a", l)), {anchor});
  const roomy = view.width > (m.last + 2) * 5.5 * em,
    title = roomy ? heading(l, m.last) : l ? String(l) : "";
  const middle = Math.min(view.width - 2.6 * em, Math.max(2.6 * em, x + (l ? 0 : size.w / 2)));
  word(scene, `h${l}`, middle, top - 2.5 * em, title, {ink: look.muted});
  return x + size.w;
}

// W as it stands for z = W a; at turn 1 it has turned over its diagonal, and a row of it ends at
// one neuron of the layer before.
function placeGrid(scene, view, l, x, mid, size) {
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
  const top = mid - (Math.max(...m.sizes) / 2) * size.h - 0.9 * em;
  word(scene, `nW${l}`, x, top, asGrid(name("W", l), turn > 0.5));
  for (const side of [-1, 1]) bracket(scene, `q${l}${side}`, x + side * (w / 2 + 3), mid, h, side);
}

function placeCost(scene, view, x, y, width) {
  const m = view.model,
    {root} = m.tape,
    {ch, em} = view,
    w = Math.max(width, view.cw(5)),
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
