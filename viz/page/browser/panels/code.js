// Code: the loop of `Value.backward` with the numbers of the step beside it, and the ledger of the operand.
import {escaped} from "../words/names.js";
import {plain, shown} from "../numbers/numerals.js";

const MOST = 12; // entries of a ledger

export class CodePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("code-panel");
  }

  show() {
    const {app} = this,
      m = app.model,
      t = app.t,
      html = t
        ? this.step(m, app.graph.edge(t))
        : `<p class="small">What backward() does at each edge: step to see it with numbers.</p>`;
    if (this.html !== html) {
      this.html = html;
      this.panel.innerHTML = html;
    }
  }

  step(m, edge) {
    const beside = [
      [
        "for node, operand, local_derivative in edges(root):",
        `${m.words(edge.node)}, ${m.words(edge.operand)}, ${edge.local === null ? "not selected" : plain(edge.local)}`,
      ],
      ["    upstream_gradient = node.grad", shown(edge.upstream)],
      ["    contribution = upstream_gradient * local_derivative", shown(edge.contribution)],
      ["    operand.grad += contribution", `${shown(edge.before)} → ${shown(edge.after)}`],
    ];
    const lines = beside
      .map(([code, now]) => `${escaped(code)}\n<b>        # ${escaped(now)}</b>`)
      .join("\n");
    return `<pre>${lines}</pre>${this.ledger(m, edge.operand)}`;
  }

  ledger(m, operand) {
    const {app} = this,
      rows = [];
    for (let s = 0; s < app.t && rows.length < MOST; s++) {
      const [node, place] = m.steps[s];
      if (m.nodes.operands[node][place] !== operand) continue;
      const edge = app.graph.edge(s + 1);
      rows.push(
        `<tr><td>${escaped(m.words(node))}</td><td>${plain(edge.upstream)} × ${plain(edge.local ?? 0)}</td><td>${shown(edge.contribution)}</td></tr>`,
      );
    }
    if (m.arrivals[operand] < 2) return "";
    return `<table><caption>${escaped(m.gradientTitle(operand))}: ${rows.length} of ${m.arrivals[operand]} have arrived</caption><tr><th>from</th><th>upstream × local</th><th>adds</th></tr>${rows.join("")}</table>`;
  }
}
