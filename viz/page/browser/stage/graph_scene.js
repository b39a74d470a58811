// The stage of a graph without neurons: where Graphviz put its nodes, or, if that is too large, a node and its neighbours.
import {cell, line, look, signColour, word} from "./marks.js";

const clipped = (view, text, room) => {
  while (view.measure(text) > room && text.length > 2) text = text.slice(0, -2) + "…";
  return text;
};

export function graphScene(view) {
  const {places} = view,
    scale = view.em / 14;
  const fits =
    places &&
    places.width * scale <= view.width - 8 &&
    places.height * scale <= view.height - 3.2 * view.em;
  return fits ? wholeGraph(view, scale) : neighbourhood(view);
}

// A node: its name, its number outlined, and below it its gradient.
function nodeMarks(scene, view, i, x, y, w) {
  const m = view.model,
    h = view.ch,
    total = m.arrivals[i],
    known = m.known(i, view.t),
    leaf = m.nodes.operation[i] < 0,
    constant = m.nodes.kind[i] === "constant";
  word(scene, `n${i}`, x, y - h - 0.7 * view.em, clipped(view, m.title(i) || "", w + view.em));
  cell(scene, `v${i}`, x, y - (constant ? 0 : h / 2 + 1), w, h, {
    text: view.short(m.data(i)),
    stroke: look.line,
    role: "data",
    node: i,
    kind: "node",
    edit: leaf && !constant,
    now: view.isNow(`v${i}`),
    pick: view.picked === i,
    border: leaf ? 2 : 1.25,
  });
  if (constant) return;
  const rest = {role: "grad", node: i, kind: "node", now: view.isNow(`g${i}`)};
  if (!known && total) {
    const arrived = m.arrived(i, view.t);
    cell(scene, `g${i}`, x, y + h / 2 + 1, w, h, {
      ...rest,
      text: arrived ? `${arrived}${total > 9 ? "/" : " of "}${total}` : "?",
      stroke: look.hair,
      dash: "3 3",
      ink: look.muted,
    });
  } else {
    const number = view.grads[i],
      was =
        view.before && view.before.grad[i] !== number
          ? signColour(view.before.grad[i], view.largestOfAll)
          : "";
    cell(scene, `g${i}`, x, y + h / 2 + 1, w, h, {
      ...rest,
      text: view.short(number),
      fill: signColour(number, view.largestOfAll),
      was,
    });
  }
}

function wholeGraph(view, scale) {
  const scene = new Map(),
    m = view.model,
    {places} = view,
    w = 5.6 * view.em;
  const dx = (view.width - places.width * scale) / 2,
    dy = (view.height - places.height * scale) / 2 + 0.5 * view.em;
  const at = ([x, y]) => [dx + x * scale, dy + y * scale];
  places.edges.forEach(([node, place, points, label]) => {
    const id = `l${node}_${place}`,
      done = view.t >= (m.stepOf.get(node * 4096 + place) || 1e9),
      now = view.isNow(id),
      local = m.graph.local(node, place);
    line(scene, id, points.map(at), {
      now,
      stroke: done ? look.line : look.hair,
      width: done ? 2 : 1.1,
      curve: true,
    });
    if (label)
      word(scene, `k${id}`, ...at(label), view.short(local ?? 0), {
        ink: now ? look.ink : look.muted,
        bold: now,
      });
  });
  places.nodes.forEach(([i, x, y]) => nodeMarks(scene, view, i, ...at([x, y]), w));
  return scene;
}

// Who sends to it, and what it sends to.
function neighbourhood(view) {
  const scene = new Map(),
    m = view.model,
    em = view.em,
    w = Math.min(6.6 * em, (view.width - 3 * em) / 3.6),
    step = m.steps[Math.max(0, view.t - 1)];
  const node = view.centre ?? (step ? step[0] : m.tape.root),
    tall = 5.2 * em,
    most = Math.max(1, Math.floor((view.height - 3 * em) / tall));
  const operands = [...new Set(m.nodes.operands[node])],
    consumers = view.consumersOf(node);
  const nearNow = list => {
    const at = step ? list.indexOf(m.nodes.operands[step[0]][step[1]]) : 0;
    const start = Math.max(0, Math.min(at - (most >> 1), list.length - most));
    return list.slice(start, start + most);
  };
  const columns = [
      [nearNow(operands), 0.18],
      [[node], 0.5],
      [consumers.slice(0, most), 0.82],
    ],
    at = new Map();
  columns.forEach(([list, share]) =>
    list.forEach((i, n) => {
      if (!at.has(i))
        at.set(i, [share * view.width, view.height / 2 + em + (n - (list.length - 1) / 2) * tall]);
    }),
  );
  const rest = (list, shownOf, share, id) => {
    if (list.length > shownOf)
      word(
        scene,
        id,
        share * view.width,
        view.height - 0.8 * em,
        `+ ${list.length - shownOf} more`,
        {ink: look.muted},
      );
  };
  rest(operands, Math.min(most, operands.length), 0.18, "rest-in");
  rest(consumers, Math.min(most, consumers.length), 0.82, "rest-out");
  ["what it is computed from", "", "who uses it"].forEach(
    (text, n) =>
      text &&
      view.width > 620 &&
      word(scene, `head${n}`, columns[n][1] * view.width, 1.1 * em, text, {ink: look.muted}),
  );
  const join = (from, to, id, label) => {
    const [p, q] = [at.get(from), at.get(to)];
    if (!p || !q) return;
    line(
      scene,
      id,
      [
        [p[0] + w / 2, p[1]],
        [q[0] - w / 2, q[1]],
      ],
      {now: view.isNow(id)},
    );
    if (label !== undefined && q[0] - p[0] - w > 4.2 * em)
      word(scene, `k${id}`, (p[0] + q[0]) / 2, (p[1] + q[1]) / 2 - 0.8 * em, view.short(label), {
        ink: look.muted,
      });
  };
  m.nodes.operands[node].forEach((o, p) => {
    if (p < 40) join(o, node, `l${node}_${p}`, m.graph.local(node, p) ?? 0);
  });
  consumers
    .slice(0, most)
    .forEach(c =>
      m.nodes.operands[c].forEach(
        (o, p) => o === node && join(node, c, `l${c}_${p}`, m.graph.local(c, p) ?? 0),
      ),
    );
  for (const [i, place] of at) nodeMarks(scene, view, i, ...place, w);
  return scene;
}
