// The four zooms on one sheet of paper, with sentence and formula.
import {Painter, setLook} from "./marks.js";
import {formulaOf, sentence} from "./sentence.js";

const ZOOMS = ["", "Operations", "Neurons", "Layers", "Matrices"];

export function printZooms(app) {
  const box = app.host.querySelector("#print"), before = app.level;
  box.replaceChildren();
  box.hidden = false;
  setLook("light");
  for (const level of app.model.neurons ? [1, 2, 3, 4] : [1]) {
    const figure = document.createElement("figure"), svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), canvas = document.createElement("canvas");
    const measures = {...app.measured(), width: 1000, height: 430};
    svg.setAttribute("viewBox", "0 0 1000 430"); svg.setAttribute("font-size", "14");
    figure.innerHTML = `<h2>${ZOOMS[level]}</h2><p>${sentence(app.model, level, app.t, app.focus)}</p>${formulaOf(app.model, level, app.t, app.focus)}`;
    app.level = level; app.scenes = null;
    const scene = app.scene(level, {...measures, em: 13, charW: measures.charW * 13 / measures.em});
    new Painter(svg, canvas).paint(scene.size > 1500 ? new Map([...scene].slice(0, 1500)) : scene, 1000, 430, 13);
    figure.append(svg); box.append(figure);
  }
  app.level = before; app.scenes = null; app.theme(); app.refresh();
}
