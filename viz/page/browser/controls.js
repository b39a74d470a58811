// Buttons, handles and keys. Left and right always step through the pass, up and down move among
// tabs and zooms.

const KEYS =
  "→ ← step · space plays · Home End · 1 operations 2 neurons 3 layers 4 matrices · [ ] epoch · " +
  "G guide · P projector · Ctrl+Z undo · Esc closes";

export function bindControls(app) {
  const {$, root} = app,
    on = (id, event, f) => $(id).addEventListener(event, f);
  const all = (selector, f) =>
    root.querySelectorAll(selector).forEach(each => each.addEventListener("click", () => f(each)));
  on("back", "click", () => app.step(-1));
  on("step", "click", () => app.step(1));
  on("play", "click", () => play(app));
  on("time", "input", () => app.go(app.model.stops[app.level][$("time").value]));
  on("undo", "click", () => app.undo());
  on("reset", "click", () => app.reset());
  on("big", "click", () => app.enlarge(!app.big));
  on("link", "click", () => app.copyLink());
  on("help", "click", () => showKeys(app));
  on("sentence", "click", event => event.target.closest("button") && app.panels.guide.open(0));
  on("zoom", "input", () => {
    app.leverHeld = true;
    app.zeta = Number($("zoom").value);
    app.level = Math.round(app.zeta);
    app.refresh();
  });
  on("zoom", "change", () => {
    app.leverHeld = false;
    app.zoom(app.zeta);
  });
  all("#lever button", button => app.zoom(Number(button.dataset.zoom)));
  all("[role=tab]", button => app.choose(button.dataset.tab));
  document.addEventListener("keydown", event => key(app, event));
  // The address of the event: by now the page may have written the one that it keeps.
  addEventListener("hashchange", event => app.open(new URL(event.newURL).hash));
  addEventListener("beforeprint", () => app.print());
}

function key(app, event) {
  const typing = event.target.closest?.("input, select, textarea"),
    ranged = typing?.type === "range";
  const isArrow = event.key.startsWith("Arrow"),
    held = event.ctrlKey || event.metaKey;
  if (held && event.key === "z" && (!typing || ranged)) {
    event.preventDefault();
    app.undo();
  }
  if (held || event.altKey || (typing && !ranged)) return;
  if (ranged && (isArrow || event.key === "Home" || event.key === "End")) return;
  const group = event.target.closest?.("[role=tablist], [role=radiogroup]");
  if (group && /^Arrow(Up|Down)$/.test(event.key)) {
    moveWithin(group, event);
    return;
  }
  const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (event.key === " " && event.target.closest?.("button, summary"))) return;
  event.preventDefault();
  act(app);
}

const ACTS = {
  ArrowRight: app => app.step(1),
  ArrowLeft: app => app.step(-1),
  Home: app => app.go(0),
  End: app => app.go(app.model.steps.length),
  Escape: app => leave(app),
  " ": app => play(app),
  1: app => app.zoom(1), 2: app => app.zoom(2), 3: app => app.zoom(3), 4: app => app.zoom(4),
  "[": app => app.trainer.move(-1),
  "]": app => app.trainer.move(1),
  g: app => app.panels.guide.open(0),
  p: app => app.enlarge(!app.big),
  "?": app => showKeys(app),
};

function leave(app) {
  if (app.notice) app.say("");
  else if (app.big) app.enlarge(false);
}

function showKeys(app) {
  app.say(app.notice === KEYS ? "" : KEYS);
}

function moveWithin(group, event) {
  const buttons = [...group.querySelectorAll("button")],
    by = event.key === "ArrowUp" ? -1 : 1;
  const next = buttons[(buttons.indexOf(event.target) + by + buttons.length) % buttons.length];
  event.preventDefault();
  next.focus();
  next.click();
}

function play(app) {
  const show = (pressed, text) => {
    app.$("play").setAttribute("aria-pressed", pressed);
    app.$("play").textContent = text;
  };
  const stop = () => {
    clearInterval(app.playing);
    app.playing = 0;
    show(false, "Play");
  };
  if (app.playing) {
    stop();
    return;
  }
  const isAtEnd = () => app.t >= app.model.steps.length;
  if (isAtEnd()) app.go(0);
  show(true, "Stop");
  app.playing = setInterval(() => (isAtEnd() ? stop() : app.step(1)), app.level === 1 ? 900 : 1400);
}
