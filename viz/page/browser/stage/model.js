// What the tape means: which node is which z, a, w, b; what is known after so many steps; where a
// step happens.
import {costLetter, name, typed} from "../words/names.js";

export class Model {
  constructor(tape, graph) {
    this.tape = tape;
    this.graph = graph;
    this.nodes = tape.nodes;
    this.steps = Array.from({length: graph.steps}, (_, s) => [graph.stepNode[s], graph.stepPlace[s]]);
    for (const letter of "zawby") this[letter] = []; // by layer; of a weight by its two neurons
    this.place = new Map();
    const n = this.nodes;
    let repeated = false; // a neuron for each example of a batch: there is no one δ to show
    for (let i = 0; i < n.data.length; i++) {
      const l = n.layer[i],
        j = n.to[i],
        k = n.from[i],
        kind = n.kind[i];
      if (kind === "w") (this.w[l] ||= [])[j] ||= [];
      if (kind === "w") this.w[l][j][k] ||= i;
      else if (kind === "y") this.y[Math.max(j, 1)] = i;
      else if (kind === "x") (this.a[0] ||= [])[j] ||= i;
      else if (kind && "zab".includes(kind)) {
        if (this[kind][l]?.[j] !== undefined) repeated = true;
        else (this[kind][l] ||= [])[j] = i;
      }
    }
    this.last = Math.max(0, this.z.length - 1);
    this.neurons = this.last > 0 && !repeated && this.isWhole();
    if (this.neurons) this.readNetwork();
    this.readSteps();
  }

  // Every layer has its z, each with weights from the layer before.
  isWhole() {
    for (let l = 1; l <= this.last; l++) {
      const before = l > 1 ? this.z[l - 1] : this.a[0];
      if (!before || !this.z[l] || !this.w[l]) return false;
      for (let j = 1; j < this.z[l].length; j++)
        if (this.z[l][j] === undefined || !this.w[l][j]?.some(i => i !== undefined)) return false;
      for (let k = 1; k < before.length; k++) if (before[k] === undefined) return false;
    }
    return true;
  }

  readNetwork() {
    this.sizes = Array.from({length: this.last + 1}, (_, l) => (this.z[l] || this.a[0]).length - 1);
    for (let l = 1; l <= this.last; l++) {
      this.a[l] ||= [];
      for (let j = 1; j <= this.sizes[l]; j++) this.a[l][j] ??= this.z[l][j]; // identity
    }
    for (const kind of "az") // an a that is z is known as z
      this[kind].slice(1).forEach((of, n) => of.forEach((i, j) => this.place.set(i, {kind, l: n + 1, j})));
    this.a[0].forEach((i, j) => this.place.set(i, {kind: "a", l: 0, j}));
    this.w.forEach((of, l) =>
      of.forEach((row, j) => row.forEach((i, k) => this.place.set(i, {kind: "w", l, j, k}))),
    );
    this.b.forEach((of, l) => of.forEach((i, j) => this.place.set(i, {kind: "b", l, j})));
    this.y.forEach((i, j) => this.place.set(i, {kind: "y", l: this.last + 1, j}));
    this.assignRest();
    this.coupled = this.sizes.map((size, l) => l > 0 && this.isCoupled(l));
  }

  // Every other node belongs to the neuron it computes, to the activation of a layer, or to the cost.
  assignRest() {
    const n = this.nodes;
    this.cost = [];
    for (let i = n.data.length - 1; i >= 0; i--) {
      if (this.place.has(i) || n.operation[i] < 0) continue;
      const facts = {kind: n.kind[i], l: n.layer[i], j: n.to[i], k: n.from[i]};
      if (["product", "sum"].includes(facts.kind)) this.place.set(i, facts);
    }
    const within = new Map(); // inner nodes of an activation
    for (let l = this.last; l >= 1; l--)
      for (const start of this.a[l].slice(1)) {
        const stack = [start];
        while (stack.length)
          for (const o of n.operands[stack.pop()]) {
            if (this.place.has(o) || within.has(o) || n.operation[o] < 0) continue;
            within.set(o, l);
            stack.push(o);
          }
      }
    for (let i = 0; i < n.data.length; i++) {
      if (this.place.has(i) || n.operation[i] < 0) continue;
      if (within.has(i)) this.place.set(i, {kind: "inner", l: within.get(i), j: 0});
      else {
        this.place.set(i, {kind: "cost", l: this.last + 1, j: 0});
        this.cost.push(i);
      }
    }
  }

  isCoupled(l) {
    return (
      this.sizes[l] > 1 &&
      this.a[l].slice(1).some((start, at) => {
        const stack = [start],
          seen = new Set();
        while (stack.length) {
          const i = stack.pop(),
            where = this.place.get(i);
          if (where && where.kind === "z" && where.l === l) {
            if (where.j !== at + 1) return true;
            continue;
          }
          if (seen.has(i)) continue;
          seen.add(i);
          stack.push(...this.nodes.operands[i]);
        }
        return false;
      })
    );
  }

  readSteps() {
    const n = this.nodes,
      count = n.data.length;
    this.arrivals = new Int32Array(count);
    this.lastArrival = new Int32Array(count);
    this.firstLeave = new Int32Array(count).fill(this.steps.length + 1);
    this.stepOf = new Map();
    this.steps.forEach(([node, place], s) => {
      const operand = n.operands[node][place];
      this.arrivals[operand]++;
      this.lastArrival[operand] = s + 1;
      this.firstLeave[node] = Math.min(this.firstLeave[node], s + 1);
      this.stepOf.set(node * 4096 + place, s + 1);
    });
    this.direct = this.neurons
      ? this.sizes.map((_, l) => l > 0 && !this.a[l].slice(1).some(i => this.arrivals[i]))
      : []; // a cost that reads z, past a
    const own = s => n.kind[n.operands[this.steps[s][0]][this.steps[s][1]]] === "constant" ? null : s;
    const byNeuron = s => this.unit(s, false),
      byLayer = this.stopsBy(s => this.unit(s, true));
    this.stops = [null, this.stopsBy(own), this.stopsBy(byNeuron), byLayer, byLayer]; // by zoom
  }

  // Steps that belong together at a zoom have the same unit.
  unit(s, layers) {
    if (!this.neurons) return layers ? 0 : this.steps[s][0];
    const {kind, l, j} = this.place.get(this.steps[s][0]) || {l: 0, j: 0, kind: ""};
    if (kind === "cost") return "C";
    if (layers) return `${l}`;
    return kind === "inner" || this.coupled[l] ? `${l} ${kind === "z" ? j : "a"}` : `${l} ${j}`;
  }

  // After which steps a reader stops: each where the last of its unit has been taken. A step into a
  // constant, whose unit is null, is passed by.
  stopsBy(unit) {
    const ends = new Map();
    this.steps.forEach((_, s) => ends.set(unit(s), s + 1));
    ends.delete(null);
    return [...new Set([0, ...ends.values(), this.steps.length])].sort((p, q) => p - q);
  }

  known(i, t) {
    return t >= this.lastArrival[i] && (this.arrivals[i] > 0 || i === this.tape.root);
  }

  arrived(i, t) {
    return this.arrivalSteps(i).filter(step => step <= t).length;
  }

  // The steps that add to the gradient of a node.
  arrivalSteps(i) {
    if (!this.stepsInto) {
      this.stepsInto = this.nodes.data.map(() => []);
      this.steps.forEach(([node, place], s) =>
        this.stepsInto[this.nodes.operands[node][place]].push(s + 1),
      );
    }
    return this.stepsInto[i];
  }

  // ∂a_i/∂z_j of a layer: a small backward pass from a_i that ends at the z of its layer.
  slope(l, i, j) {
    const start = this.a[l][i],
      goal = this.z[l][j];
    if (start === goal) return 1;
    if (!this.coupled[l] && i !== j) return 0;
    const grads = new Map([[start, 1]]),
      queue = [start];
    let sum = 0;
    const order = new Set();
    while (queue.length) {
      const x = queue.pop();
      if (order.has(x) || this.z[l].includes(x)) continue;
      order.add(x);
      queue.push(...this.nodes.operands[x]);
    }
    for (const x of [...order].sort((p, q) => q - p)) {
      const g = grads.get(x) || 0;
      if (g)
        this.nodes.operands[x].forEach((o, p) => {
          const term = g * (this.graph.local(x, p) || 0);
          if (o === goal) sum += term;
          else grads.set(o, (grads.get(o) || 0) + term);
        });
    }
    return sum;
  }

  data(i) {
    return this.graph.data[i];
  }

  // What a node is in a network, or by its label is in one that is not drawn as a network.
  named(i) {
    const {kind, layer: l, to: j, from: k} = this.nodes,
      at = this.place.get(i) ?? {kind: kind[i] === "x" ? "a" : kind[i], l: l[i], j: j[i], k: k[i]};
    return at.j > 0 && "zawb".includes(at.kind) ? {...at, k: Math.max(0, at.k ?? 0)} : null;
  }

  // The name of any node, short enough for the stage.
  title(i) {
    const at = this.named(i),
      n = this.nodes,
      label = n.label[i];
    if (at) return name(at.kind, at.l, at.j, at.k);
    if (n.kind[i] === "y") return this.y.length > 2 ? typed(`y${n.to[i]}`) : "y";
    if (i === this.tape.root && (!label || label === "C"))
      return this.neurons || label ? costLetter() : "root";
    return typed(label) || (n.operation[i] < 0 ? "" : this.tape.symbols[n.operation[i]]);
  }

  // A node in words: its name, or the expression that it is, if that is short.
  words(i) {
    const text = this.spelled(i, 0);
    return text.length > 22 ? `${text.slice(0, 21)}…` : text;
  }

  // The same where a ∂ stands before it.
  underD(i) {
    const text = this.words(i),
      isOne = this.place.get(i)?.kind !== "product" && !text.includes(" ");
    return isOne ? text : `(${text})`;
  }

  spelled(i, depth) {
    const n = this.nodes,
      at = this.place.get(i),
      symbol = this.tape.symbols[n.operation[i]],
      parts = n.operands[i],
      inner = o => this.spelled(o, depth + 1);
    if (n.operation[i] < 0)
      return this.title(i) || String(Number(this.data(i).toPrecision(6))).replace("-", "−");
    if (this.named(i) || n.label[i]) return this.title(i);
    if (at?.kind === "sum") return "Σwa";
    if (at?.kind === "product") return parts.map(o => this.title(o)).join("");
    if (depth > 1) return "…";
    if (symbol === "logsumexp") return "logsumexp(z)";
    if (symbol === "Σwx" || symbol === "Σ" || parts.length > 2) return symbol;
    if (parts.length === 1 || /^\w/.test(symbol)) return `${symbol}(${parts.map(inner).join(", ")})`;
    const [one, other] = parts.map(inner).map(text =>
      / /.test(text) && !/^\w+\(/.test(text) ? `(${text})` : text,
    );
    if (symbol !== "^") return `${one} ${symbol} ${other}`;
    return one + (other === "2" ? "²" : `^${other}`);
  }

  gradientTitle(i) {
    const at = this.named(i);
    if (at?.kind === "z") return name("delta", at.l, at.j);
    return `∂${this.title(this.tape.root)}/∂${this.underD(i)}`;
  }
}
