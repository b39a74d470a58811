// Seven beats, each with a prediction about backpropagation; then a sandbox.
import {costLetter, escaped, name, sigma} from "../words/names.js";
import {shown} from "../numbers/numerals.js";

const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
const signOf = x => (x > 0 ? "positive" : x < 0 ? "negative" : "0");
const largest = list =>
  list.reduce((best, x, at) => (Math.abs(x) > Math.abs(list[best]) ? at : best), 0);

// Each beat: where it stands, what it asks, the answers, which is right (a number of the list), and what to say then.
const BEATS = [
  {
    title: "A nudge",
    at: () => [1, 0],
    ask: m =>
      `The output ${name("a", m.last, 1)} is ${shown(m.data(m.a[m.last][1]))}, its target ${shown(targetOf(m))}. Raise ${name("z", m.last, 1)} by a little: what does ${costLetter()} do?`,
    answers: () => ["it rises", "it falls"],
    right: m => (m.graph.grad[m.z[m.last][1]] > 0 ? 0 : 1),
    then: (m, app) => {
      const i = m.z[m.last][1],
        h = 1e-4,
        d = (m.graph.rootWith(i, m.data(i) + h) - m.data(m.tape.root)) / h;
      app.picked = i;
      return `Raised by 0.0001, ${costLetter()} changes by ${shown(d)} times that. That ratio is what backward computes for every number at once: ${m.gradientTitle(i)} = ${shown(m.graph.grad[i])}.`;
    },
    after: m => [1, m.lastArrival[m.z[m.last][1]]],
  },
  {
    title: "One edge",
    at: m => [1, edgeStep(m) - 1],
    ask: m =>
      `${name("delta", m.last, 1)} = ${shown(m.graph.grad[m.z[m.last][1]])} goes back over the weight ${name("w", m.last, 1, 1)} = ${shown(m.data(m.w[m.last][1][1]))}. Which sign arrives at ${name("a", m.last - 1, 1)}?`,
    answers: () => ["positive", "negative"],
    right: m => (m.graph.grad[m.z[m.last][1]] * m.data(m.w[m.last][1][1]) > 0 ? 0 : 1),
    then: m =>
      `What arrives is upstream times local derivative, and the local derivative of a product is the other factor: here the weight. Two signs multiply to ${signOf(m.graph.grad[m.z[m.last][1]] * m.data(m.w[m.last][1][1]))}.`,
    after: m => [1, edgeStep(m)],
  },
  {
    title: "A sum of paths",
    at: m => [2, Math.max(0, m.firstLeave[m.z[m.last][1]] - 1)],
    ask: m =>
      `Look at the weights that lead on from layer ${m.last - 1}. Which of its neurons gets more of the error, the larger |∂${costLetter()}/∂a|?`,
    answers: m => range(Math.min(6, m.sizes[m.last - 1])).map(j => `neuron ${j}`),
    right: m =>
      largest(range(Math.min(6, m.sizes[m.last - 1])).map(j => m.graph.grad[m.a[m.last - 1][j]])),
    then: m =>
      `Over each line w·δ comes back${m.sizes[m.last] > 1 ? ", and what comes over several lines is added: it may cancel" : ""}. ${range(
        Math.min(3, m.sizes[m.last - 1]),
      )
        .map(
          j =>
            `${m.gradientTitle(m.a[m.last - 1][j])} = ${shown(m.graph.grad[m.a[m.last - 1][j]])}`,
        )
        .join(", ")}.`,
    after: m => [
      2,
      Math.max(...range(m.sizes[m.last - 1]).map(j => m.lastArrival[m.a[m.last - 1][j]])),
    ],
  },
  {
    title: "δ has a name",
    at: m => [
      1,
      Math.max(...range(m.sizes[m.last - 1]).map(j => m.lastArrival[m.a[m.last - 1][j]])),
    ],
    ask: m =>
      `∂${costLetter()}/∂${name("a", m.last - 1, 1)} = ${shown(m.graph.grad[m.a[m.last - 1][1]])} has arrived. ${name("delta", m.last - 1, 1)} is to be ∂${costLetter()}/∂${name("z", m.last - 1, 1)}. Which factor is missing?`,
    answers: m => [
      name("slope", m.last - 1, 1),
      name("w", m.last, 1, 1),
      name("a", m.last - 1, 1),
      "none",
    ],
    right: () => 0,
    then: m =>
      `Between z and a stands ${sigma()}, and its local derivative is its slope, ${shown(m.slope(m.last - 1, 1, 1))}. So ${name("delta", m.last - 1, 1)} = ${shown(m.graph.grad[m.z[m.last - 1][1]])}: how fast ${costLetter()} changes with what the neuron added up.`,
    after: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
  },
  {
    title: "A neuron that is shut",
    at: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
    ask: m =>
      `Add 8 to the bias of neuron 1 in layer ${m.last - 1}: its z goes far to the right, where ${sigma()} is flat. What becomes of its δ, now ${shown(m.graph.grad[m.z[m.last - 1][1]])}?`,
    answers: () => ["it grows", "it shrinks", "it stays"],
    right: (m, app) => (app.trial.ratio > 1.05 ? 0 : app.trial.ratio < 0.95 ? 1 : 2),
    before: (m, app) => {
      const z = m.z[m.last - 1][1];
      app.trial = trial(app, z);
    },
    then: (m, app) => {
      const was = m.graph.grad[m.z[m.last - 1][1]];
      const b = m.b[m.last - 1]?.[1];
      if (b !== undefined) {
        app.change([[b, m.data(b) + 8]]);
        app.borrowed = true;
      }
      return `The slope there is ${shown(app.model.slope(m.last - 1, 1, 1))}, and it multiplies all that passes: δ goes from ${shown(was)} to ${shown(app.graph.grad[m.z[m.last - 1][1]])}, and nothing below learns through this neuron. With the next question the bias is what it was.`;
    },
    after: m => [2, m.lastArrival[m.z[m.last - 1][1]]],
  },
  {
    title: "Why the T",
    at: m => [
      3,
      Math.min(...m.z[m.last].filter(i => i !== undefined).map(i => m.firstLeave[i])) - 1,
    ],
    ask: m =>
      `${name("W", m.last)} has ${counted(m.sizes[m.last], "row")} and ${counted(m.sizes[m.last - 1], "column")}: a row for each neuron it leads to. ${name("delta", m.last)} has ${counted(m.sizes[m.last], "number")}, and ${m.sizes[m.last - 1]} are wanted, one for each neuron it came from. By what is δ multiplied?`,
    answers: () => ["W", "Wᵀ", "W⁻¹"],
    right: () => 1,
    then: m =>
      `Neuron k gathers what comes back over the weights that leave it. They stand in column k of W; turned over the diagonal, column k is row k. Nothing is inverted: the error does not undo the forward pass, it is carried back over the same weights.`,
    after: m => [
      3,
      Math.max(...m.z[m.last - 1].filter(i => i !== undefined).map(i => m.lastArrival[i])),
    ],
  },
  {
    title: "A step down",
    at: m => [4, m.steps.length],
    ask: m => {
      const w = m.w[m.last][1][1];
      return `δ times a has filled ∂${costLetter()}/∂W. For ${name("w", m.last, 1, 1)} it is ${shown(m.graph.grad[w])}. One step of descent makes this weight …`;
    },
    answers: () => ["larger", "smaller"],
    right: m => (m.graph.grad[m.w[m.last][1][1]] > 0 ? 1 : 0),
    then: (m, app) => {
      const C = m.data(m.tape.root),
        rate = 0.1,
        leaves = app.leaves().filter(i => "wb".includes(m.nodes.kind[i]));
      app.change(leaves.map(i => [i, app.graph.data[i] - rate * app.graph.grad[i]]));
      return `w ← w − ε ∂${costLetter()}/∂w goes against the gradient, for every weight and bias: with ε = 0.1 ${costLetter()} goes from ${shown(C)} to ${shown(app.graph.data[app.graph.root])}. Under “Train” this is done many times.`;
    },
    after: m => [4, m.steps.length],
  },
];

const range = n => Array.from({length: n}, (_, i) => i + 1);
const targetOf = m => (m.y[1] === undefined ? (m.tape.network?.y[0] ?? NaN) : m.data(m.y[1]));
function edgeStep(m) {
  const z = m.z[m.last][1],
    operand = m.a[m.last - 1][1],
    place = m.nodes.operands[z].indexOf(operand);
  return place >= 0 ? m.stepOf.get(z * 4096 + place) : m.lastArrival[operand];
}

// δ of a neuron if its bias were 8 larger, without changing anything.
function trial(app, z) {
  const m = app.model,
    b = m.b[m.last - 1]?.[1],
    before = app.graph.grad[z];
  if (b === undefined || !app.tape.computes) return {ratio: 1};
  const data = app.graph.data[b];
  app.graph.set(b, data + 8);
  app.graph.forward();
  app.graph.backward();
  const ratio = Math.abs(app.graph.grad[z] / before);
  app.graph.set(b, data);
  app.graph.forward();
  app.graph.backward();
  return {ratio};
}

export class GuidePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("guide");
    this.right = 0;
  }

  show() {
    if (this.app.beat === null) this.open(0);
  }

  open(number) {
    const {app} = this;
    if (app.tab !== "guide") {
      app.choose("guide");
      if (app.beat === number) return;
    }
    if (!app.model.neurons) {
      this.panel.innerHTML = `<p class="small">The guide is about networks. Here: press → and read the sentence; a click on a number lets you change it.</p>`;
      app.beat = 0;
      return;
    }
    if (app.model.last < 2 || app.model.sizes[app.model.last - 1] < 2) {
      this.panel.innerHTML = `<p>The guide needs a hidden layer of two neurons or more: add them under “Change”.</p>`;
      app.beat = 0;
      return;
    }
    if (app.borrowed) {
      app.borrowed = false;
      app.undo();
    }
    app.beat = Math.max(0, Math.min(number, BEATS.length));
    this.tape = app.tape;
    if (app.beat === BEATS.length) this.sandbox();
    else this.ask(BEATS[app.beat]);
  }

  ask(beat) {
    const {app} = this,
      [level, t] = beat.at(app.model);
    beat.before?.(app.model, app);
    app.zoom(level);
    app.go(t);
    const answers = beat.answers(app.model, app);
    this.panel.innerHTML = `<p class="small">${app.beat + 1} of ${BEATS.length} · ${beat.title}</p><p id="asked">${escaped(beat.ask(app.model, app))}</p>
      <div class="row choices">${answers.map((a, n) => `<button data-n="${n}">${escaped(a)}</button>`).join("")}</div><p class="verdict" aria-live="polite"></p>
      <div class="row"><button id="earlier" ${app.beat ? "" : "disabled"}>Back</button><button id="onward">Skip</button></div>`;
    this.panel
      .querySelectorAll(".choices button")
      .forEach(button =>
        button.addEventListener("click", () =>
          this.answer(beat, answers, Number(button.dataset.n)),
        ),
      );
    this.turn();
  }

  turn() {
    this.panel
      .querySelector("#earlier")
      .addEventListener("click", () => this.open(this.app.beat - 1));
    this.panel
      .querySelector("#onward")
      .addEventListener("click", () => this.open(this.app.beat + 1));
  }

  answer(beat, answers, chosen) {
    const {app} = this,
      right = beat.right(app.model, app),
      buttons = this.panel.querySelectorAll(".choices button");
    buttons.forEach((button, n) => {
      button.disabled = true;
      button.setAttribute("aria-pressed", n === right);
    });
    const words = beat.then(app.model, app),
      [level, t] = beat.after(app.model);
    this.panel.querySelector(".verdict").innerHTML =
      `<b>${chosen === right ? "Yes." : `No: ${escaped(answers[right])}.`}</b> ${escaped(words)}`;
    const onward = this.panel.querySelector("#onward");
    onward.textContent = app.beat + 1 < BEATS.length ? "Next" : "To the sandbox";
    onward.focus();
    app.zoom(level);
    app.go(t);
  }

  sandbox() {
    this.panel.innerHTML = `<p class="small">Sandbox</p><p>It is all yours now. Drag a weight and watch the signs. Drive a z into saturation. Make two paths cancel. Take the identity for σ, and see what is left of (2). Type your own δ under “Check mine”; train, stop anywhere, and go down to the operations.</p><p>The address of this page holds your numbers: send the link.</p>
      <div class="row"><button id="earlier">Back</button><button id="onward" hidden>Next</button></div>`;
    this.turn();
  }
}
