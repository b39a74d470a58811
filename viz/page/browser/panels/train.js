// Training in view: descent on data in the page, its cost, ‖δˡ‖ of each layer, and for two inputs the boundary.
import {Training} from "../numbers/training.js";
import {DATASETS, examplesOf, readFile, standardised} from "../numbers/data.js";
import {reshaped} from "../numbers/network.js";
import {escaped, costLetter} from "../words/names.js";
import {look, signColour} from "../stage/marks.js";
import {shown} from "../numbers/numerals.js";

const GRID = 36;

export class TrainPanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("train");
    this.dataName = "";
    this.epoch = 0;
    this.example = 0;
    this.get = id => this.panel.querySelector("#" + id);
    app.$("epoch").addEventListener("input", () => this.to(Number(app.$("epoch").value)));
    app.listeners.push(() => {
      if (!this.own) this.stale = true;
    });
  }

  show() {
    if (!this.built) this.build();
    this.draw();
  }

  build() {
    this.built = true;
    const {app} = this,
      network = app.tape.network;
    if (!network?.rebuilds || !app.tape.computes) {
      this.panel.innerHTML = `<p class="small">Training needs a network whose activation and loss are those of <code>nn</code>.</p>`;
      return;
    }
    this.panel.innerHTML = `
      <div class="row"><label for="dataset">data</label><select id="dataset"><option value="">this example</option><option value="xor">XOR</option><option value="moons">moons</option><option value="iris">iris</option></select>
        <label for="file">own CSV</label><input id="file" type="file" accept=".csv,text/csv,text/plain"></div>
      <div class="row"><button id="go" aria-pressed="false">Train</button><button id="one">One step</button><label for="rate">ε</label><input class="rate" id="rate" type="number" min="0" step="any" value="0.5">
        <label for="batch">per step</label><select id="batch"><option value="all">all examples</option><option value="1">one example</option><option value="10">10 examples</option></select>
        <label for="speed">speed</label><input id="speed" type="range" min="0" max="6" value="2"></div>
      <div class="row"><label for="example">example</label><input id="example" type="range" min="0" max="0" value="0"><output id="which-example" for="example"></output></div>
      <p id="told" aria-live="polite"></p>
      <div class="charts"><figure><canvas id="cost-chart" role="img" aria-label="cost by epoch"></canvas><figcaption id="cost-words"></figcaption></figure>
      <figure><canvas id="norm-chart" role="img" aria-label="size of delta of each layer by epoch"></canvas><figcaption id="norm-words"></figcaption></figure>
      <figure id="boundary"><canvas id="map" role="img" aria-label="the output over the two inputs, with the examples"></canvas><figcaption>output over x₁, x₂</figcaption></figure></div>`;
    const on = (id, event, f) => this.get(id).addEventListener(event, f);
    on("dataset", "change", () => this.load(this.get("dataset").value));
    on("file", "change", event => event.target.files[0] && this.file(event.target.files[0]));
    this.panel.addEventListener("dragover", event => event.preventDefault());
    this.panel.addEventListener("drop", event => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) this.file(event.dataTransfer.files[0]);
    });
    on("go", "click", () => this.play());
    on("one", "click", () => {
      this.app.remember();
      this.steps(1);
    });
    on("rate", "change", () => {
      if (this.training) this.training.learningRate = Number(this.get("rate").value);
    });
    on("batch", "change", () => {
      this.stale = true;
    });
    on("example", "input", () => {
      this.example = Number(this.get("example").value);
      this.take();
    });
  }

  // --- data ------------------------------------------------------------------------------------------------

  load(name) {
    if (!this.built) this.build();
    if (!this.get("dataset")) return;
    this.dataset = Object.hasOwn(DATASETS, name) ? standardised(DATASETS[name]()) : null;
    if (name === "xor") this.dataset = DATASETS.xor();
    this.dataName = this.dataset ? name : "";
    this.get("dataset").value = this.dataName;
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

  // The network gets as many inputs and outputs as the data has; what has a place keeps its numbers.
  fresh() {
    this.training = null;
    this.example = 0;
    this.tell("");
    if (this.dataset) {
      const {columns, classes} = this.dataset,
        spec = this.app.spec(),
        outputs = classes && classes.length > 2 ? classes.length : 1;
      const sizes = [columns.length, ...spec.sizes.slice(1, -1), outputs];
      if (
        sizes.join() !== spec.sizes.join() ||
        (outputs > 1 && spec.activations.at(-1) !== "softmax")
      ) {
        const next = reshaped(spec, sizes);
        if (outputs > 1) {
          next.activations[next.activations.length - 1] = "softmax";
          next.loss = "cross_entropy";
          next.y = next.y.map((_, j) => (j ? 0 : 1));
        } else if (next.activations.at(-1) === "softmax") {
          next.activations[next.activations.length - 1] = classes ? "sigmoid" : "identity";
          next.loss = "half_squared_error";
        }
        try {
          this.app.restructure(next);
        } catch (error) {
          this.tell(`${error.message}.`);
          return;
        }
        this.tell(
          `The network is now ${sizes.join("-")}: ${columns.length} inputs, ${outputs === 1 ? "one output" : `${outputs} classes`}.`,
        );
      }
    }
    this.ensure();
    this.take();
  }

  ensure() {
    if (this.training && !this.stale) return this.training;
    if (!this.built) this.build();
    const {app} = this,
      spec = app.spec(),
      data = this.dataset
        ? examplesOf(this.dataset, spec.sizes.at(-1))
        : {x: [spec.x], y: [spec.y]};
    const batch = this.get("batch")?.value ?? "all",
      learningRate = Number(this.get("rate")?.value ?? 0.5);
    this.training = new Training(spec, {
      data,
      learningRate,
      batch: batch === "all" ? data.x.length : Math.min(Number(batch), data.x.length),
    });
    this.stale = false;
    this.epoch = 0;
    this.costs = [];
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

  // --- descent ---------------------------------------------------------------------------------------------

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
    this.get("go").textContent = "Stop";
    this.get("go").setAttribute("aria-pressed", "true");
    this.timer = setInterval(
      () =>
        this.steps(
          [1, 1, 3, 10, 30, 100, 300][this.get("speed").value] *
            Math.ceil(this.training.data.x.length / this.training.batch),
          40,
        ),
      60,
    );
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.get("go").textContent = "Train";
    this.get("go").setAttribute("aria-pressed", "false");
  }

  steps(count, most = 1e9) {
    let training;
    try {
      training = this.ensure();
    } catch (error) {
      this.tell(`${error.message}.`);
      if (this.timer) this.stop();
      return;
    }
    if (this.epoch < training.epoch) this.to(training.epoch);
    const end = performance.now() + most;
    for (let n = 0; n < count && !training.stopped && performance.now() < end; n++)
      training.step(1);
    if (training.stopped) {
      this.tell(`Training stops: ${training.stopped}.`);
      if (this.timer) this.stop();
    }
    this.epoch = training.epoch;
    this.take(-1);
  }

  to(epoch) {
    if (!this.training) return;
    this.epoch = Math.max(0, Math.min(epoch, this.training.epoch));
    this.take(this.epoch);
  }

  move(by) {
    this.to(this.epoch + by);
  }

  // The stage shows an example with the weights of an epoch.
  take(epoch = this.epoch) {
    if (!this.training) return;
    this.own = true;
    this.app.takeSpec(this.training.at(epoch, this.example));
    this.own = false;
    this.stale = false;
    this.app.refresh();
  }

  tell(text) {
    if (this.get("told"))
      this.get("told").textContent = text.charAt(0).toUpperCase() + text.slice(1);
  }

  // --- charts ----------------------------------------------------------------------------------------------

  draw() {
    const {app, training} = this,
      has = Boolean(training && !this.stale);
    if (!this.get("go")) return;
    const count = has ? training.data.x.length : 1;
    Object.assign(this.get("example"), {max: count - 1, value: this.example, disabled: count < 2});
    this.get("which-example").textContent =
      count > 1 ? `${this.example + 1} of ${count}` : "the only one";
    this.get("boundary").hidden = app.model.sizes?.[0] !== 2;
    this.handle();
    const history = has ? training.history : [],
      last = history[Math.max(0, this.epoch - 1)];
    this.chart("cost-chart", [history.map(h => h.cost)], false);
    this.get("cost-words").textContent = last
      ? `cost ${costLetter()} = ${shown(last.cost)}`
      : "cost: train to see it";
    this.chart(
      "norm-chart",
      (last?.deltaNorms || []).map((_, l) => history.map(h => h.deltaNorms[l])),
      true,
    );
    this.get("norm-words").textContent = last
      ? `‖δ‖, log: ${last.deltaNorms.map((x, l) => `${l + 1} ${["─", "╌", "┈"][l % 3]} ${x.toPrecision(2)}`).join(", ")}`
      : "‖δ‖ of each layer";
    if (!this.get("boundary").hidden && has) this.map(training);
  }

  // The second handle: there from the start, so that nothing moves when training begins.
  handle() {
    const {app, training} = this,
      has = Boolean(training && !this.stale);
    app.$("epochs").hidden = !app.tape.network?.rebuilds;
    Object.assign(app.$("epoch"), {
      max: has ? training.epoch : 0,
      value: has ? this.epoch : 0,
      disabled: !has || !training.epoch,
    });
    app.$("epoch-count").textContent =
      has && training.epoch ? `epoch ${this.epoch} of ${training.epoch}` : "not trained";
  }

  canvas(id) {
    const canvas = this.get(id),
      ratio = devicePixelRatio || 1,
      w = canvas.clientWidth,
      h = canvas.clientHeight;
    canvas.width = w * ratio;
    canvas.height = h * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return [context, w, h];
  }

  chart(id, series, logarithmic) {
    const [context, w, h] = this.canvas(id),
      f = logarithmic ? x => Math.log10(Math.max(x, 1e-12)) : x => x;
    let low = logarithmic ? Infinity : 0,
      high = -Infinity;
    for (const s of series)
      for (const x of s) {
        low = Math.min(low, f(x));
        high = Math.max(high, f(x));
      }
    if (!(high > low)) high = low + 1;
    const length = series[0]?.length || 0,
      X = n => 4 + (w - 8) * (length > 1 ? n / (length - 1) : 0),
      Y = x => h - 4 - ((f(x) - low) / (high - low)) * (h - 8);
    series.forEach((s, l) => {
      context.strokeStyle = look.ink;
      context.lineWidth = 1.75;
      context.setLineDash([[], [6, 4], [2, 3]][l % 3]);
      context.beginPath();
      const jump = Math.max(1, Math.floor(length / 400));
      for (let n = 0; n < length; n += jump) context.lineTo(X(n), Y(s[n]));
      context.stroke();
    });
    if (length > 1) {
      context.setLineDash([]);
      context.strokeStyle = look.muted;
      context.beginPath();
      context.moveTo(X(Math.max(0, this.epoch - 1)), 0);
      context.lineTo(X(Math.max(0, this.epoch - 1)), h);
      context.stroke();
    }
  }

  map(training) {
    const [context, w, h] = this.canvas("map"),
      {x, y} = training.data,
      ends = k => {
        const xs = x.map(row => row[k]),
          low = Math.min(...xs),
          high = Math.max(...xs),
          pad = (high - low || 1) * 0.2;
        return [low - pad, high + pad];
      };
    const x1 = ends(0),
      x2 = ends(1),
      several = training.spec.sizes.at(-1) > 1;
    const values = training.boundary({x1, x2, columns: GRID, rows: GRID}),
      middle = several ? 0.5 : training.spec.y.length && Math.min(...y.flat()) < 0 ? 0 : 0.5;
    values.forEach((v, at) => {
      context.fillStyle = several
        ? signColour(v - 0.5, Math.max(1, training.spec.sizes.at(-1) - 1.5))
        : signColour(v - middle, 0.5);
      context.fillRect(
        ((at % GRID) * w) / GRID,
        (Math.floor(at / GRID) * h) / GRID,
        w / GRID + 1,
        h / GRID + 1,
      );
    });
    x.slice(0, 600).forEach((row, n) => {
      const px = ((row[0] - x1[0]) / (x1[1] - x1[0])) * w,
        py = h - ((row[1] - x2[0]) / (x2[1] - x2[0])) * h,
        target = several ? y[n].indexOf(1) - 0.5 : y[n][0] - middle;
      context.beginPath();
      context.arc(px, py, n === this.example ? 6 : 4, 0, 7);
      context.fillStyle = signColour(target, Math.abs(target));
      context.fill();
      context.lineWidth = n === this.example ? 3 : 1.25;
      context.strokeStyle = look.ink;
      context.stroke();
    });
  }
}
