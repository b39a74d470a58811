// Change: one number by typing or sliding, a nudge beside its gradient, and the shape of the network.
import {LOSS_NAMES} from "../numbers/losses.js";
import {ACTIVATIONS, reshaped} from "../numbers/network.js";
import {shown} from "../numbers/numerals.js";
import {escaped} from "../words/names.js";

const NUDGE = 1e-4,
  MOST_LISTED = 600;
const FORM = `
  <div class="row"><label for="which">number</label>
    <input class="number" id="which" list="which-list" autocomplete="off" spellcheck="false"
      type="text">
    <datalist id="which-list"></datalist>
    <input class="number" id="value" type="number" step="any" aria-label="its value"></div>
  <div class="row"><input id="slide" type="range" min="-3" max="3" step="0.01" aria-label="its
    value, by sliding">
    <button id="nudge">Nudge</button></div>
  <p id="nudged" aria-live="polite"></p><div id="shape"></div>`;

export class ChangePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("change");
    this.panel.innerHTML = FORM;
    this.get = id => this.panel.querySelector("#" + id);
    const on = (id, event, f) => this.get(id).addEventListener(event, f),
      number = id => (this.get(id).value === "" ? NaN : Number(this.get(id).value)); // of no number ""
    on("which", "change", () => {
      const node = app.nodeOf(this.get("which").value.trim());
      if (node !== undefined) this.pick(node);
    });
    on("value", "change", () => this.set(number("value")));
    on("slide", "pointerdown", () => {
      this.held = false;
    });
    on("slide", "input", () => {
      app.change([[this.node, number("slide")]], {keep: this.held, remember: !this.held});
      this.held = true;
    });
    on("slide", "change", () => {
      this.held = false;
    });
    on("nudge", "click", () => this.nudge());
  }

  // Everything that has a name: leaves can be changed, z and a can be nudged.
  names() {
    const {nodes, root} = this.app.tape,
      isNamed = (label, i) => label && nodes.kind[i] !== "constant" && i !== root;
    return nodes.label.flatMap((label, i) => (isNamed(label, i) ? [[label, i]] : []));
  }

  // With `types` the number can be typed at once.
  pick(node, types = false) {
    this.node = this.app.picked = node;
    this.get("nudged").textContent = "";
    if (types) {
      this.show();
      this.get("value").select();
    }
    this.app.refresh();
  }

  set(number) {
    const {app, node} = this;
    if (Number.isFinite(number) && this.isLeaf()) app.change([[node, number]]);
    // what was refused, or is no number, gives way to what there is
    if (!Object.is(app.graph.data[node], number)) this.get("value").value = this.written();
  }

  // The number that is chosen, as it stands in its box.
  written() {
    return Number(this.app.graph.data[this.node].toPrecision(12));
  }

  isLeaf() {
    return this.app.isChangeable(this.node);
  }

  nudge() {
    const {graph, model} = this.app,
      i = this.node,
      x = graph.data[i],
      h = NUDGE * Math.max(1, Math.abs(x));
    const slope = (graph.rootWith(i, x + h) - graph.data[graph.root]) / h;
    const [title, C, gradient] = [
      model.title(i),
      model.title(graph.root),
      model.gradientTitle(i),
    ].map(escaped);
    const [up, down] = [slope, graph.grad[i]].map(number => `<b>${shown(number)}</b>`);
    this.nudgedAt = graph.data[graph.root];
    this.get("nudged").innerHTML =
      `${title} + ${shown(h)}: Δ${C} / Δ${title} = ${up}, beside ${gradient} = ${down}.`;
  }

  show() {
    const {app} = this,
      {graph, tape} = app;
    if (this.tape !== tape) this.rebuild();
    if (this.nudgedAt !== graph.data[graph.root]) this.get("nudged").textContent = ""; // of other numbers
    const shape = this.panel.querySelector("details");
    if (shape && this.big !== app.big) shape.open = !app.big; // of large type there is room for the rest only
    this.big = app.big;
    const number = graph.data[this.node],
      isFixed = !this.isLeaf() || !tape.computes,
      busy = document.activeElement;
    const put = (input, value) => {
      if (input.value !== String(value)) input.value = value;
    };
    if (busy !== this.get("which")) put(this.get("which"), app.labelOf(this.node));
    for (const id of ["value", "slide"]) this.get(id).disabled = isFixed;
    if (busy !== this.get("value")) put(this.get("value"), this.written());
    put(this.get("slide"), Number(number.toPrecision(6)));
    this.get("nudge").disabled = !tape.computes;
  }

  rebuild() {
    const {app} = this,
      names = this.names(),
      kept = this.kept ? app.nodeOf(this.kept) : undefined;
    const weights = names.filter(([, i]) => app.tape.nodes.kind[i] === "w"),
      last = ([, i]) => app.tape.nodes.layer[i] === app.model.last;
    this.tape = app.tape;
    this.node = app.picked = kept ?? (weights.find(last) || weights[0] || names[0] || [0, 0])[1];
    const options = names.map(([label]) => `<option value="${escaped(label)}">`);
    this.get("which-list").innerHTML = names.length > MOST_LISTED ? "" : options.join("");
    this.shape();
  }

  // --- σ, loss, sizes ----------------------------------------------------------------------------

  shape() {
    const {app} = this,
      spec = app.tape.network,
      box = this.get("shape"),
      other = "the numbers can be changed, the shape cannot";
    const why =
      app.tape.why ||
      (spec && !spec.rebuilds ? `its own activation, loss or weights: ${other}` : "");
    if (why || !spec) {
      box.innerHTML = why ? `<p class="small">${escaped(capital(why))}.</p>` : "";
      return;
    }
    const isClosed = box.querySelector("details")?.open === false;
    box.innerHTML = shapeOf(spec, isClosed ? "" : "open");
    for (const button of box.querySelectorAll("button")) {
      button.addEventListener("click", () =>
        this.rebuilt(now => otherShape(now, button.dataset.do, Number(button.dataset.l))),
      );
    }
    for (const select of box.querySelectorAll("[data-sigma]"))
      select.addEventListener("change", () => {
        const at = Number(select.dataset.sigma),
          swap = (each, l) => (l === at ? select.value : each);
        this.rebuilt(now => ({...now, activations: now.activations.map(swap)}));
      });
    const loss = this.get("loss");
    loss.addEventListener("change", () => this.rebuilt(now => ({...now, loss: loss.value})));
  }

  rebuilt(make) {
    const {app} = this;
    this.kept = app.labelOf(this.node);
    try {
      app.restructure(make(app.spec()));
    } catch (error) {
      this.shape();
      this.get("refused").textContent = `${capital(error.message)}.`;
    }
  }
}

const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

function shapeOf({sizes, activations, loss}, open) {
  const options = (list, chosen) =>
    list.map(x => `<option ${x === chosen ? "selected" : ""}>${x}</option>`).join("");
  const button = (what, l, sign, words, off = "") =>
    `<button data-do="${what}" data-l="${l}" aria-label="${words}" ${off}>${sign}</button>`;
  const rows = sizes.map((size, l) => {
    const where = l ? `layer ${l}` : "the input",
      choices = ACTIVATIONS.filter(a => a !== "softmax" || l === sizes.length - 1);
    const fewer = button(
      "fewer",
      l,
      "−",
      `one neuron less in ${where}`,
      size < 2 ? "disabled" : "",
    );
    const more = button("more", l, "+", `one neuron more in ${where}`);
    const chosen = options(choices, activations[l - 1]);
    const sigma = l
      ? `<select data-sigma="${l - 1}" aria-label="σ of layer ${l}">${chosen}</select>`
      : "";
    return (
      `<tr><th scope="row">${l ? where : "input"}</th><td>${fewer} ${size} ` +
      `${more}</td><td>${sigma}</td></tr>`
    );
  });
  return `<details ${open}><summary>layers, σ, loss</summary><table>${rows.join("")}</table>
    <div class="row"><button data-do="deeper">Add a layer</button>
      <button data-do="shallower" ${sizes.length < 3 ? "disabled" : ""}>Drop a layer</button></div>
    <div class="row"><label for="loss">loss</label><select
      id="loss">${options(LOSS_NAMES, loss)}</select></div>
    <p id="refused" class="small" aria-live="polite"></p></details>`;
}

// A neuron or a layer more or less; what has a place keeps its numbers.
function otherShape(spec, what, at) {
  const {sizes, activations, W, b} = spec,
    by = {more: 1, fewer: -1}[what],
    last = activations.at(-1);
  if (by)
    return reshaped(spec, sizes.map((n, l) => (l === at ? n + by : n)));
  if (what === "deeper") {
    const own = activations.length > 1 ? activations.at(-2) : "tanh",
      shape = [...sizes.slice(0, -1), Math.max(2, sizes.at(-1)), sizes.at(-1)];
    const deeper = {
      activations: [...activations.slice(0, -1), own, last],
      W: [...W.slice(0, -1), [], []],
    };
    return reshaped({...spec, ...deeper, b: [...b.slice(0, -1), [], b.at(-1)]}, shape);
  }
  const shallower = {activations: [...activations.slice(0, -2), last], W: [...W.slice(0, -2), []]};
  return reshaped({...spec, ...shallower, b: [...b.slice(0, -2), b.at(-1)]}, [
    ...sizes.slice(0, -2),
    sizes.at(-1),
  ]);
}
