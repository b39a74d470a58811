// The page: its state, and what follows from it. Everything shown is computed from (tape, numbers, t, zoom).
import {Graph} from "./numbers/engine.js";
import {networkTape} from "./numbers/network.js";
import {Model} from "./stage/model.js";
import {View} from "./stage/cells.js";
import {Painter, blend, setLook} from "./stage/marks.js";
import {fitsWhole, networkScene} from "./stage/network_scenes.js";
import {layersScene, matricesScene} from "./stage/matrices.js";
import {graphScene} from "./stage/graph_scene.js";
import {showWords} from "./words/around.js";
import {setNotation} from "./words/names.js";
import {compact} from "./numbers/numerals.js";
import {nowMarks, hoverMarks} from "./stage/lights.js";
import {numbersIn, readAddress, specIn} from "./address.js";
import {bindControls} from "./controls.js";
import {ChangePanel} from "./panels/change.js";
import {GuidePanel} from "./panels/beats.js";
import {CheckPanel} from "./panels/check.js";
import {TrainPanel} from "./panels/train.js";
import {CodePanel} from "./panels/code.js";
import {printZooms} from "./printing.js";

const WIDE = 12; // a layer of more neurons begins as a matrix

export class App {
  constructor(host, given, options = {}) {
    this.host = host;
    this.given = given;
    this.embedded = Boolean(options.embedded);
    this.root = host.querySelector(".page");
    this.$ = id => host.querySelector("#" + id);
    setNotation(given.notation);
    this.painter = new Painter(this.$("picture"), this.$("cells"));
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.t = 0;
    this.level = 1;
    this.zeta = 1;
    this.tab = "change";
    this.beat = null;
    this.big = false;
    this.hover = null;
    this.focus = null;
    this.picked = null;
    this.before = null;
    this.history = [];
    this.listeners = [];
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.load(given.tape);
    this.level = this.zeta = this.firstLevel();
    this.panels = {
      change: new ChangePanel(this),
      guide: new GuidePanel(this),
      check: new CheckPanel(this),
      train: new TrainPanel(this),
      code: new CodePanel(this),
    };
    this.trainer = this.panels.train;
    bindControls(this);
    this.theme();
    this.$("title").textContent = given.title;
    this.open(this.embedded ? "" : location.hash);
    for (const query of [this.dark, this.calm])
      query.addEventListener("change", () => {
        this.theme();
        this.refresh();
      });
    const observer = new ResizeObserver(() => {
      this.sizes = null;
      this.refresh();
    });
    for (const id of ["stage", "bars"]) observer.observe(this.$(id));
    document.fonts?.ready.then(() => {
      this.sizes = null;
      this.refresh();
    });
  }

  firstLevel() {
    if (!this.model.neurons) return 1;
    return Math.max(...this.model.sizes) > WIDE ? 4 : 1;
  }

  // --- the numbers -----------------------------------------------------------------------------------------

  load(tape) {
    this.tape = tape;
    this.graph = new Graph(tape);
    this.model = new Model(tape, this.graph);
    this.base = this.graph.data.slice();
    this.restructured = tape !== this.given.tape;
    this.t = Math.min(this.t, this.model.steps.length);
    this.picks = new Map();
    this.turns = [];
    this.before = null;
    this.focus = null;
    this.ledger = null;
    if (!this.model.neurons) this.level = this.zeta = 1;
  }

  leaves() {
    return this.tape.nodes.operation.flatMap((op, i) =>
      op < 0 && this.tape.nodes.kind[i] !== "constant" ? [i] : [],
    );
  }
  changedLeaves() {
    return this.leaves().filter(i => !Object.is(this.graph.data[i], this.base[i]));
  }
  labelOf(i) {
    return this.tape.nodes.label[i] || `#${i}`;
  }
  nodeOf(label) {
    const i =
      label[0] === "#" ? Number(label.slice(1)) : label ? this.tape.nodes.label.indexOf(label) : -1;
    return Number.isInteger(i) && i >= 0 && i < this.graph.count ? i : undefined;
  }

  // Put numbers into leaves and compute again. `keep` leaves the ghosts of before as they are, while dragging.
  change(pairs, {keep = false, remember = true} = {}) {
    if (!this.tape.computes) return;
    if (remember) this.remember();
    if (!keep) this.before = {data: this.graph.data.slice(), grad: this.graph.grad.slice()};
    for (const [i, number] of pairs) this.graph.set(i, number);
    this.rebuildIfTargetsChange(pairs);
    this.compute();
  }

  // A cross-entropy leaves out the terms of targets that are 0: with another target it is another graph.
  rebuildIfTargetsChange(pairs) {
    const {network, nodes} = this.tape;
    if (
      !network?.rebuilds ||
      !network.loss.includes("cross") ||
      !pairs.some(([i]) => nodes.kind[i] === "y")
    )
      return;
    this.restructure({...this.spec(), y: this.targets()}, false);
  }

  targets() {
    const y = [...this.tape.network.y];
    this.model.y.forEach((i, j) => {
      y[j - 1] = this.graph.data[i];
    });
    return y;
  }

  compute() {
    this.graph.forward();
    this.graph.backward();
    this.ledger = null;
    this.scenes = null;
    for (const tell of this.listeners) tell(this);
    this.refresh();
  }

  spec() {
    const {network, nodes} = this.tape,
      spec = structuredClone(network);
    nodes.kind.forEach((kind, i) => {
      const l = nodes.layer[i] - 1,
        j = nodes.to[i] - 1,
        x = this.graph.data[i];
      if (kind === "w") spec.W[l][j][nodes.from[i] - 1] = x;
      else if (kind === "b") spec.b[l][j] = x;
      else if (kind === "x") spec.x[j] = x;
      else if (kind === "y") spec.y[j] = x;
    });
    return {...spec, rebuilds: true};
  }

  restructure(spec, remember = true) {
    if (remember) this.remember();
    const tape = networkTape(spec);
    tape.network.rebuilds = true;
    this.load(tape);
    this.restructured = true;
    this.base = new Float64Array(this.graph.count).fill(NaN);
    this.graph.forward();
    this.graph.backward();
    this.scenes = null;
    this.model.steps.length < this.t && (this.t = this.model.steps.length);
    this.layout();
    this.refresh();
    for (const tell of this.listeners) tell(this);
  }

  // The numbers of a specification; the graph is another one if anything but numbers differs.
  takeSpec(spec) {
    const is = this.tape.network,
      same =
        ["sizes", "activations", "loss"].every(key => String(is[key]) === String(spec[key])) &&
        (!spec.loss.includes("cross") || this.targets().join() === spec.y.join());
    if (!same) {
      this.restructure(spec, false);
      return;
    }
    const {nodes} = this.tape;
    this.leaves().forEach(i => {
      const l = nodes.layer[i] - 1,
        j = nodes.to[i] - 1,
        kind = nodes.kind[i];
      const number =
        kind === "w"
          ? spec.W[l][j][nodes.from[i] - 1]
          : kind === "b"
            ? spec.b[l][j]
            : kind === "x"
              ? spec.x[j]
              : kind === "y"
                ? spec.y[j]
                : NaN;
      if (Number.isFinite(number)) this.graph.set(i, number);
    });
    this.compute();
  }

  // A graph that somebody else has made or changed.
  adopt(graph) {
    if (graph !== this.graph) {
      this.load(graph.tape);
      this.leaves().forEach(i => this.graph.set(i, graph.data[i]));
      this.base = new Float64Array(this.graph.count).fill(NaN);
      this.restructured = true;
      this.layout();
    }
    this.compute();
  }

  remember() {
    this.history.push({
      tape: this.tape,
      data: this.graph.data.slice(),
      base: this.base,
      restructured: this.restructured,
    });
    if (this.history.length > 200) this.history.shift();
  }

  restore({tape, data, base, restructured}) {
    if (tape !== this.tape) this.load(tape);
    this.base = base;
    this.restructured = restructured;
    this.before = {data: this.graph.data.slice(), grad: this.graph.grad.slice()};
    this.leaves().forEach(i => this.graph.set(i, data[i]));
    this.layout();
    this.compute();
  }

  undo() {
    const last = this.history.pop();
    if (last) this.restore(last);
  }
  reset() {
    this.remember();
    const {tape} = this.given,
      graph = new Graph(tape);
    this.restore({tape, data: graph.data, base: graph.data.slice(), restructured: false});
    this.before = null;
    this.refresh();
  }

  // --- where the reader is ---------------------------------------------------------------------------------

  go(t) {
    t = Math.max(0, Math.min(t, this.model.steps.length));
    if (t !== this.t) {
      this.pulse = t > this.t && !this.still ? performance.now() : 0;
      this.t = t;
      this.before = null;
      this.hover = null;
      this.scenes = null;
      this.refresh();
    }
  }

  step(count) {
    const stops = this.model.stops[this.level];
    let at = 0;
    while (at < stops.length && stops[at] < this.t) at += 1;
    const target = count > 0 ? (stops[at] === this.t ? at + count : at + count - 1) : at + count;
    this.go(stops[Math.max(0, Math.min(target, stops.length - 1))]);
  }

  zoom(level) {
    level = this.model.neurons ? Math.max(1, Math.min(4, Math.round(level))) : 1;
    this.level = level;
    this.scenes = null;
    this.refresh();
    if (this.still) {
      this.zeta = level;
      this.paint();
    }
  }

  get still() {
    return this.calm.matches;
  }

  // --- painting --------------------------------------------------------------------------------------------

  layout() {
    this.picks = new Map();
  }
  theme() {
    this.root.classList.toggle("dark", this.dark.matches);
    setLook(this.dark.matches ? "dark" : "light");
    this.scenes = null;
  }

  refresh() {
    this.scenes = null;
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      showWords(this);
      this.paint();
    });
  }

  // Sizes are asked for once, and again when the window, the type or the network is another.
  measured() {
    this.sizes ||= this.measure();
    const {em, charW} = this.sizes,
      scale = this.model.neurons ? this.roomy(this.sizes) : 1;
    return {...this.sizes, em: em * scale, charW: charW * scale};
  }

  measure() {
    const style = getComputedStyle(this.$("stage")),
      em = parseFloat(style.fontSize),
      ruler = document.createElement("canvas").getContext("2d");
    ruler.font = `${em}px ${style.fontFamily}`;
    const {width, height} = this.$("stage").getBoundingClientRect(),
      bars = this.$("bars").getBoundingClientRect();
    return {
      em,
      charW: ruler.measureText("0").width,
      width,
      height,
      bars,
      measure: text => ruler.measureText(text).width,
    };
  }

  // Larger type for a network that leaves room on the stage, the same at every zoom.
  roomy(measures) {
    const key = [measures.width, measures.height, measures.em, ...this.model.sizes].join();
    if (this.roomKey !== key) {
      this.roomKey = key;
      this.scale = 1;
      this.chars = 5;
      const fits = (scale, chars) =>
        fitsWhole(
          new View({
            ...measures,
            em: measures.em * scale,
            charW: measures.charW * scale,
            model: this.model,
            chars,
            layer: 1,
            final: this.graph.grad,
            picks: new Map(),
          }),
        );
      const found = [
        [1.5, 7],
        [1.3, 7],
        [1.3, 6],
        [1.15, 6],
        [1, 6],
      ].find(([scale, chars]) => fits(scale, chars));
      if (found) [this.scale, this.chars] = found;
    }
    return this.scale;
  }

  // A view of the state at a zoom: what a scene is drawn from.
  view(level, measures = this.measured()) {
    const m = this.model,
      step = m.steps[this.t - 1],
      at = step && m.place.get(step[0]);
    const view = new View({
      ...measures,
      model: m,
      t: this.t,
      level,
      grads: this.graph.upTo(this.t),
      final: this.graph.grad,
      before: this.before,
      picked: this.picked,
      focus: this.focus,
      picks: this.picks,
      layer: at && at.kind !== "cost" ? at.l : m.last,
      chars: this.model.neurons ? this.chars : 6,
      places: this.tape === this.given.tape ? this.given.places : null,
      short: x => compact(x, Math.abs(x) >= 100 && Math.abs(x) < 1e5 ? 1 : 3),
      turn: l => this.turns[l] ?? this.turnGoal(l),
      centre: null,
    });
    view.nowMarks = this.hover ? hoverMarks(m, this.hover) : nowMarks(m, level, this.t);
    view.consumersOf = i => this.consumers(i);
    let most = 0;
    for (const x of this.graph.grad)
      if (Number.isFinite(x) && Math.abs(x) > most) most = Math.abs(x);
    view.largestOfAll = most;
    return view;
  }

  consumers(i) {
    if (this.consumersTape !== this.tape) {
      this.consumersTape = this.tape;
      this.consumerLists = new Map();
      for (const [node, place] of this.model.steps) {
        const o = this.tape.nodes.operands[node][place];
        (this.consumerLists.get(o) || this.consumerLists.set(o, new Set()).get(o)).add(node);
      }
    }
    return [...(this.consumerLists.get(i) || [])];
  }

  turnGoal(l) {
    return this.model.neurons &&
      this.model.z[l].some(i => i !== undefined && this.t >= this.model.firstLeave[i])
      ? 1
      : 0;
  }

  scene(level, measures) {
    this.scenes ||= new Map();
    if (!this.scenes.has(level)) {
      const view = this.view(level, measures);
      this.scenes.set(
        level,
        !this.model.neurons
          ? graphScene(view)
          : level <= 2
            ? networkScene(view, level)
            : level === 3
              ? layersScene(view)
              : matricesScene(view),
      );
    }
    return this.scenes.get(level);
  }

  paint() {
    const measures = this.measured(),
      now = performance.now(),
      passed = Math.min(50, now - (this.last || now));
    this.last = now;
    let moving = this.zeta !== this.level && !this.leverHeld;
    if (moving) {
      const reach = this.still ? 9 : passed / 480,
        rest = this.level - this.zeta;
      this.zeta =
        Math.abs(rest) <= reach
          ? this.level
          : this.zeta + Math.sign(rest) * Math.max(reach, (Math.abs(rest) * passed) / 300);
    }
    for (let l = 1; l <= this.model.last; l++) {
      const goal = this.turnGoal(l),
        is = this.turns[l] ?? goal;
      if (is !== goal) {
        const f = this.still || this.zeta < 2.5 ? goal : is + (Math.sign(goal - is) * passed) / 700;
        this.turns[l] = Math.min(1, Math.max(0, f));
        this.scenes?.delete(3);
        moving = true;
      } else this.turns[l] = is;
    }
    const low = Math.min(3, Math.max(1, Math.floor(this.zeta))),
      f = this.zeta - low;
    const smooth = f * f * (3 - 2 * f);
    const scene =
      !this.model.neurons || f === 0
        ? this.scene(this.model.neurons ? low : 1, measures)
        : f === 1
          ? this.scene(low + 1, measures)
          : blend(this.scene(low, measures), this.scene(low + 1, measures), smooth);
    this.painter.paint(scene, measures.width, measures.height, measures.em);
    const way = this.pulse ? (now - this.pulse) / 450 : 1;
    this.painter.beads(way < 1 ? scene : new Map(), way, measures.em);
    moving ||= way < 1;
    if (document.activeElement !== this.$("zoom") || !this.leverHeld)
      this.$("zoom").value = this.zeta;
    if (moving) requestAnimationFrame(() => this.paint());
    else this.last = 0;
  }

  // --- tabs, address ---------------------------------------------------------------------------------------

  choose(tab) {
    this.tab = tab;
    for (const name in this.panels) this.panels[name].panel.hidden = name !== tab;
    this.root.querySelectorAll("[role=tab]").forEach(button => {
      const on = button.dataset.tab === tab;
      button.setAttribute("aria-selected", on);
      button.tabIndex = on ? 0 : -1;
    });
    if (tab !== "guide") this.beat = null;
    this.refresh();
  }

  open(hash) {
    const state = readAddress(hash),
      spec = specIn(state, this.given.tape.network);
    if (spec && this.given.tape.network.rebuilds)
      try {
        this.restructure(spec, false);
      } catch {
        /* what cannot be built opens as it was given */
      }
    const pairs = this.tape.computes ? numbersIn(state, this) : [];
    if (pairs.length) {
      pairs.forEach(([i, x]) => this.graph.set(i, x));
      this.graph.forward();
      this.graph.backward();
    }
    if (state.zoom)
      this.level = this.zeta = this.model.neurons
        ? Math.max(1, Math.min(4, Math.round(Number(state.zoom)) || this.level))
        : 1;
    if (state.step) this.t = Math.max(0, Math.min(Number(state.step) | 0, this.model.steps.length));
    this.enlarge(state.projector === "1");
    if (state.data) this.trainer.load(state.data);
    this.choose(Object.hasOwn(this.panels, state.tab ?? "") ? state.tab : "change");
    if (state.beat) this.panels.guide.open(Number(state.beat) - 1);
  }

  enlarge(on) {
    this.big = on;
    this.root.classList.toggle("big", on);
    this.$("big").setAttribute("aria-pressed", on);
    this.sizes = null;
    this.refresh();
  }
  print() {
    printZooms(this);
  }
}
