// A node of a graph without neurons: its name, its number outlined, its gradient filled; and an edge.
import {look, signColour} from "../stage/colours.js";
import {cell, line, word} from "../stage/marks.js";
import {unknown} from "../stage/cells.js";

export function nodeMarks(scene, view, i, x, y, w) {
  const {em, ch} = view,
    isConstant = view.model.nodes.kind[i] === "constant";
  word(scene, `n${i}`, x, y - ch - 0.7 * em, clipped(view, view.model.title(i), w + em));
  numberCell(scene, view, i, x, y - (isConstant ? 0 : ch / 2 + 1), w);
  if (!isConstant) gradientCell(scene, view, i, x, y + ch / 2 + 1, w);
}

export function numberCell(scene, view, i, x, y, w) {
  const m = view.model,
    isLeaf = m.nodes.operation[i] < 0;
  cell(scene, `v${i}`, x, y, w, view.ch, {
    text: view.short(m.data(i)),
    stroke: look.line, role: "data", node: i, kind: "node", now: view.isNow(`v${i}`),
    edit: isLeaf && m.nodes.kind[i] !== "constant",
    pick: view.picked === i,
    border: isLeaf ? 2 : 1.25,
  });
}

export function gradientCell(scene, view, i, x, y, w) {
  const facts = {role: "grad", node: i, kind: "node", now: view.isNow(`g${i}`)};
  cell(scene, `g${i}`, x, y, w, view.ch, {...facts, ...gradient(view, i)});
}

function gradient(view, i) {
  const {model, largestOfAll} = view,
    number = view.grads[i],
    before = view.before?.grad[i] ?? number;
  if (!model.known(i, view.t) && model.arrivals[i]) return unknown(view, i, true);
  const was = before === number ? "" : signColour(before, largestOfAll);
  return {text: view.short(number), fill: signColour(number, largestOfAll), was};
}

export function clipped(view, text, room) {
  while (view.measure(text) > room && text.length > 2) text = text.slice(0, -2) + "…";
  return text;
}

// A curve through points from an operand to a node, and at a point its local derivative.
export function edgeMarks(scene, view, node, place, points, [x, y]) {
  const m = view.model,
    id = `l${node}_${place}`,
    now = view.isNow(id),
    done = view.t >= (m.stepOf.get(node * 4096 + place) ?? Infinity);
  line(scene, id, points, {now, stroke: done ? look.line : look.hair, width: done ? 2 : 1.1, curve: true});
  const slope = view.short(m.graph.local(node, place) ?? 0);
  word(scene, `k${id}`, x, y, slope, {ink: now ? look.ink : look.muted, bold: now});
}
