// Seven beats, each with a prediction about backpropagation.
import {shown} from "../numbers/numerals.js";
import {range} from "../stage/marks.js";
import {costLetter, name, sigma} from "../words/names.js";

// Of each beat, for a model m: where it stands before and after the answer, [zoom, step]; which
// marks it asks about; what it asks, the answers, which is right (its place in the list), what to
// say then.
export const BEATS = [
  {
    title: "A nudge",
    at: () => [1, 0],
    lit: m => [`z${m.last}_1`, `d${m.last}_1`],
    ask: m =>
      `The output ${name("a", m.last, 1)} is ${shown(dataOf(m, "a", m.last))}, its target ` +
      `${shown(targetOf(m))}. ` +
      `Raise ${name("z", m.last, 1)} by a little: what does ${costLetter()} do?`,
    answers: () => ["it rises", "it falls"],
    right: m => (deltaOf(m, m.last) > 0 ? 0 : 1),
    then: (m, app) => {
      const z = m.z[m.last][1],
        h = 1e-4,
        change = (m.graph.rootWith(z, m.data(z) + h) - m.data(m.tape.root)) / h;
      app.picked = z;
      return (
        `Raised by 0.0001, ${costLetter()} changes by ${shown(change)} times that. That ` +
        `ratio is what backward ` +
        `computes for every number at once: δ of a neuron is ∂${costLetter()}/∂z, here ` +
        `${shown(deltaOf(m, m.last))}.`
      );
    },
    after: m => [1, m.lastArrival[m.z[m.last][1]]],
  },
  {
    title: "One edge",
    at: m => [1, edgeStep(m) - 1],
    lit: m => [`w${m.last}_1_1`, `d${m.last}_1`, `e${m.last - 1}_1`, `l${m.last}_1_1`],
    ask: m =>
      `${name("delta", m.last, 1)} = ${shown(deltaOf(m, m.last))} goes back over the ` +
      `weight ${name("w", m.last, 1, 1)} ` +
      `= ${shown(m.data(m.w[m.last][1][1]))}. Which sign arrives at ${name("a", m.last - 1, 1)}?`,
    answers: () => ["positive", "negative"],
    right: m => (sentBack(m) > 0 ? 0 : 1),
    then: m =>
      `What arrives is upstream times local derivative, and the local derivative of a ` +
      `product is the other ` +
      `factor: here the weight. The product is ${shown(sentBack(m))}.`,
    after: m => [1, edgeStep(m)],
  },
  {
    title: "A sum of paths",
    at: m => [2, Math.max(0, firstLeave(m, pathsLayer(m) + 1) - 1)],
    lit: m =>
      range(m.sizes[pathsLayer(m)]).flatMap(j =>
        ["box", "a"].map(of => `${of}${pathsLayer(m)}_${j}`),
      ),
    ask: m =>
      `Look at the weights that lead on from layer ${pathsLayer(m)}. Which of its neurons ` +
      `gets more of the error, ` +
      `the larger |∂${costLetter()}/∂a|?`,
    answers: m => someOf(m, pathsLayer(m)).map(j => `neuron ${j}`),
    right: m => largest(someOf(m, pathsLayer(m)).map(j => errorOf(m, pathsLayer(m), j))),
    then: m => {
      const l = pathsLayer(m),
        each = j => `∂${costLetter()}/∂${name("a", l, j)} = ${shown(errorOf(m, l, j))}`;
      const added =
        m.sizes[l + 1] > 1 ? ", and what comes over several lines is added: it may cancel" : "";
      return (
        `Over each line w·δ comes back${added}. ` +
        `${someOf(m, l).slice(0, 3).map(each).join(", ")}.`
      );
    },
    after: m => [2, m.lastArrival[m.z[pathsLayer(m)][1]]],
  },
  {
    title: "δ has a name",
    at: m => [1, lastArrival(m, "a", m.last - 1)],
    lit: m => [`e${m.last - 1}_1`, `d${m.last - 1}_1`],
    ask: m =>
      `∂${costLetter()}/∂${name("a", m.last - 1, 1)} = ${shown(errorOf(m, m.last - 1, 1))} ` +
      `has arrived. ` +
      `${name("delta", m.last - 1, 1)} is to be ` +
      `∂${costLetter()}/∂${name("z", m.last - 1, 1)}. Which factor is missing?`,
    answers: m => [
      name("slope", m.last - 1, 1),
      name("w", m.last, 1, 1),
      name("a", m.last - 1, 1),
      "none",
    ],
    right: m => (m.a[m.last - 1][1] === m.z[m.last - 1][1] ? 3 : 0),
    then: m =>
      `Between z and a stands ${sigma()}, and its local derivative is its slope, ` +
      `${shown(m.slope(m.last - 1, 1, 1))}. ` +
      `So ${name("delta", m.last - 1, 1)} = ${shown(deltaOf(m, m.last - 1))}: how fast ` +
      `${costLetter()} changes with what the ` +
      `neuron added up. It is taken at z because z is a sum: there δ is also ` +
      `∂${costLetter()}/∂b, and times a it is ∂${costLetter()}/∂w.`,
    after: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
  },
  {
    title: "A neuron that is shut",
    at: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
    lit: m => [`z${m.last - 1}_1`, `d${m.last - 1}_1`],
    ask: m =>
      `Add 8 to the bias of neuron 1 in layer ${m.last - 1}: its z goes far to the right, ` +
      `where ${sigma()} may be flat. ` +
      `What becomes of its δ, now ${shown(deltaOf(m, m.last - 1))}?`,
    answers: () => ["it grows", "it shrinks", "it stays"],
    right: (m, app) => {
      const share = shutShare(m, app);
      return share > 1.05 ? 0 : share < 0.95 ? 1 : 2;
    },
    then: (m, app) => {
      const was = deltaOf(m, m.last - 1),
        bias = m.b[m.last - 1]?.[1];
      if (bias !== undefined) {
        app.change([[bias, m.data(bias) + 8]]);
        app.borrowed = true;
      }
      return (
        `The slope there is ${shown(m.slope(m.last - 1, 1, 1))}, and it multiplies all ` +
        `that passes: δ goes from ` +
        `${shown(was)} to ${shown(deltaOf(m, m.last - 1))}. Where it is near 0, nothing ` +
        `below learns through this neuron. ` +
        "With the next question the bias is what it was."
      );
    },
    after: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
  },
  {
    title: "Why the T",
    at: m => [3, firstLeave(m, pathsLayer(m) + 1) - 1],
    lit: m => range(m.sizes[pathsLayer(m) + 1]).map(j => `d${pathsLayer(m) + 1}_${j}`),
    ask: m => {
      const l = pathsLayer(m),
        [to, from] = [m.sizes[l + 1], m.sizes[l]];
      return (
        `Forward, row j of ${name("W", l + 1)} holds the weights that enter neuron j: ` +
        `${counted(to, "row")}, ` +
        `${counted(from, "column")}. Backward, neuron k of layer ${l} gathers over the ` +
        `weights that leave it. ` +
        `By what is ${name("delta", l + 1)} multiplied to give all ${from} sums at once?`
      );
    },
    answers: m => ["W", "Wᵀ", "W⁻¹"].map(text => text.replace("W", name("W", pathsLayer(m) + 1))),
    right: () => 1,
    then: () =>
      "The weights that leave neuron k stand in column k of W; turned over the diagonal, " +
      "column k is row k. " +
      "Nothing is inverted: the error does not undo the forward pass, it is carried back " +
      "over the same weights.",
    after: m => [3, lastArrival(m, "z", pathsLayer(m))],
  },
  {
    title: "A step down",
    at: m => [4, m.steps.length],
    lit: m => [`gw${m.last}_1_1`, `d${m.last}_1`, `a${m.last - 1}_1`],
    ask: m =>
      `δ times a has filled ∂${costLetter()}/∂W. For ${name("w", m.last, 1, 1)} it is ` +
      `${shown(m.graph.grad[m.w[m.last][1][1]])}. One step of descent makes this weight …`,
    answers: () => ["larger", "smaller"],
    right: m => (m.graph.grad[m.w[m.last][1][1]] > 0 ? 1 : 0),
    then: (m, app) => {
      const C = m.data(m.tape.root),
        rate = 0.1,
        isParameter = i => "wb".includes(m.nodes.kind[i]);
      const parameters = app.leaves().filter(i => m.nodes.kind[i] && isParameter(i));
      app.change(parameters.map(i => [i, m.data(i) - rate * m.graph.grad[i]]));
      return (
        `w ← w − ε ∂${costLetter()}/∂w goes against the gradient, for every weight and ` +
        `bias: with ε = ${rate} ` +
        `${costLetter()} goes from ${shown(C)} to ${shown(m.data(m.tape.root))}. Under ` +
        `“Train” this is done many times.`
      );
    },
    after: m => [4, m.steps.length],
  },
];

const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
const largest = list =>
  list.reduce((best, x, at) => (Math.abs(x) > Math.abs(list[best]) ? at : best), 0);
const someOf = (m, l) => range(Math.min(6, m.sizes[l]));
const dataOf = (m, kind, l) => m.data(m[kind][l][1]);
const deltaOf = (m, l) => m.graph.grad[m.z[l][1]];
const errorOf = (m, l, j) => m.graph.grad[m.a[l][j]];
const sentBack = m => deltaOf(m, m.last) * m.data(m.w[m.last][1][1]);
const targetOf = m => (m.y[1] === undefined ? (m.tape.network?.y[0] ?? NaN) : m.data(m.y[1]));
const firstLeave = (m, l) =>
  Math.min(...m.z[l].filter(i => i !== undefined).map(i => m.firstLeave[i]));
const lastArrival = (m, kind, l) =>
  Math.max(...range(m.sizes[l]).map(j => m.lastArrival[m[kind][l][j]]));

// The last layer whose neurons each feed several; the last but one if there is none.
function pathsLayer(m) {
  return (
    range(m.last - 1)
      .reverse()
      .find(l => m.sizes[l] > 1 && m.sizes[l + 1] > 1) ?? m.last - 1
  );
}

function edgeStep(m) {
  const z = m.z[m.last][1],
    operand = m.a[m.last - 1][1],
    place = m.nodes.operands[z].indexOf(operand);
  return place >= 0 ? m.stepOf.get(z * 4096 + place) : m.lastArrival[operand];
}

// By what δ of a neuron would be multiplied if its bias were 8 larger; nothing stays changed.
function shutShare(m, app) {
  const {graph} = app,
    bias = m.b[m.last - 1]?.[1],
    z = m.z[m.last - 1][1],
    before = graph.grad[z];
  if (bias === undefined || !app.tape.computes) return 1;
  const compute = number => {
    graph.set(bias, number);
    graph.forward();
    graph.backward();
    return graph.grad[z];
  };
  const data = graph.data[bias],
    share = Math.abs(compute(data + 8) / before);
  compute(data);
  return share;
}
