// The numbers of the page: a tape with its graph, what was before, and what can be taken back.
import {Graph} from "./numbers/engine.js";
import {isSquared} from "./numbers/losses.js";
import {networkTape, specOf} from "./numbers/network.js";
import {Model} from "./stage/model.js";

const MOST_KEPT = 200; // changes that can be taken back
const UNTRAINED = {training: null, stale: false, epoch: 0, example: 0};

export class State {
  constructor(given) {
    this.given = given;
    this.t = 0; // steps of the backward pass
    this.level = this.zeta = 1; // the zoom, and where it is on its way there
    this.history = [];
    this.listeners = []; // called when numbers have changed
    this.load(given.tape);
  }

  load(tape) {
    const isAtEnd = this.t > 0 && this.t === this.model?.steps.length;
    this.tape = tape;
    this.graph = new Graph(tape);
    this.model = new Model(tape, this.graph);
    this.restructured = tape !== this.given.tape;
    this.base = this.restructured
      ? new Float64Array(this.graph.count).fill(NaN)
      : this.graph.data.slice();
    this.t = isAtEnd ? this.model.steps.length : Math.min(this.t, this.model.steps.length);
    this.picks = new Map(); // which neurons of a layer are in sight
    this.turns = []; // how far each W has turned
    this.before = this.focus = null;
    if (!this.model.neurons) this.level = this.zeta = 1;
  }

  // --- what there is -----------------------------------------------------------------------------

  isChangeable(i) {
    const {operation, kind} = this.tape.nodes;
    return operation[i] < 0 && kind[i] !== "constant";
  }

  leaves() {
    return this.tape.nodes.operation.flatMap((_, i) => (this.isChangeable(i) ? [i] : []));
  }

  changedLeaves() {
    return this.leaves().filter(i => !Object.is(this.graph.data[i], this.base[i]));
  }

  labelOf(i) {
    return this.tape.nodes.label[i] || `#${i}`;
  }

  nodeOf(label) {
    const named = label ? this.tape.nodes.label.indexOf(label) : -1,
      i = named < 0 && /^#\d+$/.test(label) ? Number(label.slice(1)) : named;
    return i >= 0 && i < this.graph.count ? i : undefined;
  }

  // The numbers of the leaves, in their order; or those that a specification gives them.
  numbers() {
    return this.leaves().map(i => this.graph.data[i]);
  }

  numbersOf(spec) {
    return this.leaves().map(i => numberOf(spec, this.tape.nodes, i) ?? this.graph.data[i]);
  }

  spec() {
    return {...specOf(this.graph), rebuilds: true};
  }

  // --- other numbers -----------------------------------------------------------------------------

  // Put numbers into leaves and compute again. `keep` leaves the ghosts of before as they are,
  // while dragging.
  change(pairs, {keep = false, remember = true} = {}) {
    if (!this.tape.computes) return;
    if (remember) this.remember();
    if (!keep) this.keepGhosts();
    const {network, nodes} = this.tape,
      before = pairs.map(([i]) => [i, this.graph.data[i]]),
      isTarget = pairs.some(([i]) => nodes.kind[i] === "y");
    this.put(pairs);
    try {
      // a cross-entropy leaves out the terms of targets that are 0: with others it is another graph
      if (isTarget && network?.rebuilds && !isSquared(network.loss))
        this.restructure(this.spec(), false);
    } catch (error) {
      this.put(before);
      if (remember) this.history.pop();
      this.say(`${error.message}.`);
    }
    this.compute();
  }

  put(pairs) {
    for (const [i, number] of pairs) this.graph.set(i, number);
  }

  keepGhosts() {
    this.before = {data: this.graph.data.slice(), grad: this.graph.grad.slice()};
  }

  compute() {
    this.graph.forward();
    this.graph.backward();
    for (const tell of this.listeners) tell(this);
    this.refresh();
  }

  // Another network; its numbers are those of the specification.
  restructure(spec, remember = true) {
    const tape = networkTape(spec); // throws what does not fit
    if (remember) this.remember();
    this.load(tape);
    this.compute();
  }

  // The numbers of a specification; the graph is another one if anything but numbers differs.
  takeSpec(spec) {
    const is = this.spec(),
      keys = ["sizes", "activations", "loss"];
    const isSame = keys.every(key => String(is[key]) === String(spec[key]));
    if (!isSame || (!isSquared(spec.loss) && String(is.y) !== String(spec.y))) {
      this.restructure(spec, false);
      return;
    }
    const numbers = this.numbersOf(spec);
    this.put(this.leaves().map((i, at) => [i, numbers[at]]));
    this.compute();
  }

  // A graph that somebody else has made or changed.
  adopt(graph) {
    if (graph !== this.graph) {
      this.load(graph.tape);
      this.put(this.leaves().map(i => [i, graph.data[i]]));
    }
    this.compute();
  }

  // --- and back ----------------------------------------------------------------------------------

  remember() {
    this.history.push({
      tape: this.tape,
      data: this.graph.data.slice(),
      training: this.trainer?.place,
    });
    if (this.history.length > MOST_KEPT) this.history.shift();
  }

  undo() {
    if (this.history.length) this.restore(this.history.pop());
  }

  reset() {
    this.remember();
    const {tape} = this.given;
    this.restore({tape, data: new Graph(tape).data, training: UNTRAINED});
  }

  restore({tape, data, training}) {
    this.trainer?.stop();
    if (tape !== this.tape) this.load(tape);
    this.before = null;
    if (this.tape.computes) this.put(this.leaves().map(i => [i, data[i]]));
    this.compute();
    if (training) this.trainer.place = training;
  }
}

// What a specification gives a leaf.
function numberOf(spec, {kind, layer, to, from}, i) {
  const l = layer[i] - 1,
    j = to[i] - 1;
  if (kind[i] === "w") return spec.W[l][j][from[i] - 1];
  if (kind[i] === "b") return spec.b[l][j];
  return kind[i] === "x" ? spec.x[j] : kind[i] === "y" ? spec.y[j] : undefined;
}
