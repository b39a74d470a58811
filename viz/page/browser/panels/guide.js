// The guide: beats with a prediction each; then a sandbox. What it says stands for the sentence,
// until the reader goes elsewhere in the pass or to another zoom.
import {escaped, unbroken} from "../words/names.js";
import {BEATS} from "./beats.js";

const NO_NETWORK =
  "The guide is about networks. Here: press → and read the sentence; a click on a number lets you change it.";
const TOO_SMALL = "The guide needs a hidden layer of two neurons or more: add them under “Change”.";
const AWAY = `<p>The guide waits. <button id="again">Back to the question</button></p>`;
const SANDBOX = `<p>It is all yours now. Under “Change”, or with the pointer on the stage:</p><ul>
  <li>Drag a weight, and watch the signs.</li><li>Drag a bias until z is where σ is flat: what comes of δ?</li>
  <li>Make two paths cancel.</li><li>Take the identity for σ, and see what is left of it in δ.</li></ul>
  <p>Type your own δ under “Check mine”. Train, stop anywhere, and go down to the operations. The address of this
  page holds your numbers: send the link.</p>`;

export class GuidePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("guide");
  }

  // Whether there is a network that the beats are about.
  get fits() {
    const {neurons, last, sizes} = this.app.model;
    return neurons && last > 1 && sizes[last - 1] > 1;
  }

  show() {
    const {app} = this;
    if (app.beat === null) this.open(0);
    const away = this.panel.querySelector("#away");
    if (!away) return;
    away.hidden = app.guided;
    this.panel.querySelector("#beat").hidden = !app.guided;
  }

  open(number) {
    const {app} = this;
    if (app.tab !== "guide") app.choose("guide");
    const isAsStepped = this.stepped?.every((x, i) => Object.is(x, app.graph.data[i]));
    if (number < app.beat && isAsStepped) app.undo(); // the step down, and only that
    this.stepped = null;
    app.beat = Math.max(0, Math.min(number, BEATS.length));
    if (!this.fits) this.panel.innerHTML = `<p>${app.model.neurons ? TOO_SMALL : NO_NETWORK}</p>`;
    else if (app.beat < BEATS.length) this.ask(BEATS[app.beat]);
    else {
      app.zoom(1); // where all of it can be dragged
      app.go(app.model.steps.length);
      this.tell("Sandbox", ["Back", app.beat - 1], ["Once more", 0], SANDBOX);
    }
  }

  ask(beat) {
    const {app} = this,
      m = app.model,
      [level, t] = beat.at(m),
      answers = beat.answers(m),
      before = app.beat ? ["Back", app.beat - 1] : ["Sandbox", BEATS.length];
    const buttons = answers.map((text, n) => `<button data-n="${n}">${escaped(text)}</button>`);
    const title = `${app.beat + 1} of ${BEATS.length} · ${beat.title}`;
    app.zoom(level);
    app.go(t);
    this.tell(title, before, ["Skip", app.beat + 1], `<p id="asked" tabindex="-1">${unbroken(escaped(beat.ask(m)))}</p>
      <div class="row choices">${buttons.join("")}</div><div class="verdict" aria-live="polite"></div>`);
    for (const button of this.panel.querySelectorAll(".choices button")) {
      button.addEventListener("click", () => this.answer(beat, answers, Number(button.dataset.n)));
    }
    app.asked = "The guide asks about what is framed. The picture goes on with your answer.";
    app.lit = new Set(beat.lit(m));
    app.sight = beat.sight?.(m);
  }

  // A heading, where two buttons lead, and below it what is said.
  tell(title, back, onward, html) {
    const ways = {earlier: back, onward},
      {beat} = this.app,
      held = this.panel.contains(document.activeElement);
    this.answered = this.app.told = null;
    const button = id => `<button id="${id}">${ways[id][0]}</button>`;
    this.panel.innerHTML =
      `<div class="row"><span class="small ` +
      `heading">${title}</span>${button("earlier")}${button("onward")}</div><div ` +
      `id="beat">${html}</div><div id="away" hidden>${AWAY}</div>`;
    for (const id in ways)
      this.panel.querySelector("#" + id).addEventListener("click", () => this.open(ways[id][1]));
    const again = () => (this.answered ? this.answered() : this.open(beat));
    this.panel.querySelector("#again").addEventListener("click", again);
    if (held) this.panel.querySelector("#asked")?.focus(); // else the keyboard begins at the top again
    this.app.wander(true);
    this.app.refresh();
  }

  answer(beat, answers, chosen) {
    const {app, panel} = this,
      right = beat.right(app.model, app),
      onward = panel.querySelector("#onward");
    panel.querySelectorAll(".choices button").forEach((button, n) => {
      button.disabled = true;
      button.setAttribute("aria-pressed", n === right);
      if (n === chosen && n !== right) button.classList.add("missed");
    });
    const words = beat.then(app.model, app),
      rows = beat.rows?.(app.model, app) ?? [],
      stepped = beat.rows && app.graph.data.slice(),
      [level, t] = beat.after(app.model),
      said = panel.querySelector(".verdict");
    const verdict = chosen === right ? "Yes." : `No: ${escaped(answers[right])}.`;
    said.innerHTML = `<b>${verdict}</b> ${unbroken(escaped(words))}<table>${rows.map(changed).join("")}</table>`;
    onward.textContent = app.beat + 1 < BEATS.length ? "Next" : "Sandbox";
    onward.focus();
    this.stepped = stepped;
    this.answered = () => {
      app.zoom(level);
      app.go(t);
      app.wander(true);
      app.sight = beat.sight?.(app.model);
      if (beat.shows) app.lit = new Set(beat.shows(app.model));
      if (beat.told) app.told = beat.told(app.model);
    };
    this.answered();
    said.scrollIntoView({block: "nearest"});
  }
}

// A number before a change, and beside it after.
const changed = ([label, was, is]) =>
  `<tr><td>${unbroken(escaped(label))}</td><td>${was}</td><td>→</td><td><b>${is}</b></td></tr>`;
