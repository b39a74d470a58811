// The four zooms on one sheet of paper, with sentence and formula.
import {Painter, setLook} from "./stage/marks.js";
import {formulaOf, sentence} from "./words/sentence.js";

const ZOOMS = ["", "Operations", "Neurons", "Layers", "Matrices"],
  HEIGHTS = [0, 280, 270, 250, 340];

export function printZooms(app) {
  const box = app.host.querySelector("#print"),
    before = app.level;
  box.replaceChildren();
  box.hidden = false;
  setLook("light");
  for (const level of app.model.neurons ? [1, 2, 3, 4] : [1]) {
    const figure = document.createElement("figure"),
      svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"),
      canvas = document.createElement("canvas");
    const measures = {...app.measured(), width: 1000, height: HEIGHTS[level]};
    figure.innerHTML = `<h2>${ZOOMS[level]}</h2><p>${sentence(app.model, level, app.t, app.focus)}</p><section>${formulaOf(app.model, level, app.t, app.focus)}</section>`;
    app.level = level;
    app.scenes = null;
    const scene = app.scene(level, {
      ...measures,
      em: 13,
      charW: (measures.charW * 13) / measures.em,
    });
    new Painter(svg, canvas).paint(scene, 1000, HEIGHTS[level], 13, Infinity);
    const ys = [...scene.values()]
        .filter(mark => mark.o > 0.5)
        .flatMap(mark =>
          mark.points ? mark.points.map(p => p[1]) : [mark.y - mark.h / 2, mark.y + mark.h / 2],
        ),
      top = Math.min(...ys) - 12;
    svg.setAttribute("viewBox", `0 ${top} 1000 ${Math.max(...ys) + 12 - top}`); // no more than is drawn
    figure.append(svg);
    box.append(figure);
  }
  app.level = before;
  app.scenes = null;
  app.theme();
  app.refresh();
}
