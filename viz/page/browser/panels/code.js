// Code: the loop of `Value.backward` with the numbers of the step beside it, and the ledger of the operand.
import {plain, shown} from "../numbers/numerals.js";
import {escaped} from "../words/names.js";

const MOST = 12; // entries of a ledger

export class CodePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("code-panel");
  }

  show() {
    const {model, graph, t} = this.app,
      start = "What backward() does at each edge: step to see it with numbers.";
    const html = t ? this.step(model, graph.edge(t)) : `<p class="small">${start}</p>`;
    if (this.html === html) return;
    this.html = html;
    this.panel.innerHTML = html;
  }

  step(m, {node, operand, upstream, local, contribution, before, after}) {
    const slope = local === null ? "not selected" : plain(local);
    const beside = [
      [
        "for node, operand, local_derivative in edges(root):",
        `${m.words(node)}, ${m.words(operand)}, ${slope}`,
      ],
      ["    upstream_gradient = node.grad", shown(upstream)],
      ["    contribution = upstream_gradient * local_derivative", shown(contribution)],
      ["    operand.grad += contribution", `${shown(before)} → ${shown(after)}`],
    ];
    const lines = beside.map(([code, now]) => `${escaped(code)}\n<b>        # ${escaped(now)}</b>`);
    return `<pre>${lines.join("\n")}</pre>${this.ledger(m, operand)}`;
  }

  // What has been added to the gradient of an operand so far.
  ledger(m, operand) {
    const {app} = this,
      total = m.arrivals[operand],
      rows = [];
    if (total < 2) return "";
    for (const step of m
      .arrivalSteps(operand)
      .filter(each => each <= app.t)
      .slice(0, MOST)) {
      const {node, upstream, local, contribution} = app.graph.edge(step),
        factors = `${plain(upstream)} × ${plain(local ?? 0)}`;
      rows.push(
        `<tr><td>${escaped(m.words(node))}</td><td>${factors}</td><td>${shown(contribution)}</td></tr>`,
      );
    }
    const caption = `${escaped(m.gradientTitle(operand))}: ${rows.length} of ${total} have arrived`;
    const head = "<tr><th>from</th><th>upstream × local</th><th>adds</th></tr>";
    return `<table><caption>${caption}</caption>${head}${rows.join("")}</table>`;
  }
}
