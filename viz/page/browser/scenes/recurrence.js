// The stage of a recurrence: a column a step, and below it the shared parameters on rails: a number, what
// each step adds to its gradient, and at the end that gradient. There are as many columns and rows as
// there is room for, those of the pass among them.
import {look} from "../stage/colours.js";
import {line, markMore, newScene, word} from "../stage/marks.js";
import {clipped, edgeMarks, gradientCell, nodeMarks, numberCell} from "./nodes.js";

const TOP = 2.3, // em, for the heads of the columns
  BOTTOM = 1.6,
  LEAST = 4.45, // em that a row takes
  MOST = 5,
  FEW = 3, // rows that there are, if shared parameters must stand back
  RAIL = 2.4,
  NAME = 2.2, // of a parameter, beside its number
  NODE = 5.6;

const clamp = (x, low, high) => Math.max(low, Math.min(x, high));

// Which columns and rows are in sight, and where; null if there is no room for two rows.
export function columnsInSight(view) {
  const {em, width, height, places} = view,
    {count, pitch, rows} = places.columns,
    across = (pitch * em) / 14,
    w = view.cw(6),
    ends = NAME * em + 2 * w; // of the rails
  const columns = clamp(Math.floor((width - ends) / across), 1, count),
    inside = height - (TOP + BOTTOM) * em,
    rails = railsInSight(view, Math.floor((inside - Math.min(rows, FEW) * LEAST * em) / (RAIL * em))),
    room = inside - rails.length * RAIL * em,
    seen = Math.min(rows, Math.floor(room / (LEAST * em)));
  if (seen < 2 || across > width) return null;
  const all = columns * across,
    apart = all + ends <= width, // else the rails are longer than the column
    left = (width - all) / 2 + (apart ? (NAME * em) / 2 : 0);
  const rail = apart ? [left, left + all] : [NAME * em + w, width - w - 2],
    {lo, top, rows: tallest} = firstInSight(view, columns, seen),
    high = Math.min(MOST * em, room / seen),
    dy = TOP * em + (room - seen * high) / 2;
  return {lo, end: lo + columns, top, seen, tallest, across, high, w, left, dy, rail, rails};
}

// So many rails, among them the one to which the pass has last added.
function railsInSight({t, model, places: {rails}}, most) {
  const last = ([, uses]) =>
    Math.max(...uses.map(([node, place]) => model.stepOf.get(node * 4096 + place) ?? 0).filter(at => at <= t), 0);
  const latest = rails.map(last).reduce((best, at, n, all) => (at > all[best] ? n : best), 0),
    lo = clamp(latest - (most >> 1), 0, Math.max(0, rails.length - most));
  return rails.slice(lo, lo + Math.max(0, most));
}

// The first column and row in sight: what the step of the pass joins is in the middle. And how many rows the
// columns in sight have.
function firstInSight({t, model, places: {columns, nodes}}, wide, seen) {
  const [node, place] = t ? model.steps[t - 1] : [model.tape.root, 0],
    facts = i => nodes.find(([each]) => each === i);
  const [, , y, step] = facts(node),
    [, , from, before] = facts(model.nodes.operands[node][place]) ?? [0, 0, y, step];
  const isNear = before === step && Math.abs(y - from) < seen,
    middle = Math.floor(isNear ? (y + from) / 2 : before === step ? from : y),
    lo = clamp(step - (wide >> 1), 0, columns.count - wide);
  const rows = Math.ceil(Math.max(...nodes.map(([, , high, at]) => (at >= lo && at < lo + wide ? high : 0))));
  return {lo, rows, top: clamp(middle - (seen >> 1), 0, Math.max(0, rows - seen))};
}

export function recurrenceScene(view, sight) {
  const scene = newScene(view),
    {places, em, width, height} = view,
    {lo, end, top, seen, high, dy} = sight,
    {count, pitch} = places.columns;
  const at = ([x, y], step) => [
    sight.left + (step - lo) * sight.across + (x * em) / 14,
    dy + (y - top) * high,
  ];
  const nodes = nodesInSight(view, sight);
  for (const edge of places.edges) joined(scene, view, edge, nodes, at);
  for (const [i, [x, y, step]] of nodes) nodeMarks(scene, view, i, ...at([x, y], step), NODE * em);
  for (let step = lo; step < end; step++)
    word(scene, `h${step}`, at([pitch / 2, 0], step)[0], dy - 1.2 * em, `step ${step + 1}`, {ink: look.muted});
  const bottom = dy + seen * high;
  sight.rails.forEach((rail, n) => railMarks(scene, view, rail, bottom + (n + 0.5) * RAIL * em, sight));
  markMore(scene, view, lo > 0, end < count);
  const further = places.rails.length - sight.rails.length;
  if (further)
    word(scene, "more-rails", width / 2, height - 0.8 * em, `+ ${further} shared`, {ink: look.muted});
  const rest = {ink: look.muted, anchor: "end"};
  if (top > 0) word(scene, "more-up", width - 0.3 * em, 1.1 * em, "↑", rest);
  if (top + seen < sight.tallest) word(scene, "more-down", width - 0.3 * em, bottom - 0.8 * em, "↓", rest);
  return scene;
}

// The places of nodes by number; what the first column takes from one before it stands beside its first use.
function nodesInSight({model, places: {nodes, edges, columns}}, {lo, end, top, seen}) {
  const isSeen = (y, step) => step >= lo && step < end && y > top && y < top + seen;
  const found = new Map(nodes.filter(([, , y, step]) => isSeen(y, step)).map(([i, ...place]) => [i, place])),
    taken = new Set([...found.values()].map(String));
  for (const [node, place, points, , step, from] of edges) {
    const beside = [columns.leaf, points.at(-1)[1], step],
      operand = model.nodes.operands[node][place];
    if (step !== lo || from === lo || !isSeen(beside[1], step) || taken.has(String(beside))) continue;
    if (!found.has(operand)) found.set(operand, beside);
    taken.add(String(beside));
  }
  return found;
}

function joined(scene, view, [node, place, points, label, step, from], nodes, at) {
  const start = nodes.get(view.model.nodes.operands[node][place]);
  if (!nodes.has(node) || !start) return;
  let [way, middle] = [points, label];
  if (start[2] !== from) {
    // its operand stands beside its first use
    const x1 = start[0] + 7 * NODE - view.places.columns.pitch * (step - start[2]),
      [x2, y2] = points.at(-1),
      x = (x1 + x2) / 2;
    way = [[x1, start[1]], [x, start[1]], [x, y2], [x2, y2]];
    middle = [x, (start[1] + y2) / 2 - 0.12];
  }
  edgeMarks(scene, view, node, place, way.map(point => at(point, step)), at(middle, step));
}

// A shared parameter: its number, below each column what its step adds to the gradient, and the gradient.
function railMarks(scene, view, [i, uses], y, sight) {
  const m = view.model,
    {em} = view,
    {lo, end, w, rail: [left, right]} = sight,
    part = (right - left) / (end - lo),
    rule = y + (RAIL / 2) * em;
  line(scene, `r${i}`, [[left - w, rule], [right + w, rule]], {stroke: look.hair});
  word(scene, `n${i}`, left - w - 0.3 * em, y, clipped(view, m.title(i), NAME * em), {anchor: "end"});
  numberCell(scene, view, i, left - w / 2, y, w);
  gradientCell(scene, view, i, right + w / 2, y, w);
  for (const [node, place, step] of uses) {
    if (step < lo || step >= end) continue;
    const id = `l${node}_${place}`,
      taken = m.stepOf.get(node * 4096 + place) ?? Infinity,
      done = view.t >= taken;
    const {upstream, local, contribution} = done ? m.graph.edge(taken) : {};
    const [sent, slope, added] = [upstream, local ?? 0, contribution].map(number => done && view.short(number));
    const whole = `${sent} · ${slope} = ${added}`,
      text = !done ? "?" : view.measure(whole) < part ? whole : `… = ${added}`,
      rest = {ink: done ? look.ink : look.muted, bold: view.isNow(id)};
    word(scene, `k${id}`, left + (step - lo + 0.5) * part, y, text, rest);
  }
}
