// networkTape: the tape of a multilayer perceptron and its cost, recorded in the order in which nn does it.
//
// specification   {sizes: [n₀, n₁, …], activations: [σ of layer 1, …], loss, elementary, x, y,
//                  W: by layer the rows of Wˡ, b: by layer the biases, or null for a layer without}
// elementary      products and sums instead of one `dot` node a neuron

import {LOSSES, LOSS_NAMES, isSquared} from "./losses.js";
import {repr} from "./numerals.js";

export const ACTIVATIONS = "sigmoid tanh relu identity leaky_relu elu gelu silu softplus softmax".split(" ");
const FURTHER_OPERAND = {leaky_relu: 0.01, elu: 1};
const SYMBOLS = {
  ...{add: "+", subtract: "−", multiply: "×", divide: "÷", negative: "−", power: "^"},
  ...{sigmoid: "σ", dot: "Σwx", total: "Σ"},
};

// Writes nodes in the order of recording; `tape` puts them in topological order.
class Recorder {
  constructor() {
    this.nodes = [];
  }

  apply(operation, operands, kind = "", layer = -1, to = -1, from = -1, label = "", data = null) {
    return this.nodes.push({operation, operands, data, kind, layer, to, from, label}) - 1;
  }

  leaf(data, kind, layer = -1, to = -1, from = -1, label = "") {
    return this.apply("", [], kind, layer, to, from, label, data);
  }

  constant(data) {
    return this.leaf(data, "constant");
  }

  name(node, facts) {
    Object.assign(this.nodes[node], facts);
  }
}

// The nodes below a root as minigrad's topological_order has them: in reverse, first operands come first.
function topological(nodes, root, order, seen) {
  const stack = [root];
  while (stack.length) {
    const node = stack.pop();
    if (node < 0) {
      order.push(stack.pop());
    } else if (!seen.has(node)) {
      seen.add(node);
      stack.push(node, -1, ...nodes[node].operands);
    }
  }
}

export function networkTape(specification) {
  const spec = checkedSpec(specification),
    recorder = new Recorder();
  const {z, a} = layersOf(recorder, spec);
  const root = LOSSES[spec.loss](recorder, a.at(-1), spec.y, spec.sizes.length);
  recorder.name(root, {kind: "cost", layer: -1, to: -1, from: -1, label: "C"});
  const order = [],
    seen = new Set();
  for (const node of [root, ...z.flat(), ...a.flat()])
    topological(recorder.nodes, node, order, seen);
  const columns = tapeColumns(recorder.nodes, order);
  return {...columns, root: order.indexOf(root), network: spec, computes: true, why: ""};
}

function tapeColumns(nodes, order) {
  const place = new Map(order.map((node, k) => [node, k]));
  const operations = [...new Set(order.map(node => nodes[node].operation).filter(Boolean))];
  const column = fact => order.map(node => fact(nodes[node])),
    facts = ["data", "label", "kind", "layer", "to", "from"];
  return {
    operations,
    symbols: operations.map(name => SYMBOLS[name] ?? name),
    nodes: {
      operation: column(({operation}) => operations.indexOf(operation)),
      operands: column(({operands}) => operands.map(operand => place.get(operand))),
      ...Object.fromEntries(facts.map(fact => [fact, column(node => node[fact])])),
    },
  };
}

// --- a = σ(W a + b), layer by layer --------------------------------------------------------------

function layersOf(recorder, spec) {
  const z = [],
    a = [spec.x.map((x, k) => recorder.leaf(x, "x", 0, k + 1, -1, `x${k + 1}`))];
  spec.W.forEach((rows, l) => {
    z.push(rows.map((row, j) => preActivation(recorder, spec, row, l + 1, j + 1, a.at(-1))));
    a.push(activated(recorder, spec.activations[l], z.at(-1), l + 1));
  });
  return {z, a};
}

function preActivation(recorder, spec, row, layer, to, inputs) {
  const w = row.map((each, k) =>
    recorder.leaf(each, "w", layer, to, k + 1, placeLabel("w", layer, to, k + 1)),
  );
  const bias = spec.b[layer - 1]?.[to - 1] ?? null;
  const b = bias === null ? [] : [recorder.leaf(bias, "b", layer, to, -1, placeLabel("b", layer, to))];
  const z = spec.elementary
    ? sumOfProducts(recorder, w, inputs, b, layer, to)
    : recorder.apply("dot", [...w, ...inputs, ...b]);
  recorder.name(z, {kind: "z", layer, to, from: -1, label: placeLabel("z", layer, to)});
  return z;
}

function sumOfProducts(recorder, w, inputs, b, layer, to) {
  const products = w.map((each, k) => {
    return recorder.apply("multiply", [each, inputs[k]], "product", layer, to, k + 1);
  });
  return [...products, ...b].reduce((sum, term) => recorder.apply("add", [sum, term], "sum", layer, to));
}

function activated(recorder, activation, z, layer) {
  if (activation === "identity") return z;
  const name = j => ["a", layer, j + 1, -1, placeLabel("a", layer, j + 1)];
  if (activation === "softmax") {
    const logarithm = recorder.apply("logsumexp", z, "activation", layer);
    return z.map((each, j) => {
      const difference = recorder.apply("subtract", [each, logarithm], "activation", layer, j + 1);
      return recorder.apply("exp", [difference], ...name(j));
    });
  }
  const further = FURTHER_OPERAND[activation];
  return z.map((each, j) => {
    const operands = further === undefined ? [each] : [each, recorder.constant(further)];
    return recorder.apply(activation, operands, ...name(j));
  });
}

// The label of a place as nn.delta.notation has it: w2_11, w2_1,12.
function placeLabel(kind, layer, to, from = 0) {
  return `${kind}${layer}_${to}${from ? (to > 9 || from > 9 ? "," : "") + from : ""}`;
}

// --- what a specification must be ----------------------------------------------------------------

// The specification with numbers for texts. Throws an Error that says what does not fit, and what would.
function checkedSpec(given) {
  const spec = {elementary: false, rebuilds: true, ...given};
  spec.x = spec.x.map(Number);
  spec.y = spec.y.map(Number);
  spec.W = spec.W.map(rows => rows.map(row => row.map(Number)));
  spec.b = spec.b.map(biases => biases && biases.map(b => (b === null ? null : Number(b))));
  const fault = [...faultsOfLayers(spec), ...faultsOfCost(spec)].find(([isWrong]) => isWrong);
  if (fault) throw new Error(fault[1]);
  return spec;
}

function faultsOfLayers({sizes, activations, x, W}) {
  const depth = sizes.length - 1,
    last = activations.at(-1);
  const unknown = activations.find(name => !ACTIVATIONS.includes(name));
  const fits = (rows, l) => rows.length === sizes[l + 1] && rows.every(row => row.length === sizes[l]);
  return [
    [depth < 1 || !sizes.every(n => Number.isInteger(n) && n > 0), `sizes: ${sizes} are no layers of neurons`],
    [activations.length !== depth, `${depth} layers need as many activations, not ${activations.length}`],
    [unknown !== undefined, `unknown activation ${unknown}`],
    [activations.slice(0, -1).includes("softmax"), "softmax is for the last layer, whose neurons it couples"],
    [last === "softmax" && sizes.at(-1) === 1, "softmax of one neuron is 1 whatever z is; take sigmoid, or two"],
    [x.length !== sizes[0], `the network takes ${sizes[0]} inputs, not ${x.length}`],
    [W.length !== depth || !W.every(fits), `the weights do not fit layers of ${sizes.join(", ")}`],
  ];
}

function faultsOfCost({sizes, activations, loss, y}) {
  const outputs = sizes.at(-1),
    isOfClasses = `${loss}`.startsWith("cross_entropy");
  const isSoftmax = activations.at(-1) === "softmax",
    sum = y.reduce((all, each) => all + each, 0);
  return [
    [!LOSS_NAMES.includes(loss), `unknown loss ${loss}`],
    [isOfClasses && outputs === 1, "the cross-entropy of classes needs 2 outputs; use binary_cross_entropy"],
    [loss === "cross_entropy" && !isSoftmax, "cross_entropy is of probabilities: use softmax in the last layer"],
    [y.length !== outputs, `${outputs} outputs need as many targets, not ${y.length}`],
    [!y.every(Number.isFinite), "a target must be a finite number"],
    [!isSquared(loss) && y.some(each => each < 0 || each > 1), "for this loss a target must lie in 0 … 1"],
    [isOfClasses && Math.abs(sum - 1) > 1e-6, `the targets must add up to 1, not to ${repr(sum)}`],
  ];
}

// The nodes of a kind in a layer: neuron by neuron, the weights of each in the order of their sources.
export function nodesOf({nodes}, kind, layer) {
  const isThere = (each, node) => each === kind && nodes.layer[node] === layer;
  const found = nodes.kind.flatMap((each, node) => (isThere(each, node) ? [node] : []));
  return found.sort((a, b) => nodes.to[a] - nodes.to[b] || nodes.from[a] - nodes.from[b]);
}

// The specification of the network that a graph computes, with the numbers that it has now.
export function specOf(graph) {
  const {nodes, network} = graph.tape,
    spec = structuredClone(network);
  nodes.kind.forEach((kind, node) => {
    const l = nodes.layer[node] - 1,
      j = nodes.to[node] - 1,
      data = graph.data[node];
    if (kind === "w") spec.W[l][j][nodes.from[node] - 1] = data;
    else if (kind === "b") spec.b[l][j] = data;
    else if (kind === "x") spec.x[j] = data;
    else if (kind === "y") spec.y[j] = data;
  });
  return spec;
}

// The specification with other sizes: what has a place stays, what is new is drawn, as Glorot has it.
export function reshaped(spec, sizes, random = Math.random) {
  const fill = (count, make) => Array.from({length: count}, (_, k) => make(k));
  const drawn = l => (2 * random() - 1) * Math.sqrt(6 / (sizes[l] + sizes[l + 1]));
  const depth = sizes.length - 1,
    hidden = spec.activations.slice(0, -1),
    last = spec.activations.at(-1);
  const row = (l, j) => fill(sizes[l], k => spec.W[l]?.[j]?.[k] ?? drawn(l));
  return {
    ...spec,
    sizes,
    activations: fill(depth, l => (l === depth - 1 ? last : (hidden[l] ?? hidden.at(-1) ?? last))),
    x: fill(sizes[0], k => spec.x[k] ?? 1),
    y: fill(sizes.at(-1), j => spec.y[j] ?? 0),
    W: fill(depth, l => fill(sizes[l + 1], j => row(l, j))),
    b: fill(depth, l => (spec.b[l] === null ? null : fill(sizes[l + 1], j => spec.b[l]?.[j] ?? 0))),
  };
}
