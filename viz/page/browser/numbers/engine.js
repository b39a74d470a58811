// Graph: a tape that is computed again, forward and backward, in the order and arithmetic of
// minigrad's Value.
//
// node      a number and what it was computed from; numbered in topological order, operands before
//           results
// edge      from a node to one of its operands, which has a place: in x · x, x is at places 0 and 1
// step      one edge of the backward pass, counted from 1: gradient of the operand += upstream ×
//           local

import {NOTHING, OutOfDomain} from "./values.js";
import {RULES} from "./rules.js";
import {short} from "./numerals.js";

const PYTHONS_WORDS = {
  ValueError: "math domain error",
  ZeroDivisionError: "float division by zero",
};

export class Graph {
  constructor(tape) {
    // `local` where the page does not compute
    const {operation, operands, data, local} = tape.nodes;
    this.tape = tape;
    this.count = operation.length;
    this.root = tape.root;
    this.computes = tape.computes;
    this.why = tape.why;
    this.error = ""; // what Python would raise for the numbers as they are; its node is `failed`
    this.failed = -1;
    this.data = Float64Array.from(data, Number); // "NaN" and "Infinity" are texts in JSON
    this.grad = new Float64Array(this.count);
    this.rules = operation.map(k => (k < 0 ? null : RULES[tape.operations[k]]));
    this.start = new Int32Array(this.count + 1);
    operands.forEach((each, node) => {
      this.start[node + 1] = this.start[node] + each.length;
    });
    this.operand = Int32Array.from(operands.flat());
    this.slope = new Float64Array(this.operand.length); // the local derivative of each edge
    this.selected = new Uint8Array(this.operand.length); // 0 where that is NOTHING
    this.gathered = [];
    this.computed = countTo(this.count).filter(node => this.arity(node) > 0);
    this.passing = this.reached();
    this.stepNode = this.passing.flatMap(node => Array(this.arity(node)).fill(node));
    this.stepPlace = this.passing.flatMap(node => countTo(this.arity(node)));
    this.steps = this.stepNode.length;
    this.ledger = null;
    if (data.includes(null))
      this.forward(); // a network that was made here
    else this.computed.forEach(node => this.differentiate(node, local?.[node]));
    this.backward();
  }

  arity(node) {
    return this.start[node + 1] - this.start[node];
  }

  operandAt(node, place) {
    return this.operand[this.start[node] + place];
  }

  // The nodes that pass a gradient on, in the order of the backward pass.
  reached() {
    const seen = new Uint8Array(this.count),
      found = [];
    seen[this.root] = 1;
    for (let node = this.root; node >= 0; node--) {
      if (!seen[node]) continue;
      if (this.arity(node)) found.push(node);
      for (let e = this.start[node]; e < this.start[node + 1]; e++) seen[this.operand[e]] = 1;
    }
    return found;
  }

  // A leaf gets another number; `forward` and `backward` then compute with it.
  set(node, number) {
    if (!this.computes) throw new Error(this.why);
    if (!(node in this.data) || this.arity(node))
      throw new Error(`node ${node} is computed: set a leaf`);
    if (typeof number !== "number")
      throw new Error(`a node's data is a number, not ${typeof number}`);
    this.data[node] = number;
  }

  forward() {
    if (!this.computes) return;
    this.error = "";
    this.failed = -1;
    for (const node of this.computed) {
      try {
        this.data[node] = this.valueOf(node);
        this.differentiate(node);
      } catch (error) {
        if (!(error instanceof OutOfDomain)) throw error;
        if (!this.error) [this.error, this.failed] = [this.domainError(node, error.name), node];
        this.data[node] = NaN;
      }
    }
  }

  // The gradients of a pass that starts from 0 everywhere; there are none where Python would have raised.
  backward() {
    const {grad, start, operand, slope, selected} = this;
    this.ledger = null;
    grad.fill(this.error ? NaN : 0);
    grad[this.root] = 1;
    for (const node of this.error ? [] : this.passing) {
      const upstream = grad[node];
      for (let e = start[node]; e < start[node + 1]; e++) {
        grad[operand[e]] += selected[e] ? upstream * slope[e] : 0;
      }
    }
  }

  // ∂node/∂operand now; NOTHING, which is null, for an operand that is not selected.
  local(node, place) {
    const e = this.start[node] + place;
    return this.selected[e] ? this.slope[e] : NOTHING;
  }

  valueOf(node) {
    const {data, operand} = this,
      rule = this.rules[node],
      e = this.start[node];
    if (rule.every) return rule.value(this.numbers(node));
    if (this.arity(node) === 1) return rule.value(data[operand[e]]);
    if (this.arity(node) === 2) return rule.value(data[operand[e]], data[operand[e + 1]]);
    return rule.value(...this.numbers(node));
  }

  // The local derivatives of a node, of its numbers as they are, or as they were recorded.
  differentiate(node, recorded) {
    const {data, operand} = this,
      {local, every} = this.rules[node] ?? {},
      y = data[node];
    const e = this.start[node],
      count = this.arity(node);
    if (recorded) {
      recorded.forEach((slope, k) => this.keep(e + k, slope === null ? NOTHING : Number(slope)));
    } else if (count === 1 && local) {
      this.keep(e, local[0](y, data[operand[e]]));
    } else if (count === 2 && local) {
      const x1 = data[operand[e]],
        x2 = data[operand[e + 1]];
      this.keep(e, local[0](y, x1, x2));
      this.keep(e + 1, local[1](y, x1, x2));
    } else {
      const x = this.numbers(node);
      for (let k = 0; k < count; k++) this.keep(e + k, every ? every(y, x, k) : local[k](y, ...x));
    }
  }

  keep(e, slope) {
    this.slope[e] = slope; // NOTHING becomes 0
    this.selected[e] = slope === NOTHING ? 0 : 1;
  }

  // The numbers of a node's operands, in an array of the node's own that is filled anew each time.
  numbers(node) {
    const x = (this.gathered[node] ??= Array(this.arity(node)).fill(0)),
      first = this.start[node];
    for (let k = 0; k < x.length; k++) x[k] = this.data[this.operand[first + k]];
    return x;
  }

  // In the words of minigrad.operations.Operation.domain_error.
  domainError(node, name) {
    const rule = this.rules[node],
      called = rule.name ?? this.tape.operations[this.tape.nodes.operation[node]];
    const isTooLarge = name === "OverflowError";
    const why = isTooLarge
      ? "the result is too large for a float"
      : (rule.domain ?? PYTHONS_WORDS[name]);
    const operands = [...this.operand.subarray(this.start[node], this.start[node + 1])];
    const labels = operands
      .map(x => this.tape.nodes.label[x])
      .filter(Boolean)
      .map(quoted);
    const given = operands.map(x => short(this.data[x]).replaceAll("−", "-")).join(", ");
    return (
      `${called}(${given}): ${why}` +
      (labels.length ? ` (value labelled ${labels.join(", ")})` : "")
    );
  }

  // The root's number if a node, computed or not, had another one: for nudges. NaN outside a domain.
  rootWith(changed, number) {
    const before = this.data.slice();
    try {
      this.data[changed] = number;
      for (const node of this.computed) if (node > changed) this.data[node] = this.valueOf(node);
      return this.data[this.root];
    } catch (error) {
      if (!(error instanceof OutOfDomain)) throw error;
      return NaN;
    } finally {
      this.data.set(before);
    }
  }

  // --- the backward pass, step by step -----------------------------------------------------------

  // Step `step` = 1 … steps of the backward pass.
  edge(step) {
    const {before, after} = this.written(),
      s = step - 1;
    const node = this.stepNode[s],
      place = this.stepPlace[s],
      operand = this.operandAt(node, place);
    const upstream = this.grad[node],
      local = this.local(node, place); // complete before it is passed on
    const contribution = local === NOTHING ? 0 : upstream * local;
    const [was, is] = [before[s], after[s]];
    return {node, operand, place, upstream, local, contribution, before: was, after: is};
  }

  // The gradients after so many steps, 0 … steps; a step further or back costs one entry.
  upTo(step) {
    const ledger = this.written(),
      {before, after, shown} = ledger;
    const operandOf = s => this.operandAt(this.stepNode[s], this.stepPlace[s]);
    while (ledger.position < step) {
      shown[operandOf(ledger.position)] = after[ledger.position];
      ledger.position++;
    }
    while (ledger.position > step) {
      ledger.position--;
      shown[operandOf(ledger.position)] = before[ledger.position];
    }
    return shown;
  }

  // What each step found and left, from one pass.
  written() {
    if (this.ledger) return this.ledger;
    const before = new Float64Array(this.steps),
      after = new Float64Array(this.steps);
    const shown = new Float64Array(this.count),
      grad = new Float64Array(this.count);
    shown[this.root] = grad[this.root] = 1;
    let s = 0;
    for (const node of this.passing) {
      for (let e = this.start[node]; e < this.start[node + 1]; e++, s++) {
        const operand = this.operand[e];
        before[s] = grad[operand];
        after[s] = grad[operand] += this.selected[e] ? grad[node] * this.slope[e] : 0;
      }
    }
    this.ledger = {before, after, shown, position: 0};
    return this.ledger;
  }
}

function countTo(count) {
  return Array.from({length: count}, (_, k) => k);
}

// A label as Python's repr has it.
function quoted(label) {
  const escapes = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"};
  const plain = label.replace(/[\\\n\r\t]/g, character => escapes[character]);
  return label.includes("'") && !label.includes('"')
    ? `"${plain}"`
    : `'${plain.replaceAll("'", "\\'")}'`;
}
