// Check mine: δ typed entry by entry; each is told right, to its decimals, or what mistake makes it.
import {shown} from "../numbers/numerals.js";
import {range} from "../stage/marks.js";
import {escaped, name} from "../words/names.js";
import {mistakes} from "./mistakes.js";

const MOST = 12; // entries of a layer that can be typed
// as a share: so much is lost by numbers that were rounded to two or three digits
const CLOSE = 0.01;
const ASKED =
  "Work δ out by hand, from the last layer to the first, and type it; Enter tells. Two or " +
  "three digits are enough.";

export class CheckPanel {
  constructor(app) {
    this.app = app;
    this.panel = app.$("check");
  }

  show() {
    const {app} = this,
      m = app.model;
    if (this.tape === app.tape) {
      this.judge();
      return;
    }
    this.tape = app.tape;
    this.texts = {};
    this.misses = {}; // by entry, what was typed wrongly
    if (!m.neurons) {
      this.panel.innerHTML =
        `<p class="small">There are no neurons here, and so no δ to ` + `check.</p>`;
      return;
    }
    const rows = range(m.last)
      .reverse()
      .map(l => this.row(l))
      .join("");
    this.panel.innerHTML =
      `<p class="small">${ASKED}</p>${rows}<div id="verdicts" ` + `aria-live="polite"></div>`;
    for (const input of this.panel.querySelectorAll("input")) {
      input.addEventListener("change", () => {
        this.texts[`${input.dataset.l} ${input.dataset.j}`] = input.value.trim();
        this.judge();
      });
    }
    app.go(0);
  }

  row(l) {
    const size = this.app.model.sizes[l],
      facts = 'type="text" inputmode="decimal" class="mine" autocomplete="off"';
    const box = j =>
      `<label>${name("delta", l, j)} <input ${facts} data-l="${l}" data-j="${j}"></label>`;
    const more = size > MOST ? `<span class="small">+ ${size - MOST} more</span>` : "";
    return `<div class="row">${range(Math.min(MOST, size)).map(box).join("")}${more}</div>`;
  }

  // The reader's own δ of a layer, counted from 1, if every entry is a number.
  typed(l) {
    const numbers = range(this.app.model.sizes[l] || 0).map(j => parsed(this.texts[`${l} ${j}`] || ""));
    return numbers.every(Number.isFinite) ? [0, ...numbers] : null;
  }

  judge() {
    const m = this.app.model,
      said = [];
    if (!m.neurons) return;
    for (const l of range(m.last).reverse())
      for (const j of range(Math.min(MOST, m.sizes[l]))) {
        const text = this.texts[`${l} ${j}`];
        if (text) said.push(`<p>${escaped(name("delta", l, j))} ${this.verdict(l, j, text)}</p>`);
      }
    const box = this.panel.querySelector("#verdicts"),
      html = said.join("");
    if (this.said === html) return;
    this.said = html;
    box.innerHTML = html;
  }

  verdict(l, j, text) {
    const m = this.app.model,
      number = parsed(text),
      right = m.graph.grad[m.z[l][j]];
    if (!Number.isFinite(number)) return `: “${escaped(text)}” is no number.`;
    const isExact = Math.abs(number - right) <= 1e-9 * Math.abs(right),
      few = significant(text) < 2 && !isExact;
    if (few && right !== 0)
      return `= ${escaped(text)}: one digit is too few to tell; give two or three.`;
    if (isExact || matches(text, right)) return `<b>is right</b>${toDecimals(text)}.`;
    const mistake = this.mistake(l, j, text),
      isClose = Math.abs(number - right) <= CLOSE * Math.abs(right);
    if (isClose && !mistake?.isExact) {
      return (
        `<b>is right</b> but for rounding on the way: with more digits it is <b>${shown(right)}</b>.`
      );
    }
    const words = mistake
      ? `: ${escaped(mistake.words)}`
      : ", and none of the usual mistakes gives it";
    const misses = (this.misses[`${l} ${j}`] ||= new Set()).add(text);
    const answer =
      misses.size > 1
        ? ` It is <b>${shown(right)}</b>.`
        : " Try again; a second miss tells the number.";
    return `= ${escaped(text)} is wrong${words}.${answer}`;
  }

  // The mistake that makes just this number, else the one that comes nearest.
  mistake(l, j, text) {
    const isTelling = ([x]) => Number.isFinite(x) && Math.abs(x) > 1e-12,
      number = parsed(text);
    const found = mistakes(this.app.model, l, j, next => this.typed(next)).filter(isTelling);
    const away = ([x]) => Math.abs(number - x) / Math.abs(x),
      exact = found.find(([x]) => matches(text, x));
    const [near] = found.filter(each => away(each) <= CLOSE).sort((p, q) => away(p) - away(q)),
      best = exact ?? near;
    return best && {words: best[1], isExact: Boolean(exact) && significant(text) > 2};
  }
}

// A typed number, with any minus, and a point or a comma.
const typedIn = text =>
  text
    .trim()
    .toLowerCase()
    .replace(/−/g, "-")
    .replace(/^\+/, "")
    .replace(/^(-?\d*),(\d+)/, "$1.$2");
const parsed = text => (text.trim() ? Number(typedIn(text)) : NaN);
const decimalsOf = text => (typedIn(text).split("e")[0].split(".")[1] || "").length;
const significant = text => typedIn(text).split("e")[0].replace(/\D/g, "").replace(/^0+/, "").length;

// Within half of the last digit that was typed.
function matches(text, number) {
  const exponent = Number(typedIn(text).split("e")[1] || 0);
  return Math.abs(parsed(text) - number) <= 0.5000001 * 10 ** (exponent - decimalsOf(text));
}

function toDecimals(text) {
  const count = decimalsOf(text);
  return count ? `, to your ${count} decimal${count > 1 ? "s" : ""}` : "";
}
