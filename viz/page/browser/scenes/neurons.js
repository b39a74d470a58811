// The first two zooms of a network: its operations, and its neurons.
import {look, signColour} from "../stage/colours.js";
import {cell, disc, line, markMore, newScene, range, word} from "../stage/marks.js";
import {dataCell, gradCell, heading, slopeCell} from "../stage/cells.js";
import {placeCost, spread} from "./cost.js";
import {hasActivation, layersInSight, neuronsInSight, rowsHeight} from "./sight.js";
import {costLetter, jacobian, letterOf, name, sigma} from "../words/names.js";

const LOOSE = 3.5; // em from one weight to the next

export function networkScene(view, level) {
  const scene = newScene(view),
    m = view.model,
    {em} = view,
    cw = view.cw();
  const {lo, hi, used} = layersInSight(view, level),
    sight = neuronsInSight(view, level, lo, hi);
  view.floor = view.height - (sight.some((seen, l) => seen.length < m.sizes[l]) ? 2 * em : 0);
  const pitches = range(m.last).filter(l => l >= lo && l <= hi).map(l => pitchOf(view, level, l, sight));
  view.isOpen = Math.min(...pitches) >= LOOSE;
  view.pitch = view.isOpen ? Math.min(4.2, ...pitches) : 1.75;
  const spare = (view.width - used) / (hi - lo + 2); // the lines take what room is left
  let x = Math.max(0.5 * em, Math.min(spare / 2, 2 * em)) + cw / 2;
  const stretch = Math.max(0, (view.width - used - 2 * x + cw) / (hi - lo + 1));
  const centres = [];
  centres[lo - 1] = placeSources(scene, view, level, lo - 1, sight[lo - 1], x);
  x += cw / 2;
  for (let l = lo; l <= Math.min(hi, m.last); l++) {
    x = placeLayer(scene, view, level, l, sight, centres, x, stretch);
  }
  if (hi > m.last) placeCost(scene, view, level, centres, x, stretch);
  markMore(scene, view, lo > 1, hi <= m.last);
  return scene;
}

// How far apart the weights of a layer can stand, in em. A gradient stands below each if they all have
// room for it; else it is a strip at the lower edge.
function pitchOf(view, level, l, sight) {
  const bias = view.model.b[l] && level === 1 ? 1 : 0,
    rows = (sight[l - 1].length + bias) * sight[l].length;
  return (view.floor / view.em - 2.9 - sight[l].length / 2) / rows;
}

// The inputs, or the outputs of the layer before the first that is in sight.
function placeSources(scene, view, level, l, sight, x) {
  const {model: m, em, ch} = view,
    pitch = Math.min(7.5 * em, (view.floor - 3.4 * em) / sight.length);
  const ys = new Map(),
    cw = view.cw();
  word(scene, `h${l}`, Math.max(x, 2.6 * em), 1.1 * em, heading(l, m.last), {ink: look.muted});
  spread(view, sight.length, pitch).forEach((y, at) => {
    const j = sight[at],
      node = m.a[l][j],
      lower = level === 1 ? y + ch + 2 : y;
    dataCell(scene, view, `a${l}_${j}`, node, l ? "a" : "x", l, x, y, cw, ch);
    word(scene, `na${l}_${j}`, x, y - 1.62 * em, name("a", l, j));
    const rest = {j, o: level === 1 ? 1 : 0};
    if (m.arrivals[node])
      gradCell(scene, view, `e${l}_${j}`, node, "error", l, x, lower, cw, ch, rest);
    ys.set(j, {x: x + cw / 2, y});
  });
  placeHidden(scene, view, l, sight, x);
  return ys;
}

// How many neurons of a layer are not in sight.
function placeHidden(scene, view, l, sight, x) {
  const rest = view.model.sizes[l] - sight.length,
    place = Math.max(4 * view.em, x);
  if (!rest) return;
  const at = Math.min(view.width - 4 * view.em, place);
  word(scene, `rest${l}`, at, view.height - 0.8 * view.em, `+ ${rest} more`, {ink: look.muted});
}

// --- a layer -------------------------------------------------------------------------------------

function placeLayer(scene, view, level, l, sight, centres, left, stretch) {
  const {model: m, em} = view,
    cw = view.cw(),
    before = centres[l - 1],
    targets = sight[l];
  const sources = sight[l - 1].filter(k => m.w[l][targets[0]]?.[k] !== undefined);
  const room = view.floor - 3.4 * em,
    bias = m.b[l] && level === 1 ? 1 : 0,
    lines = sources.length + bias;
  const loose = Math.min(1.5, Math.max(1, room / rowsHeight(view, lines, targets.length))),
    rowPitch = Math.max(view.pitch, 1.75 * loose) * em,
    block = Math.max(6 * em, lines * rowPitch);
  const between = Math.min(
    3 * em,
    Math.max(0.5 * em, (room - targets.length * block) / targets.length),
  );
  const pitch = level === 1 ? block + between : Math.min(room / targets.length, 9 * em);
  const xW = left + (level === 1 ? 1.3 : 1.6) * em + stretch / 2 + cw / 2,
    xTimes = xW + cw / 2 + 0.85 * em;
  const xFace = (level === 1 ? xTimes + 2.25 * em : xW + cw / 2 + 1.6 * em) + stretch / 2;
  const at = {xW, xTimes, xFace},
    rows = [],
    ys = new Map();
  let right = xFace + cw;
  spread(view, targets.length, pitch).forEach((y, n) => {
    const j = targets[n],
      rowAt = row => y + (row - (lines - 1) / 2) * rowPitch;
    right = placeNeuron(scene, view, level, l, j, xFace, y);
    ys.set(j, {x: right, y});
    sources.forEach((k, row) => {
      rows.push({j, k, want: level === 1 ? rowAt(row) : (before.get(k).y + y) / 2, y});
    });
    placeBias(scene, view, level, l, j, at, rowAt(sources.length), y);
  });
  if (m.coupled[l]) placeSoftmax(scene, view, level, l, xFace, [...ys.values()]);
  const tiny = level === 2 && rows.length * 1.75 * em > room + 1.5 * em;
  const end = view.floor - (view.isOpen ? 1.9 : 1) * em;
  if (level === 2) separate(rows, tiny ? room / rows.length : view.pitch * em, end);
  for (const row of rows) placeWeight(scene, view, level, l, row, before.get(row.k), at, tiny);
  word(scene, `h${l}`, (xFace + right) / 2, 1.1 * em, heading(l, m.last), {ink: look.muted});
  placeHidden(scene, view, l, targets, (xFace + right) / 2);
  centres[l] = ys;
  return right;
}

// Rows of one column, as near as possible to where their lines cross it.
function separate(rows, pitch, end) {
  rows.sort((p, q) => p.want - q.want || p.j - q.j || p.k - q.k);
  let floor = -Infinity,
    ceiling = Infinity;
  for (const row of rows) floor = row.want = Math.max(row.want, floor + pitch);
  if (floor <= end) return;
  for (const row of [...rows].reverse())
    ceiling = row.want = Math.min(row.want, end, ceiling - pitch);
}

// Whether what comes back to an operand of a node has been added.
function hasPassed(view, node, operand) {
  const place = view.model.nodes.operands[node].indexOf(operand);
  return view.t >= (view.model.stepOf.get(node * 4096 + place) ?? Infinity);
}

function placeWeight(scene, view, level, l, row, from, {xW, xTimes, xFace}, tiny) {
  const {j, k, want: y, y: yFace} = row,
    {model: m, em, ch} = view,
    cw = view.cw(),
    node = m.w[l][j][k],
    z = m.z[l][j],
    source = m.a[l - 1][k],
    id = `l${l}_${j}_${k}`;
  if (!from) return;
  const isDirect = m.nodes.operands[z].includes(node); // else over a product, which is not drawn
  const done =
    m.known(z, view.t) && (!isDirect || hasPassed(view, z, m.arrivals[source] ? source : node));
  const largest = view.largest("w", l) * view.largest("delta", l) || 1,
    share = m.data(node) * view.final[z];
  const stroke = done ? signColour(share, largest, look.line) : look.hair;
  const width = done ? 1 + 3 * Math.min(1, Math.abs(share) / largest) : 1.1,
    half = tiny ? 0.5 * em : cw / 2;
  const end = level === 1 ? [xFace - 1.3 * em, yFace - ch / 2] : [xFace, yFace],
    now = view.isNow(id);
  line(scene, id, [[from.x, from.y], [xW - half, y], [xW + half, y], end], {stroke, width, now});
  const [w, h] = tiny ? [em, 0.6 * em] : [cw, ch];
  const {isOpen} = view;
  dataCell(scene, view, `w${l}_${j}_${k}`, node, "w", l, xW, isOpen ? y - ch / 2 - 1 : y, w, h, {j, k});
  const [x, yTimes] = level === 1 ? [xTimes, y] : [xFace, yFace];
  const times = {o: level === 1 ? 1 : 0, stroke: look.line, role: "operation"};
  disc(scene, `m${l}_${j}_${k}`, x, yTimes, 0.62 * em, "×", times);
  const known = view.grads[node] !== 0 || m.known(node, view.t),
    o = known && !tiny ? 1 : 0;
  if (isOpen) {
    gradCell(scene, view, `gw${l}_${j}_${k}`, node, "dw", l, xW, y + ch / 2 + 1, cw, ch, {j, k, o});
    return;
  }
  const fill = known ? signColour(view.grads[node], view.largest("dw", l)) : look.paper;
  const [yStrip, wide] = tiny ? [y, 0] : [y + ch / 2 - 1.5, cw - 4];
  cell(scene, `gw${l}_${j}_${k}`, xW, yStrip, wide, 3, {fill, o, role: "strip"});
}

function placeBias(scene, view, level, l, j, {xW, xTimes, xFace}, y, yFace) {
  const node = view.model.b[l]?.[j],
    {em, ch} = view,
    cw = view.cw(),
    id = `b${l}_${j}`;
  if (node === undefined) return;
  if (level === 2) {
    dataCell(scene, view, id, node, "b", l, xFace + cw / 2, yFace, cw, ch, {o: 0});
    return;
  }
  const way = [[xW + cw / 2, y], [xTimes, y], [xFace - 1.3 * em, yFace - ch / 2]],
    {isOpen} = view,
    o = view.model.known(node, view.t) ? 1 : 0;
  line(scene, `l${id}`, way, {now: view.isNow(`l${id}`)});
  dataCell(scene, view, id, node, "b", l, xW, isOpen ? y - ch / 2 - 1 : y, cw, ch, {j});
  if (isOpen)
    gradCell(scene, view, `gb${l}_${j}`, node, "db", l, xW, y + ch / 2 + 1, cw, ch, {j, o});
  disc(scene, `n${id}`, xTimes, y, 0.62 * em, "b", {stroke: look.paper});
}

// --- a neuron ------------------------------------------------------------------------------------

// Above what was computed forward, below what comes back: z over δ, σ over σ′, a over ∂C/∂a.
function placeNeuron(scene, view, level, l, j, xFace, y) {
  const {model: m, em, ch} = view,
    cw = view.cw(),
    activated = hasActivation(m, l),
    of = `${l}_${j}`;
  const whole = level === 2 && !activated,
    top = y - ch / 2 - 1,
    low = y + ch / 2 + 1,
    head = y - ch - 0.9 * em;
  const xS = xFace + 1.5 * cw + 0.45 * em; // of σ′
  const xA = level === 1 ? xS + cw + 0.45 * em : xFace + 1.5 * cw + 0.4 * em;
  const right = level === 2 ? xFace + 2 * cw + 0.4 * em : activated ? xA + cw / 2 : xFace + cw;
  const wide = right - xFace,
    centre = (xFace + right) / 2,
    xZ = whole ? centre : xFace + cw / 2;
  const frame = {stroke: look.hair, round: 8, role: "frame", o: level === 2 ? 1 : 0, l, j};
  cell(scene, `box${of}`, centre, y, wide + 0.5 * em, 2 * ch + 0.7 * em, frame);
  dataCell(scene, view, `z${of}`, m.z[l][j], "z", l, xZ, top, whole ? wide : cw, ch, {j});
  word(scene, `nz${of}`, xZ, head, name("z", l, j));
  const [xDelta, wDelta] = level === 1 ? [xZ, cw] : [centre, wide],
    delta = name("delta", l, j);
  gradCell(scene, view, `d${of}`, m.z[l][j], "delta", l, xDelta, low, wDelta, ch, {j});
  const why = level === 1 ? {} : {kind: "why", l, j, w: wide, h: 1.2 * em, role: "frame"};
  word(scene, `nd${of}`, xDelta, y + ch + 0.85 * em, level === 1 ? delta : `${delta} why?`, why);
  const plus = {stroke: look.line, role: "operation"};
  if (level === 1) disc(scene, `p${of}`, xFace - 0.68 * em, top, 0.62 * em, "+", plus);
  if (!activated) return right;
  dataCell(scene, view, `a${of}`, m.a[l][j], "a", l, xA, top, cw, ch, {j});
  word(scene, `na${of}`, xA, head, name("a", l, j));
  if (m.direct[l]) return right; // a loss on logits leaves the activation aside
  gradCell(scene, view, `e${of}`, m.a[l][j], "error", l, xA, low, cw, ch, {
    j,
    o: level === 1 ? 1 : 0,
  });
  if (m.coupled[l]) return right;
  slopeCell(scene, view, l, j, level === 1 ? xS : centre, low, cw, ch, {o: level === 1 ? 1 : 0});
  if (level === 1)
    placeActivation(scene, view, of, {xZ, xS, xA, top, low, foot: y + ch + 0.85 * em});
  return right;
}

function placeActivation(scene, view, of, {xZ, xS, xA, top, low, foot}) {
  const half = view.cw() / 2,
    across = y => [[xZ + half, y], [xA - half, y]];
  word(scene, `ne${of}`, xA, foot, `∂${costLetter()}/∂${letterOf("a")}`, {ink: look.muted});
  line(scene, `t${of}`, across(top), {});
  disc(scene, `f${of}`, xS, top, 0.75 * view.em, sigma(), {stroke: look.line, role: "operation"});
  line(scene, `u${of}`, across(low), {now: view.isNow(`s${of}`)});
  word(scene, `ns${of}`, xS, foot, `× ${sigma()}′`, {ink: look.muted});
}

function placeSoftmax(scene, view, level, l, xFace, places) {
  const {em, ch} = view,
    cw = view.cw(),
    o = level === 1 ? 1 : 0;
  const x = xFace + cw + (level === 1 ? 0.45 * em + cw / 2 : 0),
    id = `softmax${l}`;
  const top = places[0].y - ch - 0.4 * em,
    low = places.at(-1).y + ch + 0.4 * em,
    y = (top + low) / 2;
  const box = {o, stroke: look.line, round: 8, role: "operation", now: view.isNow(id)};
  cell(scene, id, x, y, Math.max(cw - 0.4 * em, 1), low - top, box);
  word(scene, `softmaxname${l}`, x, y - 1.2 * em, "soft", {o});
  word(scene, `softmaxrest${l}`, x, y, "max", {o});
  word(scene, `softmaxback${l}`, x, y + 1.3 * em, `← ${jacobian()}ᵀ`, {o});
}
