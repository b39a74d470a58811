// The guide: beats with a prediction each; then a sandbox.
import {escaped} from "../words/names.js";
import {BEATS} from "./beats.js";

const NO_NETWORK =
  "The guide is about networks. Here: press → and read the sentence; a click on a number " +
  "lets you change it.";
const TOO_SMALL = "The guide needs a hidden layer of two neurons or more: add them under “Change”.";
const SANDBOX = `<p>It is all yours now. Drag a weight and watch the signs. Drive a z into
  saturation. Make two paths
  cancel. Take the identity for σ, and see what is left of it in δ. Type your own δ under “Check
    mine”; train, stop
  anywhere, and go down to the operations.</p><p>The address of this page holds your numbers:
    send the link.</p>`;

export class GuidePanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("guide");
  }

  show() {
    if (this.app.beat === null) this.open(0);
  }

  open(number) {
    const {app} = this,
      m = app.model;
    if (app.tab !== "guide") app.choose("guide");
    app.beat = Math.max(0, Math.min(number, BEATS.length));
    if (!m.neurons || m.last < 2 || m.sizes[m.last - 1] < 2) {
      this.panel.innerHTML = `<p>${m.neurons ? TOO_SMALL : NO_NETWORK}</p>`;
      return;
    }
    if (app.borrowed) app.undo();
    app.borrowed = false;
    if (app.beat === BEATS.length) this.sandbox();
    else this.ask(BEATS[app.beat]);
  }

  ask(beat) {
    const {app} = this,
      m = app.model,
      [level, t] = beat.at(m),
      answers = beat.answers(m);
    const buttons = answers
      .map((text, n) => `<button data-n="${n}">${escaped(text)}</button>`)
      .join("");
    const title = `${app.beat + 1} of ${BEATS.length} · ${beat.title}`;
    this.panel.innerHTML = `${this.head(title, "Skip")}
      <p id="asked">${escaped(beat.ask(m))}</p><div class="row choices">${buttons}</div>
      <p class="verdict" aria-live="polite"></p>`;
    for (const button of this.panel.querySelectorAll(".choices button")) {
      button.addEventListener("click", () => this.answer(beat, answers, Number(button.dataset.n)));
    }
    this.turn();
    app.zoom(level);
    app.go(t);
    app.asked =
      "The guide asks about what is framed. Answer before you compute: the picture goes on " +
      "with your answer.";
    app.lit = new Set(beat.lit(m));
  }

  head(title, onward) {
    const back = `<button id="earlier" ${this.app.beat ? "" : "disabled"}>Back</button>`;
    return (
      `<div class="row"><span class="small heading">${title}</span>${back}<button ` +
      `id="onward">${onward}</button></div>`
    );
  }

  turn() {
    const {app} = this;
    this.panel.querySelector("#earlier").addEventListener("click", () => this.open(app.beat - 1));
    this.panel.querySelector("#onward").addEventListener("click", () => this.open(app.beat + 1));
  }

  answer(beat, answers, chosen) {
    const {app} = this,
      right = beat.right(app.model, app),
      onward = this.panel.querySelector("#onward");
    this.panel.querySelectorAll(".choices button").forEach((button, n) => {
      button.disabled = true;
      button.setAttribute("aria-pressed", n === right);
      if (n === chosen && n !== right) button.classList.add("missed");
    });
    app.asked = app.lit = null;
    const words = beat.then(app.model, app),
      [level, t] = beat.after(app.model);
    const verdict = chosen === right ? "Yes." : `No: ${escaped(answers[right])}.`;
    this.panel.querySelector(".verdict").innerHTML = `<b>${verdict}</b> ${escaped(words)}`;
    onward.textContent = app.beat + 1 < BEATS.length ? "Next" : "To the sandbox";
    onward.focus();
    app.zoom(level);
    app.go(t);
  }

  sandbox() {
    this.app.asked = this.app.lit = null;
    this.panel.innerHTML = this.head("Sandbox", "Once more") + SANDBOX;
    this.panel
      .querySelector("#earlier")
      .addEventListener("click", () => this.open(BEATS.length - 1));
    this.panel.querySelector("#onward").addEventListener("click", () => this.open(0));
    this.app.refresh();
  }
}
