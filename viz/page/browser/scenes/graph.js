// The stage of a graph without neurons: where Graphviz put its nodes, the columns and rails of a
// recurrence, or, if that is too large, a node and its neighbours.
import {look, signColour} from "../stage/colours.js";
import {cell, line, markMore, newScene, word} from "../stage/marks.js";
import {largestOf, unknown} from "../stage/cells.js";

export function graphScene(view) {
  const {places, em} = view,
    scale = em / 14;
  view.largestOfAll = largestOf(view.final);
  const fits =
    places &&
    places.width * scale <= view.width - 8 &&
    places.height * scale <= view.height - 3.2 * em;
  return fits ? wholeGraph(view, scale) : neighbourhood(view);
}

// A node: its name, its number outlined, and below it its gradient.
function nodeMarks(scene, view, i, x, y, w) {
  const m = view.model,
    h = view.ch,
    isLeaf = m.nodes.operation[i] < 0,
    isConstant = m.nodes.kind[i] === "constant";
  word(scene, `n${i}`, x, y - h - 0.7 * view.em, clipped(view, m.title(i), w + view.em));
  cell(scene, `v${i}`, x, y - (isConstant ? 0 : h / 2 + 1), w, h, {
    text: view.short(m.data(i)),
    stroke: look.line, role: "data", node: i, kind: "node", now: view.isNow(`v${i}`),
    edit: isLeaf && !isConstant,
    pick: view.picked === i,
    border: isLeaf ? 2 : 1.25,
  });
  if (isConstant) return;
  const facts = {role: "grad", node: i, kind: "node", now: view.isNow(`g${i}`)};
  cell(scene, `g${i}`, x, y + h / 2 + 1, w, h, {...facts, ...gradient(view, i)});
}

function gradient(view, i) {
  const {model, largestOfAll} = view,
    number = view.grads[i],
    before = view.before?.grad[i] ?? number;
  if (!model.known(i, view.t) && model.arrivals[i]) return unknown(view, i, true);
  const was = before === number ? "" : signColour(before, largestOfAll);
  return {text: view.short(number), fill: signColour(number, largestOfAll), was};
}

function clipped(view, text, room) {
  while (view.measure(text) > room && text.length > 2) text = text.slice(0, -2) + "…";
  return text;
}

// The graph where its places are; of a recurrence as many columns as there is room for, those of the
// pass among them.
function wholeGraph(view, scale) {
  const scene = newScene(view),
    m = view.model,
    {places, em} = view,
    {count, left, pitch} = places.columns ?? {count: 1, left: 0, pitch: places.width};
  const seen = Math.min(count, Math.floor((view.width / scale - left) / pitch)),
    stepOf = new Map(places.nodes.map(([i, , , step]) => [i, step ?? 0])),
    now = view.t ? stepOf.get(m.steps[view.t - 1][0]) : count - 1,
    lo = Math.max(0, Math.min(now - (seen >> 1), count - seen)),
    isSeen = (step = 0) => step >= lo && step < lo + seen;
  const dx = (view.width - (left + seen * pitch) * scale) / 2,
    dy = (view.height - places.height * scale + em) / 2;
  const at = ([x, y], step = 0) => [dx + (left + (step - lo) * pitch + x) * scale, dy + y * scale];
  for (const [node, place, points, label, step, from] of places.edges) {
    const id = `l${node}_${place}`,
      done = view.t >= (m.stepOf.get(node * 4096 + place) ?? Infinity);
    if (!isSeen(step) || !isSeen(from)) continue;
    const lit = view.isNow(id),
      ink = lit ? look.ink : look.muted,
      stroke = done ? look.line : look.hair,
      way = points.map(point => at(point, step));
    line(scene, id, way, {now: lit, stroke, width: done ? 2 : 1.1, curve: true});
    word(scene, `k${id}`, ...at(label, step), view.short(m.graph.local(node, place) ?? 0), {ink, bold: lit});
  }
  for (const [i, x, y, step] of places.nodes)
    if (isSeen(step)) nodeMarks(scene, view, i, ...at([x, y], step), 5.6 * em);
  for (let step = lo; places.columns && step < lo + seen; step++)
    word(scene, `h${step}`, at([pitch / 2, 0], step)[0], 1.1 * em, `step ${step + 1}`, {ink: look.muted});
  for (const rail of places.rails ?? []) railMarks(scene, view, rail, at, [lo, lo + seen]);
  markMore(scene, view, lo > 0, lo + seen < count);
  return scene;
}

// A shared parameter, and below each column what its step adds to the gradient.
function railMarks(scene, view, [i, y, uses], at, [lo, end]) {
  const m = view.model,
    {left, pitch} = view.places.columns,
    level = x => at([x, y], lo);
  line(scene, `r${i}`, [level(-left / 2), level((end - lo) * pitch)], {stroke: look.hair});
  nodeMarks(scene, view, i, ...level(-left / 2), 5.6 * view.em);
  for (const [node, place, step] of uses) {
    const id = `l${node}_${place}`,
      taken = m.stepOf.get(node * 4096 + place) ?? Infinity,
      done = view.t >= taken;
    if (step < lo || step >= end) continue;
    const [x, middle] = at([pitch / 2, y], step),
      {upstream, local, contribution} = done ? m.graph.edge(taken) : {};
    const [sent, slope, added] = [upstream, local ?? 0, contribution].map(number => done && view.short(number));
    const rest = {ink: done ? look.ink : look.muted, bold: view.isNow(id)};
    word(scene, `k${id}`, x, middle - 0.75 * view.em, done ? `${sent} · ${slope} = ${added}` : "?", rest);
  }
}

// A node, to the left what it is computed from, to the right who uses it.
function neighbourhood(view) {
  const scene = newScene(view),
    m = view.model,
    {em, width, height} = view,
    step = m.steps[Math.max(0, view.t - 1)];
  const node = step ? step[0] : m.tape.root,
    {operands} = m.nodes,
    consumers = view.consumersOf(node);
  const tall = 5.2 * em,
    most = Math.max(1, Math.floor((height - 3 * em) / tall));
  const sources = [...new Set(operands[node])],
    now = step ? sources.indexOf(operands[node][step[1]]) : 0;
  const start = Math.max(0, Math.min(now - (most >> 1), sources.length - most)),
    at = new Map();
  const columns = [
    {
      share: 0.18,
      title: "what it is computed from",
      all: sources,
      list: sources.slice(start, start + most),
    },
    {share: 0.5, title: "", all: [node], list: [node]},
    {share: 0.82, title: "who uses it", all: consumers, list: consumers.slice(0, most)},
  ];
  columns.forEach(({share, title, all, list}, n) => {
    const x = share * width,
      rest = all.length - list.length,
      top = height / 2 + em - ((list.length - 1) / 2) * tall;
    list.forEach((i, row) => {
      if (!at.has(i)) at.set(i, [x, top + row * tall]);
    });
    if (rest) word(scene, `rest${n}`, x, height - 0.8 * em, `+ ${rest} more`, {ink: look.muted});
    if (title && width > 620) word(scene, `head${n}`, x, 1.1 * em, title, {ink: look.muted});
  });
  joinNeighbours(
    scene,
    view,
    at,
    [node, ...columns[2].list],
    Math.min(6.6 * em, (width - 3 * em) / 3.6),
  );
  return scene;
}

function joinNeighbours(scene, view, at, nodes, w) {
  const {model: m, em} = view;
  for (const node of nodes)
    m.nodes.operands[node].forEach((operand, place) => {
      const [from, to, id] = [at.get(operand), at.get(node), `l${node}_${place}`];
      if (!from || (node !== nodes[0] && operand !== nodes[0])) return;
      line(scene, id, [[from[0] + w / 2, from[1]], [to[0] - w / 2, to[1]]], {now: view.isNow(id)});
      const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2 - 0.8 * em],
        local = m.graph.local(node, place) ?? 0;
      if (to[0] - from[0] - w > 4.2 * em)
        word(scene, `k${id}`, x, y, view.short(local), {ink: look.muted});
    });
  for (const [i, place] of at) nodeMarks(scene, view, i, ...place, w);
}
