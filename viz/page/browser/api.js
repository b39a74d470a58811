// window.minigrad: the page for scripts and tests, and for the notebook that it is a widget of.
//
// Labels are in their typed form, w2_11, z1_2; of several nodes with one label the first is meant.
// A host, the page around this one if it says so, and this page tell each other of leaves that
// change, as {label: number}.

import {Graph} from "./numbers/engine.js";
import {networkTape, specOf} from "./numbers/network.js";

const LEVELS = ["operations", "neurons", "layers", "matrices"];

// What the stage hands in: `graph()` gives the Graph that is shown, `show(graph)` shows this one or
// another; `training()` gives the Training of the page's data, `example()` which of it is shown;
// `zoom(level)` and `step(n)` do as they are called.
export function minigradApi({graph, show, training, zoom, step, example = () => 0}) {
  const find = label => {
    const node = graph().tape.nodes.label.indexOf(label);
    if (!label || node < 0)
      throw new Error(`no node is labelled "${label}"; labels() lists what there is`);
    return node;
  };
  const api = {
    labels: () => [...new Set(graph().tape.nodes.label.filter(Boolean))],
    get(label) {
      const node = find(label);
      return {data: graph().data[node], grad: graph().grad[node]};
    },
    set(label, number) {
      const changed = withNumber(graph(), find(label), number);
      show(changed);
      if (changed.error) throw new Error(changed.error);
    },
    train(steps) {
      if (!Number.isInteger(steps) || steps < 0)
        throw new Error(`train takes a whole number of steps, not ${steps}`);
      const trained = training();
      trained.step(steps);
      show(new Graph(networkTape(trained.at(-1, example()))));
      return {epoch: trained.epoch, cost: trained.cost, stopped: trained.stopped};
    },
    zoom(level) {
      const number = LEVELS.indexOf(level) + 1 || level;
      if (![1, 2, 3, 4].includes(number))
        throw new Error(`zoom takes 1 to 4, or ${LEVELS.join(", ")}; not ${level}`);
      return zoom(number);
    },
    step(n) {
      if (typeof n !== "number" || Number.isNaN(n))
        throw new Error(`step takes a number of steps of the pass, not ${n}`);
      return step(n);
    },
  };
  return Object.freeze(api);
}

// The graph with another number in a leaf, computed; another graph where a target decides what is recorded.
function withNumber(graph, node, number) {
  const {tape} = graph;
  if (tape.nodes.kind[node] === "y" && tape.network?.rebuilds) {
    if (typeof number !== "number")
      throw new Error(`a node's data is a number, not ${typeof number}`);
    const spec = specOf(graph);
    spec.y[tape.nodes.to[node] - 1] = number;
    return new Graph(networkTape(spec));
  }
  graph.set(node, number);
  graph.forward();
  graph.backward();
  return graph;
}

// --- the notebook around the page ----------------------------------------------------------------

// Listens to the host, and gives a function to be called whenever numbers have changed in the page.
export function connectHost({graph, show}) {
  let known = new Map(),
    host = null;
  const tell = () => {
    if (!host) return;
    const now = leavesOf(graph());
    const isNew = ([name, number]) => known.has(name) && !Object.is(known.get(name), number);
    const changed = [...now].filter(isNew).map(([name, number]) => [name, String(number)]);
    known = now;
    if (changed.length) host.postMessage({minigrad: changed}, "*");
  };
  addEventListener("message", ({source, data}) => {
    if (source !== parent || source === window || !Array.isArray(data?.minigrad)) return;
    host = source;
    let changed = graph();
    for (const [name, text] of changed.computes ? data.minigrad.filter(Array.isArray) : []) {
      const node = changed.tape.nodes.label.indexOf(name),
        number = Number(text);
      const isLeaf = node >= 0 && !changed.arity(node);
      if (isLeaf && !Object.is(changed.data[node], number))
        changed = withNumber(changed, node, number);
    }
    known = leavesOf(changed);
    show(changed);
  });
  // the page is there: a host answers
  if (parent !== window) parent.postMessage({minigrad: []}, "*");
  return tell;
}

function leavesOf(graph) {
  const {label} = graph.tape.nodes;
  const isLeaf = (name, node) => name && !graph.arity(node);
  return new Map(label.flatMap((name, node) => (isLeaf(name, node) ? [[name, graph.data[node]]] : [])));
}
