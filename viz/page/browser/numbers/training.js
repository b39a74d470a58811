// Training: gradient descent on examples in the page, w ← w − ε ∂C/∂w, as nn's `fit` does it.
//
// data       {x: N rows of n₀ numbers, y: N rows of n_L targets}
// batch      the number of examples of one update, taken in their order; all if left out
// epoch      as many updates as it takes to see every example once; the history has an entry for
//            each:
//            the cost and, by layer, √(1/N Σ ‖δˡ‖²), both of the weights before each update

import {Graph} from "./engine.js";
import {isSquared} from "./losses.js";
import {nodesOf, networkTape, specOf} from "./network.js";

const MOST_KEPT = 500; // weights of earlier epochs; of more, every second one is let go

export class Training {
  constructor(start, {data, learningRate = 0.1, batch = data.x.length}) {
    if (!data.x.length) throw new Error("training: there are no examples; give at least one");
    if (start instanceof Graph && !start.tape.network?.rebuilds) {
      throw new Error("training needs a network of layers, activations and a loss that the page knows");
    }
    this.spec = start instanceof Graph ? specOf(start) : structuredClone(start);
    this.data = data;
    this.learningRate = learningRate;
    this.batch = Math.min(batch, data.x.length);
    this.graphs = new Map();
    this.vector = vectorOf(this.spec);
    this.cost = NaN; // of the last batch
    this.stopped = ""; // why training cannot go on, in words
    this.history = [];
    this.place = 0; // the first example of the next update
    this.tally = emptyTally(this.depth);
    this.kept = new Map([[0, this.vector.slice()]]);
    this.stride = 1;
  }

  get depth() {
    return this.spec.sizes.length - 1;
  }

  get epoch() {
    return this.history.length;
  }

  // n updates; fewer if the cost is not finite any more.
  step(n = 1) {
    for (let k = 0; k < n && !this.stopped; k++) this.update();
  }

  update() {
    const end = Math.min(this.place + this.batch, this.data.x.length),
      count = end - this.place;
    const gradient = new Float64Array(this.vector.length);
    let cost = 0;
    for (let k = this.place; k < end; k++) cost += this.addExample(k, gradient);
    this.cost = cost / count;
    if (this.stopped || !Number.isFinite(this.cost)) {
      this.stopped ||=
        `the cost is ${this.cost} in epoch ${this.epoch + 1}; a smaller ` +
        `learning rate may help`;
      return;
    }
    for (let p = 0; p < gradient.length; p++)
      this.vector[p] -= this.learningRate * (gradient[p] / count);
    this.place = end % this.data.x.length;
    if (this.place === 0) this.endEpoch();
  }

  addExample(k, gradient) {
    const graph = this.graphOf(k);
    graph.forward();
    if (graph.error) this.stopped = graph.error;
    graph.backward();
    graph.parameters.forEach((node, p) => {
      gradient[p] += graph.grad[node];
    });
    graph.z.forEach((layer, l) => {
      for (const node of layer) this.tally.squares[l] += graph.grad[node] * graph.grad[node];
    });
    this.tally.cost += graph.data[graph.root];
    return graph.data[graph.root];
  }

  endEpoch() {
    const count = this.data.x.length,
      {cost, squares} = this.tally;
    this.history.push({
      cost: cost / count,
      deltaNorms: squares.map(square => Math.sqrt(square / count)),
    });
    this.tally = emptyTally(this.depth);
    if (this.epoch % this.stride === 0) this.kept.set(this.epoch, this.vector.slice());
    if (this.kept.size <= MOST_KEPT) return;
    this.stride *= 2;
    for (const epoch of this.kept.keys()) if (epoch % this.stride) this.kept.delete(epoch);
  }

  // The specification after so many epochs, or now, with the numbers of one example.
  at(epoch = -1, example = 0) {
    const vector = this.vectorAfter(epoch < 0 ? this.epoch : epoch);
    const spec = {
      ...structuredClone(this.spec),
      x: [...this.data.x[example]],
      y: [...this.data.y[example]],
    };
    return withVector(spec, vector);
  }

  // Weights that were not kept are computed again, from the last that were.
  vectorAfter(epoch) {
    if (epoch === this.epoch) return this.vector;
    const start = epoch - (epoch % this.stride),
      again = new Training(this.spec, this);
    again.vector.set(this.kept.get(start));
    while (start + again.epoch < epoch && !again.stopped) again.update();
    return again.vector;
  }

  // The activations of a layer for one x, by other weights if they are given.
  predict(x, vector = this.vector, l = this.depth) {
    const graph = this.graphOf(0, vector);
    graph.x.forEach((node, k) => {
      graph.data[node] = x[k];
    });
    graph.forward();
    return graph.a[l - 1].map(node => graph.data[node]);
  }

  // For two inputs, on a grid {x1: [from, to], x2: [from, to], columns, rows}, row by row from the
  // largest x2: the output, or of several outputs the place of the largest; or what a neuron {l, j} says.
  boundary({x1, x2, columns, rows}, vector = this.vector, neuron = null) {
    const values = new Float64Array(rows * columns);
    const between = ([from, to], k, n) => from + (to - from) * ((k + 0.5) / n);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const x = [between(x1, c, columns), between(x2, rows - 1 - r, rows)],
          outputs = this.predict(x, vector, neuron?.l);
        const place = neuron ? neuron.j - 1 : 0,
          several = !neuron && outputs.length > 1;
        values[r * columns + c] = several ? outputs.indexOf(Math.max(...outputs)) : outputs[place];
      }
    }
    return values;
  }

  // The graph of an example with the weights as they are. A squared error has one for all examples;
  // the other losses leave out terms of factor 0, and have one for each target.
  graphOf(k, vector = this.vector) {
    const x = this.data.x[k],
      y = this.data.y[k];
    const key = isSquared(this.spec.loss) ? "" : y.join(" ");
    if (!this.graphs.has(key)) this.graphs.set(key, prepared({...this.spec, x, y}));
    const graph = this.graphs.get(key);
    graph.x.forEach((node, i) => {
      graph.data[node] = x[i];
    });
    graph.y.forEach(node => {
      graph.data[node] = y[graph.tape.nodes.to[node] - 1];
    });
    graph.parameters.forEach((node, p) => {
      graph.data[node] = vector[p];
    });
    return graph;
  }
}

// A graph with the places of its parameters, in the order of `vectorOf`, of x, y, and each layer's z and a.
function prepared(spec) {
  const graph = new Graph(networkTape(spec)),
    {tape} = graph,
    depth = spec.sizes.length - 1;
  const layers = Array.from({length: depth}, (_, l) => l + 1);
  graph.parameters = layers.flatMap(l => [...nodesOf(tape, "w", l), ...nodesOf(tape, "b", l)]);
  graph.x = nodesOf(tape, "x", 0);
  graph.y = nodesOf(tape, "y", depth + 1);
  graph.z = layers.map(l => nodesOf(tape, "z", l));
  graph.a = layers.map(l => (spec.activations[l - 1] === "identity" ? graph.z[l - 1] : nodesOf(tape, "a", l)));
  return graph;
}

// W and b in one vector: layer by layer, the rows of W, then b.
function vectorOf({W, b}) {
  const biases = l => (b[l] ?? []).filter(each => each !== null);
  return Float64Array.from(W.flatMap((rows, l) => [...rows.flat(), ...biases(l)]));
}

function withVector(spec, vector) {
  let p = 0;
  const next = () => vector[p++];
  spec.W.forEach((rows, l) => {
    spec.W[l] = rows.map(row => row.map(next));
    spec.b[l] = spec.b[l] && spec.b[l].map(each => (each === null ? null : next()));
  });
  return spec;
}

function emptyTally(depth) {
  return {cost: 0, squares: Array(depth).fill(0)};
}
