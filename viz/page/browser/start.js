// Opens the page that the shell has written.
import {App} from "./main.js";

const given = JSON.parse(document.getElementById("data").textContent);
export const app = new App(document.body, given);
window.stage = app;
