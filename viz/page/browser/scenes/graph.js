// The stage of a graph without neurons: where Graphviz put its nodes, the columns and rails of a
// recurrence, or, if that is too large, a node and its neighbours.
import {look} from "../stage/colours.js";
import {line, newScene, word} from "../stage/marks.js";
import {largestOf} from "../stage/cells.js";
import {edgeMarks, nodeMarks} from "./nodes.js";
import {columnsInSight, recurrenceScene} from "./recurrence.js";

export function graphScene(view) {
  const {places, em, width, height} = view,
    scale = em / 14,
    sight = places?.columns && columnsInSight(view);
  view.largestOfAll = largestOf(view.final);
  if (sight) return recurrenceScene(view, sight);
  const fits = places?.width * scale <= width - 8 && places.height * scale <= height - 3.2 * em;
  return fits ? wholeGraph(view, scale) : neighbourhood(view);
}

// The graph where its places are.
function wholeGraph(view, scale) {
  const scene = newScene(view),
    m = view.model,
    {places, em} = view,
    dx = (view.width - places.width * scale) / 2,
    dy = (view.height - places.height * scale + em) / 2;
  const at = ([x, y]) => [dx + x * scale, dy + y * scale];
  for (const [node, place, points, label] of places.edges)
    edgeMarks(scene, view, node, place, points.map(at), at(label));
  for (const [i, x, y] of places.nodes) nodeMarks(scene, view, i, ...at([x, y]), 5.6 * em);
  return scene;
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
