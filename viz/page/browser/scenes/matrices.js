// The last zoom of a network. A row of blocks for each layer, from the last to the first:
// Wᵀ δ = ∂C/∂a, ⊙ σ′ = δ, and δ aᵀ = ∂C/∂W, ∂C/∂b.
import {look, signColour} from "../stage/colours.js";
import {newScene, range, word} from "../stage/marks.js";
import {columnFormat, dataCell, gradCell, slopeCell} from "../stage/cells.js";
import {bracket, cellSize, column, deltaCell, isWide, matrixCells, toneCell} from "./grids.js";
import {hasActivation} from "./sight.js";
import {asColumn, asGrid, isToFirst, jacobian, name as nameOf, outer} from "../words/names.js";

const HEAD = 3.6, // em above the rows of a layer, for names
  SECOND = 2.2; // em above a second line
// of the loss, for an output a
const SLOPES = {squared_error: "2 (a − y)", half_squared_error: "a − y"};

// Columns of cells to the left of δ, and from δ on; δ stands in one column through all rows.
function leftOf(m, l) {
  if (l < m.last) return m.sizes[l + 1] + (hasActivation(m, l) ? 3 : 2);
  return m.coupled[l] && !m.direct[l] ? m.sizes[l] + 1 : 2;
}
const rightOf = (m, l) => m.sizes[l - 1] + 1 + (m.b[l] ? 1 : 0);

export function matricesScene(view) {
  const scene = newScene(view),
    m = view.model,
    {em} = view,
    narrow = view.width < 700;
  const {lo, hi, cells, stacked} = layersInSight(view, narrow),
    layers = range(hi - lo + 1).map(n => lo + n - 1),
    height = l => heightOf(view, l, cells.h, stacked);
  // names stand over single columns, which need as much room
  const gap = Math.max((narrow ? 1 : 1.9) * em, (narrow ? 3.2 : 4.6) * em - cells.w);
  const used = layers.reduce((sum, l) => sum + height(l), 0);
  const pad = Math.max(0, Math.min(2.5 * em, (view.height - used) / (layers.length + 1)));
  const left = most(m, leftOf, layers) * cells.w + 3.6 * gap,
    right = most(m, rightOf, layers) * cells.w + 1.4 * gap,
    across = stacked ? Math.max(left + cells.w, right) : left + right;
  const margin = (view.width - across) / 2;
  let y = Math.max(0, (view.height - used - pad * (hi - lo)) / 2);
  for (const l of layers.reverse()) {
    equationRow(scene, view, l, y + HEAD * em, {cells, gap, margin, xDelta: margin + left, stacked});
    y += height(l) + pad;
  }
  return scene;
}

const most = (m, columns, layers) => Math.max(...layers.map(l => columns(m, l)));

// How high the blocks of a layer are with cells so high: names, and rows; the second line again.
function heightOf(view, l, h, stacked) {
  const rows = view.model.sizes[l] + 1;
  return (HEAD + (stacked ? SECOND : 0)) * view.em + (stacked ? 2 : 1) * rows * h;
}

// All layers, or those around the one where the pass is, if that makes the numbers legible; what δ
// fills stands beside it, or if there is no room for that on a second line.
function layersInSight(view, narrow) {
  const {model: m, em} = view,
    now = Math.min(Math.max(view.layer, 1), m.last);
  const size = (a, b, stacked = false) => {
    const layers = range(b - a + 1).map(n => a + n - 1),
      [left, right] = [leftOf, rightOf].map(columns => most(m, columns, layers)),
      used = h => layers.reduce((sum, l) => sum + heightOf(view, l, h, stacked), em),
      rows = used(1) - used(0);
    const sizes = (stacked ? [1.9] : [1.9, 4.6]).map(n => {
      const gaps = (stacked ? 4.4 : 6) * (narrow ? n * 0.5 : n) * em,
        columns = stacked ? Math.max(left + 1, right) : left + right;
      return cellSize(view, columns, rows, view.width - gaps, view.height - used(0));
    });
    return isWide(view, sizes[0]) ? sizes[0] : sizes.at(-1);
  };
  const all = size(1, m.last),
    fits = (lo, hi, stacked) => isWide(view, size(lo, hi, stacked));
  const reach = stacked => {
    let [lo, hi] = [now, now];
    while (hi < m.last && fits(lo, hi + 1, stacked)) hi += 1;
    while (lo > 1 && fits(lo - 1, hi, stacked)) lo -= 1;
    return {lo, hi, cells: size(lo, hi, stacked), stacked};
  };
  const [flat, two] = [false, true].map(stacked => fits(now, now, stacked) && reach(stacked));
  if (isWide(view, all) || (all.w >= 6 && !flat && !two))
    return {lo: 1, hi: m.last, cells: all, stacked: false};
  if (two && !(flat && flat.hi - flat.lo >= two.hi - two.lo)) return two;
  return flat || {lo: now, hi: now, cells: size(now, now), stacked: false};
}

function equationRow(scene, view, l, top, {cells: size, gap, margin, xDelta, stacked}) {
  const {model: m, em} = view,
    rows = m.sizes[l],
    mid = top + (rows / 2 + 1) * size.h;
  const y = column(rows, mid, size.h),
    tight = size.w < 2.6 * em;
  const label = (id, x, text, rest, from = top) =>
    word(scene, `${id}${l}`, x, from + size.h - 0.95 * em, text, rest);
  const deltas = (left, ys, name, from) => {
    for (const j of range(rows))
      deltaCell(scene, view, l, j, left + size.w / 2, ys[j - 1], size, `${name}${l}_${j}`);
    const [x, anchor] = tight ? [left + size.w, "end"] : [left + size.w / 2, "middle"];
    label(`n${name}`, x, asColumn(nameOf("delta", l)), {bold: true, anchor}, from);
  };
  let x = xDelta - gap; // from δ back to where it came from
  word(scene, `eq2${l}`, x + gap / 2, mid, "=", {size: 1.15});
  if (l < m.last || (!m.direct[l] && hasActivation(m, l))) {
    x = errorBlock(scene, view, l, x, y, size, gap, label);
  } else {
    const from = (hasActivation(m, l) ? "p − y" : SLOPES[m.tape.network?.loss]) ?? "from the cost";
    const [a, y] = [m.a[l][1], m.y[1]].map(i => (i === undefined ? "" : view.short(m.data(i)))),
      numbers = from.replace("a", a).replace("y", y.startsWith("−") ? `(${y})` : y),
      isOne = SLOPES[m.tape.network?.loss] && rows === 1 && a && y,
      fits = view.wide(numbers) < x - margin - gap;
    const text = isOne && fits ? numbers : from;
    word(scene, `from${l}`, x - 0.3 * gap, mid, text, {ink: look.muted, anchor: "end"});
  }
  if (l < m.last) sentBack(scene, view, l, x, mid, size, gap, label);
  word(scene, `h${l}`, Math.max(margin, 2), top - 1.9 * em, `layer ${l}`, {
    anchor: "start",
    ink: look.muted,
  });
  for (const j of range(rows))
    dataCell(scene, view, `z${l}_${j}`, m.z[l][j], "z", l, xDelta, y[j - 1], size.w, size.h, {o: 0});
  deltas(xDelta, y, "d");
  const down = stacked ? (rows + 1) * size.h + SECOND * em : 0,
    [from, start, ys] = [top + down, stacked ? margin : xDelta, y.map(each => each + down)];
  if (stacked) deltas(start, ys, "dr", from);
  x = start + size.w + gap * 0.45;
  outerProduct(scene, view, l, x, from, ys, size);
  const broad = m.sizes[l - 1] * size.w,
    xB = x + broad + gap * 0.7 + size.w / 2;
  if (!m.b[l]) return;
  for (const j of range(rows)) {
    const node = m.b[l][j],
      id = `gb${l}_${j}`;
    if (node !== undefined)
      gradCell(scene, view, id, node, "db", l, xB, ys[j - 1], size.w - 1, size.h - 1, {j});
  }
  const hasRoom = (size.w > 2.5 * em || broad > 12 * em) && xB + 2.6 * em < view.width;
  if (hasRoom) label("nb", xB, asColumn(nameOf("db", l)), {}, from);
}

// ∂C/∂a, and σ′ if each neuron has one of its own, or Jᵀ.
function errorBlock(scene, view, l, x, y, size, gap, label) {
  const m = view.model,
    rows = m.sizes[l],
    coupled = m.coupled[l],
    {w, h} = size;
  if (!coupled && hasActivation(m, l)) {
    x -= w;
    for (const j of range(rows)) slopeCell(scene, view, l, j, x + w / 2, y[j - 1], w - 2, h - 2);
    label("ns", x + w / 2, asColumn(nameOf("slope", l)));
    x -= gap;
    word(scene, `dot${l}`, x + gap / 2, (y[0] + y.at(-1)) / 2, "⊙", {size: 1.15});
  }
  x -= w;
  for (const j of range(rows)) {
    gradCell(scene, view, `e${l}_${j}`, m.a[l][j], "error", l, x + w / 2, y[j - 1], w - 1, h - 1, {
      j,
    });
  }
  label("ne", x + w / 2, asColumn(nameOf("error", l)));
  if (!coupled) return x;
  x -= rows * w + gap * 0.4;
  placeJacobian(scene, view, l, x, y, size);
  label("nJ", x + (rows * w) / 2, `${jacobian()}ᵀ`);
  return x;
}

function placeJacobian(scene, view, l, left, y, {w, h}) {
  const m = view.model,
    all = range(m.sizes[l]),
    wide = view.isWide(w, h);
  const J = all.map(j => all.map(i => m.slope(l, i, j))),
    text = columnFormat(J.flat(), w >= view.cw(6) ? 6 : 5);
  J.forEach((row, j) =>
    row.forEach((number, i) => {
      const rest = wide ? {text: text(number)} : {fill: signColour(number, 1)};
      toneCell(scene, `J${l}_${j + 1}_${i + 1}`, left + (i + 0.5) * w, y[j], w - 2, h - 2, rest);
    }),
  );
}

// Wᵀ δ of the layer after.
function sentBack(scene, view, l, x, mid, size, gap, label) {
  const m = view.model,
    next = l + 1,
    count = m.sizes[next],
    {w, h} = size,
    ys = column(count, mid, h);
  x -= gap;
  word(scene, `eq1${l}`, x + gap / 2, mid, "=", {size: 1.15});
  x -= w;
  for (const j of range(count))
    deltaCell(scene, view, next, j, x + w / 2, ys[j - 1], size, `dd${next}_${j}`);
  label("ndd", x + w / 2, asColumn(nameOf("delta", next)));
  const broad = count * w,
    left = x - broad - gap * 0.5,
    middle = left + broad / 2,
    tall = m.sizes[l] * h;
  const at = (j, k) => [left + (j - 0.5) * w, mid + (k - (m.sizes[l] + 1) / 2) * h];
  matrixCells(scene, view, "w", next, at, w - 2, h - 2);
  for (const side of [-1, 1])
    bracket(scene, `q${next}${side}`, middle + side * (broad / 2 + 2), mid, tall, side);
  label(
    "nW",
    Math.max(2 * view.em, middle - (count === 1 ? 0.5 * view.em : 0)),
    asGrid(nameOf("W", next), true),
  );
}

// δ at the left margin, a on top, each cell their product.
function outerProduct(scene, view, l, left, top, y, size) {
  const m = view.model,
    columns = m.sizes[l - 1],
    {w, h} = size,
    {em} = view;
  for (const k of range(columns)) {
    const x = left + (k - 0.5) * w,
      id = `a${l - 1}_${k}`,
      kind = l > 1 ? "a" : "x";
    dataCell(scene, view, id, m.a[l - 1][k], kind, l - 1, x, top + h * 0.5, w - 2, h - 2, {j: k});
  }
  const at = (j, k) => [left + (k - 0.5) * w, y[0] + (j - 1) * h];
  matrixCells(scene, view, "dw", l, at, w - 1, h - 1);
  const [dw, delta, before] = ["dw", "delta", "a"].map((kind, n) => nameOf(kind, l - (n > 1))),
    full = isToFirst() ? `${dw} = ${outer(delta, before).join(" ")}` : `(${dw})ᵀ`,
    broad = columns * w;
  const text = broad + 2 * w > view.wide(full) ? full : asGrid(dw);
  const [x, anchor] = w < 2.6 * em && broad < 12 * em ? [left, "start"] : [left + broad / 2, "middle"];
  word(scene, `ndw${l}`, x, top - (isWide(view, size) ? 0.95 : 0.5) * em, text, {anchor});
}
