// The stage: how large it is, what is seen at each zoom, and what moves between two of them.
import {View} from "./cells.js";
import {graphScene} from "../scenes/graph.js";
import {layersScene} from "../scenes/layers.js";
import {hoverMarks, nowMarks} from "../scenes/lights.js";
import {blend} from "./marks.js";
import {matricesScene} from "../scenes/matrices.js";
import {networkScene} from "../scenes/neurons.js";
import {Painter} from "./painter.js";
import {fitsWhole} from "../scenes/sight.js";
import {compact} from "../numbers/numerals.js";

const TURN = 1200; // ms, in which W turns over its diagonal
const SCENES = [
  null,
  view => networkScene(view, 1),
  view => networkScene(view, 2),
  layersScene,
  matricesScene,
];

export class Stage {
  constructor(app) {
    this.app = app;
    this.painter = new Painter(app.$("picture"), app.$("cells"));
    this.forget();
  }

  // What was drawn is of other numbers or of another moment.
  forget() {
    this.scenes = new Map();
  }

  // --- how much room there is --------------------------------------------------------------------

  // Sizes are asked for once, and again when the window or the type is another.
  resize() {
    this.sizes = null;
  }

  measured() {
    this.sizes ||= this.measure();
    const scale = this.app.model.neurons ? this.roomy() : 1;
    return {...this.sizes, em: this.sizes.em * scale, charW: this.sizes.charW * scale};
  }

  measure() {
    const {$} = this.app,
      style = getComputedStyle($("stage")),
      em = parseFloat(style.fontSize);
    const ruler = document.createElement("canvas").getContext("2d");
    ruler.font = `${em}px ${style.fontFamily}`;
    const {width, height} = $("stage").getBoundingClientRect(),
      measure = text => ruler.measureText(text).width;
    const key = `${width} ${height} ${em}`,
      bars = $("bars").getBoundingClientRect();
    return {em, charW: measure("0"), width, height, bars, key, measure};
  }

  // Larger type for a network that leaves room on the stage, the same at every zoom.
  roomy() {
    const {sizes, app} = this,
      {model} = app,
      key = [sizes.key, ...model.sizes].join();
    if (this.roomKey === key) return this.scale;
    const facts = {...sizes, model, layer: 1, final: app.graph.grad, picks: new Map()};
    const fits = ([scale, chars]) =>
      fitsWhole(new View({...facts, em: sizes.em * scale, charW: sizes.charW * scale, chars}));
    const found = [[1.5, 7], [1.3, 7], [1.3, 6], [1.15, 6], [1, 6]].find(fits);
    [this.roomKey, [this.scale, this.chars]] = [key, found ?? [1, 5]];
    return this.scale;
  }

  // --- what is seen ------------------------------------------------------------------------------

  scene(level, measures, moving) {
    const key = `${level} ${moving}`;
    if (!this.scenes.has(key))
      this.scenes.set(key, this.sceneOf(this.view(level, measures, moving)));
    return this.scenes.get(key);
  }

  sceneOf(view) {
    return view.model.neurons ? SCENES[view.level](view) : graphScene(view);
  }

  // The state at a zoom, as a scene is drawn from it. What moves has every cell as a mark of its own.
  view(level, measures, moving) {
    const {app} = this,
      {model, graph, t, given} = app,
      step = model.steps[t - 1],
      at = step && model.place.get(step[0]);
    const {before, picked, focus, picks} = app;
    return new View({
      ...measures,
      ...{model, t, level, moving, before, picked, focus, picks},
      grads: graph.upTo(t),
      final: graph.grad,
      layer: app.sight ?? (at && at.kind !== "cost" ? at.l : model.last + 1),
      chars: model.neurons ? this.chars : 6,
      places: app.restructured ? null : given.places,
      short: x => compact(x, Math.abs(x) >= 100 && Math.abs(x) < 1e5 ? 1 : 3),
      turn: l => app.turns[l] ?? this.turnGoal(l),
      hasTurned: l => this.hasTurned(l),
      consumersOf: i => this.consumers(i),
      nowMarks: app.lit ?? (app.hover ? hoverMarks(model, app.hover) : nowMarks(model, level, t, focus)),
    });
  }

  consumers(i) {
    const {tape, model} = this.app;
    if (this.consumersTape !== tape) {
      [this.consumersTape, this.consumersBy] = [tape, new Map()];
      for (const [node, place] of model.steps) {
        const operand = tape.nodes.operands[node][place];
        if (!this.consumersBy.has(operand)) this.consumersBy.set(operand, new Set());
        this.consumersBy.get(operand).add(node);
      }
    }
    return [...(this.consumersBy.get(i) || [])];
  }

  // --- what moves --------------------------------------------------------------------------------

  paint() {
    const {app} = this,
      {model, still} = app,
      now = performance.now();
    const passed = Math.min(50, now - (this.last || now)),
      isNetwork = model.neurons;
    const zooms = isNetwork && this.zoomOn(still ? Infinity : passed);
    const turns = isNetwork && this.turnOn(still || app.zeta < 2.5 ? Infinity : passed);
    const measures = this.measured(),
      low = isNetwork ? Math.min(3, Math.floor(app.zeta)) : 1;
    const f = isNetwork ? app.zeta - low : 0,
      moving = turns || (f > 0 && f < 1);
    const at = level => this.scene(level, measures, moving);
    const scene =
      f === 0 ? at(low) : f === 1 ? at(low + 1) : blend(at(low), at(low + 1), f * f * (3 - 2 * f));
    this.painter.paint(scene, measures.width, measures.height, measures.em);
    const way = app.pulse ? (now - app.pulse) / 450 : 1;
    this.painter.beads(way < 1 ? scene : new Map(), way, measures.em);
    const lever = app.$("zoom");
    if (!app.leverHeld && lever.value !== String(app.zeta)) lever.value = app.zeta;
    const goesOn = zooms || turns || way < 1;
    this.last = goesOn ? now : 0;
    if (goesOn) requestAnimationFrame(() => this.paint());
  }

  // The zoom on its way, after so many ms; false if it is there.
  zoomOn(passed) {
    const {app} = this,
      rest = app.level - app.zeta;
    if (rest === 0 || app.leverHeld) return false;
    const reach = Math.max(passed / 480, (Math.abs(rest) * passed) / 300);
    app.zeta = Math.abs(rest) <= reach ? app.level : app.zeta + Math.sign(rest) * reach;
    return true;
  }

  // W turns over its diagonal when all of δ goes back through it.
  turnOn(passed) {
    const {app} = this;
    let turns = false;
    for (let l = 1; l <= app.model.last; l++) {
      const goal = this.turnGoal(l),
        is = app.turns[l] ?? goal,
        rest = goal - is;
      app.turns[l] = Math.abs(rest) <= passed / TURN ? goal : is + (Math.sign(rest) * passed) / TURN;
      if (rest === 0) continue;
      turns = true;
      this.forget();
    }
    return turns;
  }

  // Whether what comes back through W can be shown: of the last to turn only after its motion.
  hasTurned(l) {
    const {asked, sight, turns} = this.app,
      goal = this.turnGoal(l);
    if (asked) return l !== sight + 1;
    return (turns[l] ?? goal) === 1 || (goal === 1 && l > 1 && this.turnGoal(l - 1) === 1);
  }

  // While the guide asks, all stand as they were: that they turn may be the answer.
  turnGoal(l) {
    const {model, t, asked} = this.app;
    if (asked) return 0;
    return model.z[l].every(i => i === undefined || t >= model.firstLeave[i]) ? 1 : 0;
  }
}
