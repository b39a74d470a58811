// Change: one number by typing or sliding, a nudge beside its gradient, and the shape of the network.
import {ACTIVATIONS, LOSS_NAMES, reshaped} from "../numbers/network.js";
import {costLetter, escaped, lowered} from "../words/names.js";
import {shown} from "../numbers/numerals.js";

const NUDGE = 1e-4;

export class ChangePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("change");
    this.panel.innerHTML = `<div class="row"><label for="which">number</label><input class="number" id="which" list="which-list" autocomplete="off" spellcheck="false" type="text"><datalist id="which-list"></datalist>
      <input class="number" id="value" type="number" step="any" aria-label="its value"></div>
      <div class="row"><input id="slide" type="range" min="-3" max="3" step="0.01" aria-label="its value, by sliding"><button id="nudge">Nudge</button></div>
      <p id="nudged" aria-live="polite"></p><div id="shape"></div>`;
    this.get = id => this.panel.querySelector("#" + id);
    this.get("which").addEventListener("change", () => {
      const i = app.nodeOf(this.get("which").value.trim());
      if (i !== undefined) this.pick(i);
    });
    this.get("value").addEventListener("change", () => this.set(Number(this.get("value").value)));
    this.get("slide").addEventListener("pointerdown", () => {
      this.held = false;
    });
    this.get("slide").addEventListener("input", () => {
      app.change([[this.node, Number(this.get("slide").value)]], {
        keep: this.held,
        remember: !this.held,
      });
      this.held = true;
    });
    this.get("slide").addEventListener("change", () => {
      this.held = false;
    });
    this.get("nudge").addEventListener("click", () => this.nudge());
  }

  // Everything that has a name: leaves can be changed, z and a can be nudged.
  names() {
    const {nodes} = this.app.tape;
    return nodes.label.flatMap((label, i) =>
      label && nodes.kind[i] !== "constant" && i !== this.app.tape.root ? [[label, i]] : [],
    );
  }

  pick(node) {
    this.node = node;
    this.app.picked = node;
    this.quiet = "";
    this.get("nudged").textContent = "";
    this.app.refresh();
  }

  set(number) {
    if (Number.isFinite(number) && this.isLeaf()) this.app.change([[this.node, number]]);
    else this.show();
  }

  isLeaf() {
    return this.app.tape.nodes.operation[this.node] < 0;
  }

  nudge() {
    const {graph, model} = this.app,
      i = this.node,
      h = NUDGE * Math.max(1, Math.abs(graph.data[i]));
    const up = graph.rootWith(i, graph.data[i] + h),
      slope = (up - graph.data[graph.root]) / h,
      title = model.title(i),
      C = model.title(graph.root);
    const gradient = model.gradientTitle(i);
    this.get("nudged").innerHTML =
      `${escaped(title)} + ${shown(h)}: Δ${escaped(C)} / Δ${escaped(title)} = <b>${shown(slope)}</b>, beside ${escaped(gradient)} = <b>${shown(graph.grad[i])}</b>.`;
  }

  show() {
    const {app} = this,
      {graph, tape} = app;
    if (this.tape !== tape) this.rebuild();
    if (document.activeElement !== this.get("which"))
      this.get("which").value = app.labelOf(this.node);
    const number = graph.data[this.node],
      leaf = this.isLeaf();
    for (const id of ["value", "slide"]) {
      const input = this.get(id);
      input.disabled = !leaf || !tape.computes;
      if (document.activeElement !== input || id === "slide")
        input.value = Number(number.toPrecision(id === "value" ? 12 : 6));
    }
    this.get("nudge").disabled = !tape.computes;
  }

  rebuild() {
    const {app} = this,
      names = this.names();
    this.tape = app.tape;
    const kept = this.kept ? app.nodeOf(this.kept) : undefined;
    this.node =
      kept ?? (names.find(([, i]) => app.tape.nodes.kind[i] === "w") || names[0] || [0, 0])[1];
    app.picked = this.node;
    this.get("which-list").innerHTML =
      names.length > 600
        ? ""
        : names.map(([label]) => `<option value="${escaped(label)}">`).join("");
    this.shape();
  }

  // --- σ, loss, sizes --------------------------------------------------------------------------------------

  shape() {
    const {app} = this,
      spec = app.tape.network,
      box = this.get("shape");
    if (app.tape.why) {
      box.innerHTML = `<p class="small">${escaped(capital(app.tape.why))}.</p>`;
      return;
    }
    if (!spec?.rebuilds) {
      box.innerHTML = spec
        ? `<p class="small">Its own activation, loss or weights: the numbers can be changed, the shape cannot.</p>`
        : "";
      return;
    }
    const sizes = spec.sizes,
      options = (list, chosen) =>
        list.map(x => `<option ${x === chosen ? "selected" : ""}>${x}</option>`).join("");
    const layer =
      l => `<tr><th scope="row">${l ? `layer ${l}` : "input"}</th><td><button data-do="fewer" data-l="${l}" aria-label="one neuron less in ${l ? `layer ${l}` : "the input"}" ${sizes[l] < 2 ? "disabled" : ""}>−</button> ${sizes[l]} <button data-do="more" data-l="${l}" aria-label="one neuron more in ${l ? `layer ${l}` : "the input"}">+</button></td>
      <td>${l ? `<select data-sigma="${l - 1}" aria-label="σ of layer ${l}">${options(l === sizes.length - 1 ? ACTIVATIONS : ACTIVATIONS.filter(a => a !== "softmax"), spec.activations[l - 1])}</select>` : ""}</td></tr>`;
    box.innerHTML = `<table>${sizes.map((_, l) => layer(l)).join("")}</table>
      <div class="row"><button data-do="deeper">Add a layer</button><button data-do="shallower" ${sizes.length < 3 ? "disabled" : ""}>Drop a layer</button></div>
      <div class="row"><label for="loss">loss</label><select id="loss">${options(LOSS_NAMES, spec.loss)}</select></div><p id="refused" class="small" aria-live="polite"></p>`;
    box
      .querySelectorAll("button")
      .forEach(button => button.addEventListener("click", () => this.reshape(button.dataset)));
    box.querySelectorAll("[data-sigma]").forEach(select =>
      select.addEventListener("change", () =>
        this.rebuilt(s => {
          s.activations[select.dataset.sigma] = select.value;
          return s;
        }),
      ),
    );
    this.get("loss").addEventListener("change", () =>
      this.rebuilt(s => ({...s, loss: this.get("loss").value})),
    );
  }

  reshape({do: what, l}) {
    this.rebuilt(spec => {
      const sizes = [...spec.sizes],
        at = Number(l);
      if (what === "more") sizes[at] += 1;
      if (what === "fewer") sizes[at] -= 1;
      if (what === "deeper")
        return reshaped(
          {
            ...spec,
            activations: [
              ...spec.activations.slice(0, -1),
              spec.activations.length > 1 ? spec.activations.at(-2) : "tanh",
              spec.activations.at(-1),
            ],
            W: [...spec.W.slice(0, -1), [], []],
            b: [...spec.b.slice(0, -1), [], spec.b.at(-1)],
          },
          [...sizes.slice(0, -1), Math.max(2, sizes.at(-1)), sizes.at(-1)],
        );
      if (what === "shallower")
        return reshaped(
          {
            ...spec,
            activations: [...spec.activations.slice(0, -2), spec.activations.at(-1)],
            W: [...spec.W.slice(0, -2), []],
            b: [...spec.b.slice(0, -2), spec.b.at(-1)],
          },
          [...sizes.slice(0, -2), sizes.at(-1)],
        );
      return reshaped(spec, sizes);
    });
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
