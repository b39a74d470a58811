// Seven beats, each with a prediction about backpropagation.
import {plain, shown} from "../numbers/numerals.js";
import {range} from "../stage/marks.js";
import {chain} from "../scenes/lights.js";
import {descentFormula} from "../words/formula.js";
import {costLetter, hasRows, isToFirst, letterOf, name, sigma, through} from "../words/names.js";

const RATE = 0.1; // of the step down

// Of each beat, for a model m: where it stands before and after the answer, [zoom, step]; which marks it
// asks about; what it asks, the answers, which is right (its place in the list), what to say then. Of some:
// which marks it then talks about (`shows`); the step or the formula that it tells (`told`); the layer
// that is in sight; numbers before and after (`rows`).
export const BEATS = [
  {
    title: "A nudge",
    at: () => [1, 0],
    lit: m => [`z${m.last}_1`, `d${m.last}_1`],
    ask: m =>
      `The last neuron adds up weights times inputs: ${name("z", m.last, 1)}. Its output is ` +
      `${m.a[m.last][1] === m.z[m.last][1] ? "z itself, " : ""}${shown(dataOf(m, "a", m.last))}, the target ${plain(targetOf(m))}, the cost ${costFormula(m)}. ` +
      `Raise ${name("z", m.last, 1)} by a little: what does ${costLetter()} do?`,
    answers: () => ["it rises", "it falls"],
    right: m => (deltaOf(m, m.last) > 0 ? 0 : 1),
    then: (m, app) => {
      const z = (app.picked = m.z[m.last][1]),
        h = 1e-6,
        change = (m.graph.rootWith(z, m.data(z) + h) - m.data(m.tape.root)) / h;
      return (
        `Raised by ${h}, it changes ${costLetter()} by ${shown(change)} times that. This ratio is ` +
        `${letterOf("delta")} of the neuron: ${derivative("z")}, here ${shown(deltaOf(m, m.last))}. ` +
        `Going back from ${costLetter()} finds it for every neuron at once. What comes back is filled, ` +
        `orange if it is positive, blue if negative.`
      );
    },
    after: m => [1, m.lastArrival[m.z[m.last][1]]],
  },
  {
    title: "One edge",
    at: m => [1, stepInto(m, m.z[m.last][1], m.a[m.last - 1][1]) - 1],
    lit: m => [`w${m.last}_1_1`, `d${m.last}_1`, `e${m.last - 1}_1`, `l${m.last}_1_1`],
    ask: m =>
      `${name("delta", m.last, 1)} = ${shown(deltaOf(m, m.last))} goes back over the weight ` +
      `${weight(m, m.last, 1, 1)}. Which sign has what arrives at ${name("a", m.last - 1, 1)}?`,
    answers: () => ["positive", "negative"],
    right: m => (sentBack(m, m.last, 1, 1) > 0 ? 0 : 1),
    then: m =>
      `${costLetter()} changes ${shown(deltaOf(m, m.last))} times as fast as ${name("z", m.last, 1)}, ` +
      `and that ${shown(m.data(m.w[m.last][1][1]))} times as fast as ${name("a", m.last - 1, 1)}: the ` +
      `product is ${shown(sentBack(m, m.last, 1, 1))}. Every line works so: what comes back along it is ` +
      `multiplied by the line's local derivative (w·a changes w times as fast as a), and added where it ` +
      `arrives.`,
    after: m => [1, stepInto(m, m.z[m.last][1], m.a[m.last - 1][1])],
  },
  {
    title: "δ has a name",
    at: m => [1, lastArrival(m, "a", m.last - 1)],
    lit: m => [`e${m.last - 1}_1`, `d${m.last - 1}_1`],
    ask: m =>
      `${name("error", m.last - 1, 1)} = ${shown(errorOf(m, m.last - 1, 1))} has arrived at ` +
      `${name("a", m.last - 1, 1)}, what the neuron gives on: ${sigma()} of ${name("z", m.last - 1, 1)}. ` +
      `${name("delta", m.last - 1, 1)} is to be ∂${costLetter()}/∂${name("z", m.last - 1, 1)}. Which ` +
      `factor is missing?`,
    answers: m => [
      name("slope", m.last - 1, 1),
      name("w", m.last, 1, 1),
      name("a", m.last - 1, 1),
      "none",
    ],
    right: m => (m.a[m.last - 1][1] === m.z[m.last - 1][1] ? 3 : 0),
    then: (m, app) => {
      const l = m.last - 1,
        flat = withBias(m, app, 8),
        flatter = flat === null ? "" : `: with a bias larger by 8 δ would be ${shown(flat)}`;
      return (
        `Between z and a stands ${sigma()}, here ${kindOf(m, l)}: raise z a little, and a rises by its ` +
        `slope, ${shown(m.slope(l, 1, 1))}, times that. So ${name("delta", l, 1)} = ` +
        `${shown(deltaOf(m, l))}. Where ${sigma()} is flat, little passes${flatter}, and through a ` +
        `neuron whose δ is near 0 nothing before it learns.`
      );
    },
    after: m => [1, m.lastArrival[m.z[m.last - 1][1]]],
  },
  {
    title: "Why at z",
    at: m => [1, m.lastArrival[m.z[m.last - 1][1]]],
    lit: m => [`z${m.last - 1}_1`, `d${m.last - 1}_1`, `w${m.last - 1}_1_1`, `a${m.last - 2}_1`],
    ask: m => {
      const l = m.last - 1,
        [w, a, z] = [name("w", l, 1, 1), name("a", l - 1, 1), name("z", l, 1)];
      return (
        `${z} is a sum, ${w}·${a} + …, so it rises ${a} = ${shown(m.data(m.a[l - 1][1]))} times as fast ` +
        `as ${w}. ${name("delta", l, 1)} = ${shown(deltaOf(m, l))} is known. What is ` +
        `${name("dw", l, 1, 1)}?`
      );
    },
    answers: m => ["w", "a", "slope"].map(kind => {
      const l = m.last - 1;
      const factor = {w: name("w", l, 1, 1), a: name("a", l - 1, 1), slope: name("slope", l, 1)}[kind];
      return `${name("delta", l, 1)} · ${factor}`;
    }),
    right: () => 1,
    then: m => {
      const l = m.last - 1;
      return (
        `${name("dw", l, 1, 1)} = δ·a = ${shown(m.graph.grad[m.w[l][1][1]])}. For the bias the factor is ` +
        `1: ${derivative("b")} = δ. And to its inputs goes w·δ. That is why δ is taken at z: there all ` +
        `that a neuron has meets, weights, bias and inputs, and each gradient is one factor away. At a, ` +
        `${sigma()} would still be in between; a single w is only one of those that feed z.`
      );
    },
    after: m => [1, stepInto(m, m.z[m.last - 1][1], m.w[m.last - 1][1][1])],
  },
  {
    title: "A sum of paths",
    at: m => [1, lastLeave(m, pathsLayer(m) + 1) - 1],
    lit: m => range(m.sizes[pathsLayer(m)]).map(j => `a${pathsLayer(m)}_${j}`),
    shows: m => [`a${pathsLayer(m)}_${mostOf(m)}`, ...chain(m, pathsLayer(m), mostOf(m)).slice(2)],
    ask: m => {
      const l = pathsLayer(m),
        deltas = range(Math.min(3, m.sizes[l + 1])).map(i => shown(deltaOf(m, l + 1, i))),
        some = m.sizes[l + 1] > 3 ? `${deltas.join(", ")}, …` : deltas.join(" and ");
      return (
        `Each output of layer ${l} feeds all of layer ${l + 1}, whose δ are known by now: ${some}. Look at ` +
        `the weights between. To which output does ${costLetter()} react more, the larger ` +
        `|${derivative("a")}|?`
      );
    },
    answers: m => someOf(m, pathsLayer(m)).map(j => `neuron ${j}`),
    right: m => mostOf(m) - 1,
    then: m => {
      const l = pathsLayer(m),
        each = j => `${name("error", l, j)} = ${shown(errorOf(m, l, j))}`,
        others = someOf(m, l).slice(0, 3).filter(j => j !== mostOf(m));
      return (
        `An output goes on over all its lines, and each of them reaches ${costLetter()}: over each comes ` +
        `back w·δ, and the products add up, or cancel. ${name("error", l, mostOf(m))} = ` +
        `${pathsOf(m, l, mostOf(m))} = ${shown(errorOf(m, l, mostOf(m)))}. ${others.map(each).join(", ")}.`
      );
    },
    after: m => [1, lastArrival(m, "a", pathsLayer(m))],
    told: m => ({t: m.lastArrival[m.a[pathsLayer(m)][mostOf(m)]]}),
  },
  {
    title: "Why the T",
    at: m => [3, lastLeave(m, pathsLayer(m) + 1) - 1],
    lit: m => {
      const next = pathsLayer(m) + 1;
      return range(m.sizes[next]).flatMap(j => [`d${next}_${j}`, `w${next}_${j}_1`]);
    },
    sight: m => pathsLayer(m),
    shows: m => chain(m, pathsLayer(m), 1),
    ask: m => {
      const l = pathsLayer(m),
        [enter] = lines(),
        few = range(Math.min(3, m.sizes[l])),
        forward = few.map(k => `${name("w", l + 1, 1, k)} ${name("a", l, k)}`);
      if (few.length < m.sizes[l]) forward.push("…");
      else if (m.b[l + 1]?.[1] !== undefined) forward.push(name("b", l + 1, 1));
      return (
        `By layers. Forward, ${name("z", l + 1, 1)} = ${forward.join(" + ")}: ${enter} 1 of ` +
        `${name("W", l + 1)}, what enters neuron 1 of layer ${l + 1}. Backward, neuron 1 of layer ${l} ` +
        `adds up ${pathsOf(m, l, 1)}: what leaves it. Which product gives all ${m.sizes[l]} such sums at ` +
        `once?`
      );
    },
    answers: m => ["", "ᵀ", "⁻¹"].map(sign => productWith(m, sign)),
    right: m => (through(name("W", 1), "", true).join("") === name("W", 1) ? 0 : 1),
    then: m => {
      const l = pathsLayer(m),
        [, leave] = lines(),
        fits = m.sizes[l] === m.sizes[l + 1];
      const wrong = fits
        ? `it would give ${shown(entering(m, l))}, of what enters a neuron`
        : `it does not even fit: ${m.sizes[l]} columns for ${m.sizes[l + 1]} δ`;
      return (
        `Framed: ${leave} 1 of ${name("W", l + 1)}, what leaves neuron 1. Turned over the diagonal, it is a ` +
        `row, level with it: that is the T. Each row times δ is one sum, ${derivative("a")}; entry by entry ` +
        `(⊙) times ${sigma()}′ that is ${name("delta", l)}. As it stood, ${wrong}.`
      );
    },
    after: m => [3, lastArrival(m, "z", pathsLayer(m))],
  },
  {
    title: "A step down",
    at: m => [4, m.steps.length],
    lit: m => [`gw${m.last}_1_1`, `w${m.last}_1_1`, `d${m.last}_1`, `a${m.last - 1}_1`],
    sight: m => m.last,
    shows: m => [`gw${m.last}_1_1`, `w${m.last}_1_1`],
    ask: m =>
      `The same numbers as matrices: δ times a has filled every ${derivative("W")}. For ` +
      `${name("w", m.last, 1, 1)} it is ${shown(m.graph.grad[m.w[m.last][1][1]])}. One step of descent ` +
      `makes this weight …`,
    answers: () => ["larger", "smaller"],
    right: m => (m.graph.grad[m.w[m.last][1][1]] > 0 ? 1 : 0),
    then: m =>
      `Against the gradient: so with every weight and bias, all at once. Here is what it was, and after ` +
      `one step with ε = ${RATE} what it is. Under “Train” this is done many times.`,
    rows: (m, app) => {
      const first = m.w[m.last][1][1],
        isParameter = i => ["w", "b"].includes(m.nodes.kind[i]),
        numbers = () => [m.data(first), m.graph.grad[first], m.data(m.tape.root)],
        was = numbers();
      app.change(app.leaves().filter(isParameter).map(i => [i, m.data(i) - RATE * m.graph.grad[i]]));
      app.told = {formula: descentFormula(m.last, was[0], RATE, was[1])};
      const labels = [name("w", m.last, 1, 1), name("dw", m.last, 1, 1), costLetter()];
      return numbers().map((x, n) => [labels[n], shown(was[n]), shown(x)]);
    },
    after: m => [4, m.steps.length],
  },
];

const largest = list =>
  list.reduce((best, x, at) => (Math.abs(x) > Math.abs(list[best]) ? at : best), 0);
const someOf = (m, l) => range(Math.min(6, m.sizes[l]));
const derivative = kind => `∂${costLetter()}/∂${letterOf(kind)}`;
const dataOf = (m, kind, l) => m.data(m[kind][l][1]);
const deltaOf = (m, l, j = 1) => m.graph.grad[m.z[l][j]];
const errorOf = (m, l, j) => m.graph.grad[m.a[l][j]];
const weight = (m, l, j, k) => `${name("w", l, j, k)} = ${shown(m.data(m.w[l][j][k]))}`;
const sentBack = (m, l, j, k) => deltaOf(m, l, j) * m.data(m.w[l][j][k]);
const targetOf = m => (m.y[1] === undefined ? (m.tape.network?.y[0] ?? NaN) : m.data(m.y[1]));
const lastArrival = (m, kind, l) =>
  Math.max(...m[kind][l].flat().filter(i => i !== undefined).map(i => m.lastArrival[i]));

// The step before which a neuron of a layer has not yet sent anything on: the last to begin.
const lastLeave = (m, l) => Math.max(...m.z[l].slice(1).map(i => m.firstLeave[i]));

// What a matrix of weights has for each neuron that it leads to, and from.
const lines = () => (isToFirst() ? ["row", "column"] : ["column", "row"]);

// The last layer whose neurons each feed several, better several others; the last but one if there is none.
function pathsLayer(m) {
  const several = range(m.last - 1).filter(l => m.sizes[l] > 1 && m.sizes[l + 1] > 1).reverse();
  return several.find(l => m.sizes[l] !== m.sizes[l + 1]) ?? several[0] ?? m.last - 1;
}

// The neuron of that layer with the largest ∂C/∂a.
const mostOf = m => 1 + largest(someOf(m, pathsLayer(m)).map(j => errorOf(m, pathsLayer(m), j)));

// C = (a − y)², where it is that; else its letter.
function costFormula(m) {
  const {loss} = m.tape.network ?? {},
    half = {squared_error: "", half_squared_error: "½ "}[loss];
  if (half === undefined || m.sizes[m.last] > 1) return costLetter();
  return `${costLetter()} = ${half}(${letterOf("a")} − y)²`;
}

// The name of σ in a layer.
const kindOf = (m, l) => m.tape.network?.activations[l - 1] ?? "its activation";

// ∂C/∂a of a neuron as the sum it is.
function pathsOf(m, l, j) {
  const few = range(Math.min(3, m.sizes[l + 1])),
    dots = few.length < m.sizes[l + 1] ? " + …" : "";
  return few.map(i => `${name("w", l + 1, i, j)} ${name("delta", l + 1, i)}`).join(" + ") + dots;
}

// What W unturned would give for neuron 1.
const entering = (m, l) =>
  range(m.sizes[l]).reduce((sum, k) => sum + m.data(m.w[l + 1][1][k]) * deltaOf(m, l + 1, k), 0);

function productWith(m, sign) {
  const l = pathsLayer(m) + 1,
    W = sign ? `(${name("W", l)})${sign}` : name("W", l),
    factors = [W, name("delta", l)];
  return (hasRows() ? factors.reverse() : factors).join(" ");
}

// The step that comes from z to one of its operands; over products the last into it.
function stepInto(m, z, operand) {
  const place = m.nodes.operands[z].indexOf(operand);
  return place >= 0 ? m.stepOf.get(z * 4096 + place) : m.lastArrival[operand];
}

// δ of neuron 1 of the last hidden layer if its bias were larger; nothing stays changed.
function withBias(m, app, more) {
  const {graph} = app,
    l = m.last - 1,
    bias = m.b[l]?.[1];
  if (bias === undefined || !app.tape.computes) return null;
  const compute = number => {
    graph.set(bias, number);
    graph.forward();
    graph.backward();
    return deltaOf(m, l);
  };
  const data = graph.data[bias],
    flat = compute(data + more);
  compute(data);
  return flat;
}
