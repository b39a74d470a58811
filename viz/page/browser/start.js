// Opens the page that the shell has written, and answers for it to scripts and to a notebook.
import {App} from "./main.js";
import {connectHost, minigradApi} from "./api.js";

const app = new App(document.body, JSON.parse(document.getElementById("data").textContent));
const hands = {
  graph: () => app.graph,
  show: graph => app.trainer.follow(() => app.adopt(graph)),
  training: () => app.trainer.followed(),
  example: () => app.trainer.example,
  zoom: level => app.zoom(level),
  step: t => app.go(t),
};
window.minigrad = minigradApi(hands);
app.listeners.push(connectHost(hands));
