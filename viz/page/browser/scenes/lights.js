// Which marks are lit: those of the step or unit that has just been taken, and those a pointed-at
// number came from.
import {range} from "../stage/marks.js";

const MOST = 64; // neurons of a layer that are lit
const edgeIds = (l, j, k) => [`l${l}_${j}_${k}`, `w${l}_${j}_${k}`];

export function nowMarks(m, level, t, focus) {
  if (t === 0) return new Set([`gc${m.tape.root}`, `g${m.tape.root}`]);
  const [node, place] = m.steps[t - 1],
    operand = m.nodes.operands[node][place];
  if (!m.neurons) return new Set([`l${node}_${place}`, `g${node}`, `g${operand}`]);
  const of = m.place.get(node),
    isCost = !of || of.kind === "cost",
    all = () => range(m.sizes[of.l]);
  if (level === 1 || isCost) return new Set(ofStep(m, node, place, operand));
  const k = focus?.l === of.l ? focus.j : (level === 2 && of.j) || 1;
  if (level === 3) return new Set(chain(m, of.l, k));
  const lit = of.j && level === 2 ? [`d${of.l}_${of.j}`] : all().map(j => `d${of.l}_${j}`);
  if (of.l < m.last) lit.push(...range(m.sizes[of.l + 1]).flatMap(i => edgeIds(of.l + 1, i, k)));
  return new Set(lit);
}

// An edge: what it starts from, where it ends, and the factor.
function ofStep(m, node, place, operand) {
  const of = m.place.get(node),
    to = m.place.get(operand),
    isA = to?.kind === "a";
  // of z, and of an a that is z
  const delta = to && m.z[to.l]?.[to.j] === operand ? [`d${to.l}_${to.j}`] : [];
  if (!of || of.kind === "cost") {
    const error = isA ? [`e${to.l}_${to.j}`] : [];
    return [`lc${node}_${place}`, `gc${node}`, `gc${operand}`, ...error, ...delta];
  }
  const own = [`d${of.l}_${of.j}`];
  if (of.kind === "inner" || (of.kind === "a" && m.coupled[of.l])) {
    return [`softmax${of.l}`, ...delta, ...(of.kind === "a" ? [`e${of.l}_${of.j}`] : [])];
  }
  if (of.kind === "a") return [`s${of.l}_${of.j}`, `e${of.l}_${of.j}`, ...own];
  if (isA)
    return [
      ...own,
      ...edgeIds(of.l, of.j, to.j),
      to.l ? `e${to.l}_${to.j}` : `a0_${to.j}`,
      ...delta,
    ];
  const name = `${to?.l}_${to?.j}`;
  if (to?.kind === "w")
    return [...own, ...edgeIds(to.l, to.j, to.k), `gw${name}_${to.k}`, `a${to.l - 1}_${to.k}`];
  if (to?.kind === "b") return [...own, `lb${name}`, `b${name}`, `gb${name}`];
  return own;
}

// What a number came from, at every zoom.
export function hoverMarks(m, {id, kind, l, j, k}) {
  const neuron = `${l}_${j}`,
    lit = [id];
  if (["delta", "slope", "z"].includes(kind)) lit.push(...chain(m, l, j));
  if (kind === "error") lit.push(`e${neuron}`, ...fromNext(m, l, j));
  if (kind === "w") lit.push(...edgeIds(l, j, k), `d${neuron}`, `dd${neuron}`, `e${l - 1}_${k}`);
  if (kind === "dw") lit.push(`gw${neuron}_${k}`, `d${neuron}`, `a${l - 1}_${k}`);
  if (kind === "db" || kind === "b")
    lit.push(`b${neuron}`, `gb${neuron}`, `d${neuron}`, `lb${neuron}`);
  return new Set(lit);
}

// δ of a neuron, and all that it is made of.
export const chain = (m, l, j) => [..."dse"].map(letter => `${letter}${l}_${j}`).concat(fromNext(m, l, j));

function fromNext(m, l, j) {
  if (l >= m.last) return [];
  const next = l + 1,
    each = i => [...edgeIds(next, i, j), `d${next}_${i}`, `dd${next}_${i}`];
  return range(Math.min(m.sizes[next], MOST)).flatMap(each);
}
