// The four zooms on one sheet of paper, with sentence and formula.
import {View} from "./stage/cells.js";
import {setLook} from "./stage/colours.js";
import {Painter} from "./stage/painter.js";
import {fitsWhole} from "./scenes/sight.js";
import {formulaOf} from "./words/formula.js";
import {sentence} from "./words/sentence.js";

const ZOOMS = [null, "Operations", "Neurons", "Layers", "Matrices"],
  HEIGHTS = [0, 280, 270, 250, 340];
const WIDTHS = [1000, 1200, 1400, 1700]; // px at a type of 13 px; the sheet is scaled to hold them

export function printZooms(app) {
  const box = app.host.querySelector("#print"),
    {model, t, focus} = app;
  box.replaceChildren();
  box.hidden = false;
  setLook("light");
  for (const level of model.neurons ? [1, 2, 3, 4] : [1]) {
    const figure = document.createElement("figure"),
      words = sentence(model, level, t, focus).replace(/ New here.*/, "");
    const written = formulaOf(model, level, t, focus);
    figure.innerHTML = `<h2>${ZOOMS[level]}</h2><p>${words}</p><section>${written}</section>`;
    figure.append(drawn(app, level));
    box.append(figure);
  }
  app.theme();
}

function drawn(app, level) {
  const {stage, model} = app,
    {em, charW, measure} = stage.measured(),
    size = 13;
  const measures = {em: size, charW: (charW * size) / em, measure, height: HEIGHTS[level]};
  const fits = width =>
    level > 2 ||
    fitsWhole(
      new View({
        ...measures,
        height: 900,
        width,
        model,
        chars: stage.chars,
        layer: 1,
        final: app.graph.grad,
        picks: new Map(),
      }),
    );
  const width = (model.neurons && WIDTHS.find(fits)) || WIDTHS[0],
    svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const scene = stage.sceneOf(stage.view(level, {...measures, width}, true)),
    ys = [];
  new Painter(svg, document.createElement("canvas")).paint(
    scene,
    width,
    HEIGHTS[level],
    size,
    Infinity,
  );
  for (const {o, points, y, h} of scene.values()) {
    if (o > 0.5) ys.push(...(points ? points.map(point => point[1]) : [y - h / 2, y + h / 2]));
  }
  const top = Math.min(...ys) - 12; // no more than is drawn
  svg.setAttribute("viewBox", `0 ${top} ${width} ${Math.max(...ys) + 12 - top}`);
  return svg;
}
