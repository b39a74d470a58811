// The page. Everything shown is computed from the tape, its numbers, t (the step) and the zoom.
import {numbersIn, readAddress, specIn, writeAddress} from "./address.js";
import {bindControls} from "./controls.js";
import {ChangePanel} from "./panels/change.js";
import {CheckPanel} from "./panels/check.js";
import {CodePanel} from "./panels/code.js";
import {GuidePanel} from "./panels/guide.js";
import {TrainPanel} from "./panels/train.js";
import {bindPointer} from "./pointer.js";
import {printZooms} from "./printing.js";
import {setLook} from "./stage/colours.js";
import {Stage} from "./stage/stage.js";
import {State} from "./state.js";
import {setNotation} from "./words/names.js";
import {showWords} from "./words/surroundings.js";

const WIDE = 12; // a layer of more neurons begins as a matrix

export class App extends State {
  constructor(host, given) {
    setNotation(given.notation);
    super(given);
    this.host = host;
    this.root = host.querySelector(".page");
    this.$ = id => host.querySelector("#" + id);
    this.tab = "change";
    this.beat = this.hover = this.picked = null;
    this.wander(false);
    this.big = false;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.stage = new Stage(this);
    this.level = this.zeta = this.isWide ? 4 : 1;
    this.panels = {
      change: new ChangePanel(this),
      guide: new GuidePanel(this),
      check: new CheckPanel(this),
      train: new TrainPanel(this),
      code: new CodePanel(this),
    };
    this.trainer = this.panels.train;
    bindControls(this);
    bindPointer(this);
    this.theme();
    this.$("title").textContent = given.title;
    this.open(location.hash);
    this.watch();
  }

  // Theme, motion, size and type may change while the page is open.
  watch() {
    for (const query of [this.dark, this.calm])
      query.addEventListener("change", () => this.theme());
    const resized = () => {
      this.stage.resize();
      this.refresh();
    };
    const observer = new ResizeObserver(resized);
    for (const id of ["stage", "bars"]) observer.observe(this.$(id));
    document.fonts?.ready.then(resized);
  }

  get isWide() {
    return this.model.neurons && Math.max(...this.model.sizes) > WIDE;
  }

  get still() {
    return this.calm.matches;
  }

  // --- where the reader is -----------------------------------------------------------------------

  go(step) {
    const t = Math.max(0, Math.min(step, this.model.steps.length));
    if (t === this.t) return;
    this.pulse = t > this.t && !this.still ? performance.now() : 0;
    this.t = t;
    this.before = this.hover = null;
    this.wander();
    this.refresh();
  }

  // Away from what the guide says, or to it.
  wander(guided = false) {
    this.asked = this.lit = this.sight = null;
    this.guided = guided;
  }

  // So many stops of this zoom further, or back.
  step(count) {
    const stops = this.model.stops[this.level],
      at = stops.findIndex(stop => stop >= this.t);
    const target = count > 0 && stops[at] !== this.t ? at + count - 1 : at + count;
    this.go(stops[Math.max(0, Math.min(target, stops.length - 1))]);
  }

  zoom(level) {
    this.level = this.model.neurons ? Math.max(1, Math.min(4, Math.round(level) || this.level)) : 1;
    if (this.still) this.zeta = this.level;
    this.wander();
    this.refresh();
  }

  choose(tab) {
    if (tab === "check" && this.tab !== tab) this.go(0); // no δ stands there yet
    this.tab = this.root.dataset.panel = tab;
    for (const name in this.panels) this.panels[name].panel.hidden = name !== tab;
    this.root.querySelectorAll("[role=tab]").forEach(button => {
      const on = button.dataset.tab === tab;
      button.setAttribute("aria-selected", on);
      button.tabIndex = on ? 0 : -1;
    });
    if (tab !== "guide") {
      this.beat = null;
      this.wander();
    }
    this.refresh();
  }

  enlarge(on) {
    this.big = on;
    this.root.classList.toggle("big", on);
    this.$("big").setAttribute("aria-pressed", on);
    this.stage.resize();
    this.refresh();
  }

  // A word at the foot of the stage, until another comes; "" for none.
  say(text) {
    this.notice = text;
    this.refresh();
  }

  async copyLink() {
    if (location.protocol === "about:") {
      this.say("This page stands in a notebook and has no address: save it as a file for a link to it.");
      return;
    }
    const [page] = location.href.split("#"),
      address = page + writeAddress(this, true);
    try {
      await navigator.clipboard.writeText(address);
      this.say("Copied: a link to this page with your numbers.");
    } catch {
      history.replaceState(null, "", address);
      this.say("The address of this page now holds all your numbers: copy it.");
    }
  }

  theme() {
    this.root.classList.toggle("dark", this.dark.matches);
    setLook(this.dark.matches ? "dark" : "light");
    this.refresh();
  }

  print() {
    printZooms(this);
  }

  // --- showing -----------------------------------------------------------------------------------

  // Once before the next frame, however much has changed.
  refresh() {
    this.stage?.forget();
    if (!this.panels || this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      showWords(this);
      this.stage.paint();
    });
  }

  // What an address asks for; what it asks for wrongly is left as it was given.
  open(hash) {
    const state = readAddress(hash),
      spec = specIn(state, this.given.tape.network);
    if (spec && this.given.tape.network.rebuilds) {
      try {
        this.restructure(spec, false);
      } catch {
        // what cannot be built opens as it was given
      }
    }
    const pairs = this.tape.computes ? numbersIn(state, this) : [];
    if (pairs.length) {
      this.put(pairs);
      this.compute();
    }
    if (state.zoom) {
      this.zoom(Number(state.zoom));
      this.zeta = this.level;
    }
    if (state.step) this.t = Math.max(0, Math.min(Number(state.step) | 0, this.model.steps.length));
    this.enlarge(state.projector === "1");
    if (state.data) this.trainer.load(state.data);
    if (state.train) this.trainer.repeat(state.train);
    // a link opens what it says; without one a newcomer lands in the guide
    const {guide} = this.panels,
      lands = hash.length < 2 && this.given.guide && guide.fits && !this.isWide;
    const {tab = lands ? "guide" : "change"} = state;
    this.choose(Object.hasOwn(this.panels, tab) ? tab : "change");
    if (state.beat) guide.open(Number(state.beat) - 1);
  }
}
