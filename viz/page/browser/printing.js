// The four zooms on one sheet of paper, with sentence and formula.
import {View} from "./stage/cells.js";
import {setLook} from "./stage/colours.js";
import {Painter} from "./stage/painter.js";
import {fitsWhole} from "./scenes/sight.js";
import {formulaOf} from "./words/formula.js";
import {sentence} from "./words/sentence.js";

const ZOOMS = [null, "Operations", "Neurons", "Layers", "Matrices"],
  HEIGHTS = [0, 280, 270, 250, 340], // px
  WIDTH = 1000,
  SIZE = 13, // of type
  SCALES = [1, 1.15, 1.3, 1.5, 1.75, 2];

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

// A zoom as a picture, made smaller until all of the network is in it.
function drawn(app, level) {
  const {stage, model} = app,
    {em, charW, measure} = stage.measured();
  const type = {em: SIZE, charW: (charW * SIZE) / em, measure, chars: stage.chars};
  const at = scale => ({...type, width: WIDTH * scale, height: HEIGHTS[level] * scale});
  const facts = {model, layer: 1, final: app.graph.grad, picks: new Map()};
  const fits = scale => fitsWhole(new View({...at(scale), ...facts}), level);
  const isDrawnWhole = level > 2 || !model.neurons,
    measures = at(isDrawnWhole ? 1 : (SCALES.find(fits) ?? SCALES.at(-1)));
  const scene = stage.sceneOf(stage.view(level, measures, true)),
    svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"),
    painter = new Painter(svg, document.createElement("canvas")),
    ys = [];
  painter.paint(scene, measures.width, measures.height, SIZE, Infinity);
  for (const {o, points, y, h} of scene.values()) {
    if (o > 0.5) ys.push(...(points ? points.map(point => point[1]) : [y - h / 2, y + h / 2]));
  }
  const top = Math.min(...ys) - 12; // no more than is drawn
  svg.setAttribute("viewBox", `0 ${top} ${measures.width} ${Math.max(...ys) + 12 - top}`);
  return svg;
}
