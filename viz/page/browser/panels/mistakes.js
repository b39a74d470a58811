// The usual mistakes with δ, as the numbers that they make.
import {range} from "../stage/marks.js";
import {costLetter, name, sigma} from "../words/names.js";

// [number, what it is the result of] for δ of a neuron, the simplest mistakes first. `typed(l)`
// gives the reader's own δ of a layer, if there are as many.
export function mistakes(m, l, j, typed) {
  const at = neuronOf(m, l, j),
    found = [[-at.delta, signTurned(m, l)]],
    C = costLetter();
  const {delta, slope, error} = at,
    isLast = l === m.last;
  if (!m.coupled[l] && m.a[l][j] !== m.z[l][j]) {
    const missing = `${name("slope", l, j)} is missing: this is ∂${C}/∂${name("a", l, j)}`;
    found.push([error, missing], [delta * slope, `${sigma()}′ is there twice`]);
  }
  if (m.coupled[l] && !m.direct[l]) {
    const own = m.graph.grad[m.a[l][j]] * m.slope(l, j, j);
    found.push([own, "only the diagonal of Jᵀ: softmax couples its neurons, and every output counts"]);
  }
  const loss = m.tape.network?.loss;
  if (loss === "squared_error")
    found.push([delta / 2, "half of it: the 2 of the square is missing"]);
  if (loss === "half_squared_error")
    found.push([2 * delta, "twice of it: this cost has a ½ before the square"]);
  if (!isLast) found.push(...ofTheWayBack(m, l, j, slope));
  if (!m.coupled[l] && m.a[l][j] !== m.z[l][j]) found.push(...ofTheSlope(m, l, j, error));
  const own = isLast ? null : typed(l + 1);
  if (own) {
    const follows = slope * sum(m.sizes[l + 1], i => weight(m, l + 1, i, j) * own[i]);
    found.push([follows, `it follows rightly from your ${name("delta", l + 1)}: mend that first`]);
  }
  for (const i of range(m.sizes[l])) {
    const other = `this is ${name("delta", l, i)}: another neuron of the layer`;
    if (i !== j) found.push([deltaOf(m, l, i), other]);
  }
  return found;
}

const deltaOf = (m, l, j) => m.graph.grad[m.z[l][j]];
const sum = (count, term) => range(count).reduce((all, i) => all + term(i), 0);

function weight(m, l, j, k) {
  const node = m.w[l]?.[j]?.[k];
  return node === undefined ? NaN : m.data(node);
}

// δ of a neuron, the slope of its σ, and what came back to its output.
function neuronOf(m, l, j) {
  const delta = deltaOf(m, l, j),
    slope = m.coupled[l] ? 1 : m.slope(l, j, j);
  const back = () => sum(m.sizes[l + 1], i => weight(m, l + 1, i, j) * deltaOf(m, l + 1, i));
  return {delta, slope, error: l < m.last ? back() : delta / slope};
}

function signTurned(m, l) {
  const why = "the cost falls towards the target, so δ has the sign of a − y, not of y − a";
  return `the sign is turned${l === m.last ? `: ${why}` : ""}`;
}

function ofTheWayBack(m, l, j, slope) {
  const next = l + 1,
    count = m.sizes[next],
    W = name("W", next),
    found = [],
    delta = i => deltaOf(m, next, i);
  const add = (total, words) => found.push([slope * total, words]);
  if (count > 1 && m.w[next][j]) {
    const row = sum(Math.min(m.sizes[l], count), k => weight(m, next, j, k) * delta(k));
    const words =
      `${W} is not transposed: row ${j} was taken, where column ${j} holds the weights that leave`;
    add(row, `${words} this neuron`);
  }
  if (m.sizes[l] === count) {
    const words = `the weights are those of ${name("W", l)}; what leads on from layer ${l} is ${W}`;
    add(sum(count, i => weight(m, l, i, j) * delta(i)), words);
  }
  if (count > 1)
    for (const i of range(count)) {
      add(
        weight(m, next, i, j) * delta(i),
        `only the path over neuron ${i} of layer ${next}: add up all ${count}`,
      );
    }
  const alone = `${name("delta", next)} is missing: these are the weights alone`;
  add(sum(count, i => weight(m, next, i, j)), alone);
  const early =
    `∂${costLetter()}/∂${name("a", next)} was sent back in place of ` + `${name("delta", next)}`;
  const error = i => weight(m, next, i, j) * m.graph.grad[m.a[next][i]];
  add(sum(count, error), `${early}: the slope of layer ${next} is missing`);
  return found;
}

function ofTheSlope(m, l, j, error) {
  const node = m.a[l][j],
    rule = m.graph.rules[node],
    z = m.data(m.z[l][j]),
    a = m.data(node),
    found = [];
  const add = (slope, words) => found.push([error * slope, words]),
    s = sigma();
  for (const other of [l + 1, l - 1]) {
    if (other < 1 || other > m.last || j > m.sizes[other] || m.coupled[other]) continue;
    add(m.slope(other, j, j), `${s}′ is that of layer ${other}: take it at ${name("z", l, j)}`);
  }
  if (m.graph.arity(node) === 1 && rule?.local) {
    add(rule.local[0](rule.value(a), a), `${s}′ is taken at a; it belongs at z`);
  }
  add(a, `multiplied by a in place of ${s}′(z)`);
  add(z, `multiplied by z in place of ${s}′(z)`);
  add(1 - a, `1 − a in place of ${s}′(z)`);
  add(a * (1 - a), "a (1 − a) is the slope of the sigmoid, not of this σ");
  add(1 - a * a, "1 − a² is the slope of tanh, not of this σ");
  return found;
}
