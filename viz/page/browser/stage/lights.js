// Which marks are lit: those of the step or unit that has just been taken, and those a pointed-at number came from.

const edgeIds = (l, j, k) => [`l${l}_${j}_${k}`, `w${l}_${j}_${k}`];

export function nowMarks(m, level, t) {
  const lit = new Set();
  if (t === 0) {
    lit.add(`gc${m.tape.root}`);
    lit.add(`g${m.tape.root}`);
    return lit;
  }
  const [node, place] = m.steps[t - 1],
    operand = m.nodes.operands[node][place];
  if (!m.neurons) {
    [`l${node}_${place}`, `g${node}`, `g${operand}`].forEach(id => lit.add(id));
    return lit;
  }
  const of = m.place.get(node),
    to = m.place.get(operand);
  if (level === 1 || !of || of.kind === "cost") lightEdge(m, lit, node, place, of, to, operand);
  else if (level === 2) {
    lit.add(`d${of.l}_${of.j || 1}`);
    if (of.l < m.last)
      for (let i = 1; i <= m.sizes[of.l + 1]; i++)
        edgeIds(of.l + 1, i, of.j || 1).forEach(id => lit.add(id));
    if (!of.j) for (let j = 1; j <= m.sizes[of.l]; j++) lit.add(`d${of.l}_${j}`);
  } else for (let j = 1; j <= m.sizes[of.l]; j++) lit.add(`d${of.l}_${j}`);
  return lit;
}

function lightEdge(m, lit, node, place, of, to, operand) {
  if (!of || of.kind === "cost") {
    [`lc${node}_${place}`, `gc${node}`, `gc${operand}`].forEach(id => lit.add(id));
    if (to && to.kind === "a") lit.add(`e${to.l}_${to.j}`);
    if (to && (to.kind === "z" || (to.kind === "a" && m.a[to.l][to.j] === m.z[to.l]?.[to.j])))
      lit.add(`d${to.l}_${to.j}`);
    return;
  }
  if (of.kind === "inner" || (of.kind === "a" && m.coupled[of.l])) {
    lit.add(`softmax${of.l}`);
    if (to?.kind === "z") lit.add(`d${to.l}_${to.j}`);
    if (of.kind === "a") lit.add(`e${of.l}_${of.j}`);
    return;
  }
  if (of.kind === "a") {
    [`s${of.l}_${of.j}`, `e${of.l}_${of.j}`, `d${of.l}_${of.j}`].forEach(id => lit.add(id));
    return;
  }
  lit.add(`d${of.l}_${of.j}`);
  if (!to) return;
  if (to.kind === "a") {
    edgeIds(of.l, of.j, to.j).forEach(id => lit.add(id));
    lit.add(to.l ? `e${to.l}_${to.j}` : `a0_${to.j}`);
    if (to.l && m.a[to.l][to.j] === m.z[to.l][to.j]) lit.add(`d${to.l}_${to.j}`);
  } else if (to.kind === "w") {
    edgeIds(to.l, to.j, to.k).forEach(id => lit.add(id));
    lit.add(`a${to.l - 1}_${to.k}`);
  } else if (to.kind === "b") [`lb${to.l}_${to.j}`, `b${to.l}_${to.j}`].forEach(id => lit.add(id));
}

// What a number came from, at every zoom.
export function hoverMarks(m, mark) {
  const lit = new Set([mark.id]),
    {l, j, k, kind} = mark;
  const add = (...ids) => ids.forEach(id => lit.add(id));
  if (kind === "delta" || kind === "slope" || kind === "z") {
    add(`s${l}_${j}`, `e${l}_${j}`, `d${l}_${j}`);
    fromNext(m, lit, l, j);
  } else if (kind === "error") {
    add(`e${l}_${j}`);
    fromNext(m, lit, l, j);
  } else if (kind === "w") add(...edgeIds(l, j, k), `d${l}_${j}`, `dd${l}_${j}`, `e${l - 1}_${k}`);
  else if (kind === "dw") add(`gw${l}_${j}_${k}`, `d${l}_${j}`, `a${l - 1}_${k}`);
  else if (kind === "db" || kind === "b")
    add(`b${l}_${j}`, `gb${l}_${j}`, `d${l}_${j}`, `lb${l}_${j}`);
  return lit;
}

function fromNext(m, lit, l, j) {
  if (l < m.last)
    for (let i = 1; i <= Math.min(m.sizes[l + 1], 64); i++) {
      edgeIds(l + 1, i, j).forEach(id => lit.add(id));
      lit.add(`d${l + 1}_${i}`);
      lit.add(`dd${l + 1}_${i}`);
    }
}
