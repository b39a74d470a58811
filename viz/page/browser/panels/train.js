// Training in view: descent on data in the page, its cost, ‖δˡ‖ of each layer, and for two inputs
// the boundary.
import {DATASETS, examplesOf, readFile, standardised} from "../numbers/data.js";
import {reshaped} from "../numbers/network.js";
import {Training} from "../numbers/training.js";
import {drawTraining, FORM, NOT_HERE} from "./training_form.js";

const SPEEDS = [1, 1, 3, 10, 30, 100, 300]; // epochs at a time
const MOST_MS = 40; // of training before the page is shown again
const MOST_REPEATED = 3000; // ms, of a training that a link repeats
export class TrainPanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("train");
    this.get = id => this.panel.querySelector("#" + id);
    this.dataName = "";
    this.epoch = this.example = 0;
    app.$("epoch").addEventListener("input", () => this.to(Number(app.$("epoch").value)));
    app.listeners.push(() => {
      if (!this.own) this.stale = true;
    });
  }

  show() {
    if (!this.built) this.build();
    drawTraining(this);
  }

  build() {
    const {network, computes} = this.app.tape,
      can = network?.rebuilds && computes;
    this.built = true;
    this.panel.innerHTML = can ? FORM : NOT_HERE;
    if (!can) return;
    this.rate = Number(this.get("rate").value);
    const on = (id, event, f) => this.get(id).addEventListener(event, f),
      first = ({files}) => files[0] && this.file(files[0]);
    on("dataset", "change", () => this.load(this.get("dataset").value));
    on("file", "change", event => first(event.target));
    on("go", "click", () => this.play());
    on("one", "click", () => {
      this.app.remember();
      this.steps(1);
    });
    on("rate", "change", () => {
      const rate = Number(this.get("rate").value);
      if (rate > 0) this.rate = rate;
      else this.get("rate").value = this.rate; // what is no rate is none
      if (this.training) this.training.learningRate = this.rate;
    });
    on("batch", "change", () => {
      this.stale = true;
    });
    on("whose", "change", () => this.app.refresh());
    on("example", "input", () => {
      this.example = Number(this.get("example").value);
      this.take();
    });
    this.panel.addEventListener("dragover", event => event.preventDefault());
    this.panel.addEventListener("drop", event => {
      event.preventDefault();
      first(event.dataTransfer);
    });
  }

  // --- data --------------------------------------------------------------------------------------

  load(name) {
    if (!this.built) this.build();
    if (!this.get("dataset")) return;
    const known = Object.hasOwn(DATASETS, name);
    this.dataset = !known ? null : name === "xor" ? DATASETS.xor() : standardised(DATASETS[name]());
    this.dataName = this.get("dataset").value = known ? name : "";
    this.fresh();
  }

  async file(file) {
    try {
      this.dataset = standardised(await readFile(file));
      this.dataName = "";
      this.fresh();
    } catch (error) {
      this.tell(`${error.message}.`);
    }
  }

  fresh() {
    this.training = null;
    // of 0s nothing is learned
    this.example = Math.max(0, this.dataset?.inputs.findIndex(row => row.some(x => x)) ?? 0);
    this.tell("");
    try {
      if (this.dataset) this.fit();
      this.ensure();
    } catch (error) {
      this.tell(`${error.message}.`);
      return;
    }
    this.take();
  }

  // The network gets as many inputs and outputs as the data has; what has a place keeps its numbers.
  fit() {
    const {columns, classes} = this.dataset,
      spec = this.app.spec(),
      outputs = classes?.length > 2 ? classes.length : 1;
    const sizes = [columns.length, ...spec.sizes.slice(1, -1), outputs],
      isSoftmax = spec.activations.at(-1) === "softmax";
    if (String(sizes) === String(spec.sizes) && isSoftmax === outputs > 1) return;
    const next = reshaped(spec, sizes),
      last = next.activations.length - 1;
    if (outputs > 1) {
      next.activations[last] = "softmax";
      Object.assign(next, {loss: "cross_entropy", y: next.y.map((_, j) => (j ? 0 : 1))});
    } else if (isSoftmax) {
      next.activations[last] = classes ? "sigmoid" : "identity";
      next.loss = "half_squared_error";
    }
    this.app.restructure(next);
    const what = outputs === 1 ? "one output" : `${outputs} classes`;
    const inputs = columns.length === 1 ? "one input" : `${columns.length} inputs`;
    this.tell(`The network is now ${sizes.join("-")}: ${inputs}, ${what}.`);
  }

  // The training of the numbers as they are: another one if they were changed by hand.
  ensure() {
    if (this.training && !this.stale) return this.training;
    if (!this.built) this.build();
    const spec = this.app.spec(),
      own = {x: [spec.x], y: [spec.y]};
    const data = this.dataset ? examplesOf(this.dataset, spec.sizes.at(-1)) : own;
    const batch = Number(this.get("batch").value) || data.x.length;
    this.training = new Training(spec, {data, learningRate: this.rate, batch: Math.min(batch, data.x.length)});
    this.stale = false;
    this.epoch = 0;
    this.example = Math.min(this.example, data.x.length - 1);
    return this.training;
  }

  // A script trains: what it shows next is of this training.
  followed() {
    this.ensure();
    this.following = true;
    return this.training;
  }

  follow(show) {
    this.own = Boolean(this.following);
    this.following = false;
    show();
    if (this.own) this.epoch = this.training.epoch;
    this.own = false;
  }

  // What undo brings back.
  get place() {
    const {training, stale, epoch, example} = this;
    return {training, stale, epoch, example};
  }

  set place(place) {
    Object.assign(this, place);
  }

  // What a link needs to train the same again: the start, and [epochs, ε, batch, example, epoch shown].
  // Null where numbers were changed by hand since, or the data is a file's, which stays in the page.
  repeatable() {
    const {training, dataset, dataName, stale} = this;
    if (!training?.epoch || stale || (dataset && !dataName)) return null;
    const {epoch, learningRate, batch} = training;
    return {
      start: training.at(0, this.example),
      facts: [epoch, learningRate, batch, this.example, this.epoch],
    };
  }

  // Trains again as a link says, for a few seconds at most.
  repeat(facts) {
    const [epochs, rate, batch, example, shownEpoch] = facts.split(",").map(Number);
    if (!this.built) this.build();
    if (!this.get("rate") || ![epochs, rate, batch, example, shownEpoch].every(Number.isFinite))
      return;
    if (!(rate > 0)) return;
    this.stale = true;
    this.rate = this.get("rate").value = rate;
    this.ensure();
    const {training} = this,
      count = training.data.x.length,
      end = performance.now() + MOST_REPEATED;
    training.batch = Math.max(1, Math.min(Math.round(batch), count));
    while (training.epoch < epochs && !training.stopped && performance.now() < end)
      training.step(1);
    this.get("batch").value = batch === count ? "all" : batch;
    this.example = Math.max(0, Math.min(Math.round(example), count - 1));
    this.to(shownEpoch);
  }

  // --- descent -----------------------------------------------------------------------------------

  play() {
    if (this.timer) {
      this.stop();
      return;
    }
    this.app.remember();
    try {
      this.ensure();
    } catch (error) {
      this.tell(`${error.message}.`);
      return;
    }
    this.showTraining(true);
    this.timer = setInterval(() => {
      const {data, batch} = this.training,
        updates = Math.ceil(data.x.length / batch);
      this.steps(SPEEDS[this.get("speed").value] * updates, MOST_MS);
    }, 60);
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.showTraining(false);
  }

  showTraining(on) {
    this.get("go").textContent = on ? "Stop" : "Train";
    this.get("go").setAttribute("aria-pressed", on);
  }

  steps(count, most = Infinity) {
    const end = performance.now() + most;
    let training;
    try {
      training = this.ensure();
    } catch (error) {
      this.tell(`${error.message}.`);
      this.stop();
      return;
    }
    if (this.epoch < training.epoch) this.to(training.epoch);
    for (let n = 0; n < count && !training.stopped && performance.now() < end; n++)
      training.step(1);
    if (training.stopped) this.tell(`Training stops: ${training.stopped}.`);
    if (training.stopped) this.stop();
    this.epoch = training.epoch;
    this.take(-1);
  }

  to(epoch) {
    if (!this.training) return;
    this.epoch = Math.max(0, Math.min(epoch, this.training.epoch));
    this.take();
  }

  move(by) {
    this.to(this.epoch + by);
  }

  // The stage shows an example with the weights of an epoch.
  take(epoch = this.epoch) {
    if (!this.training) return;
    this.own = true;
    this.app.takeSpec(this.training.at(epoch, this.example));
    this.own = this.stale = false;
  }

  tell(text) {
    this.get("told").textContent = text.charAt(0).toUpperCase() + text.slice(1);
  }

  // --- what it looks like ------------------------------------------------------------------------

  // The second handle: there from the start, so that nothing moves when training begins. Numbers
  // that were changed by hand leave it where it is: it goes back to those of the training.
  handle() {
    const {app, training} = this,
      last = training?.epoch ?? 0,
      handle = app.$("epoch"),
      by = this.stale ? ", changed since" : "";
    app.$("epochs").hidden = !app.tape.network?.rebuilds;
    for (const [what, value] of [["max", last], ["value", this.epoch]]) {
      if (handle[what] !== String(value)) handle[what] = value;
    }
    handle.disabled = !last;
    const text = last ? `epoch ${this.epoch} of ${last}${by}` : "not trained";
    if (app.$("epoch-count").textContent !== text) app.$("epoch-count").textContent = text;
  }
}
