// The picture, and the δ table under it.

function renderPicture(now, position) {
  const senders = new Set(now.map(index => visible[steps[index].node]));
  const receivers = new Set(now.map(target));
  for (const node of Object.keys(boxes).map(Number)) {
    const element = $("n" + node), { text, complete, arrived } = known(node, position);
    element.classList.toggle("reached", complete);
    element.classList.toggle("partial", !complete && arrived > 0);
    element.classList.toggle("sender", senders.has(node));
    element.classList.toggle("receiver", receivers.has(node) && !senders.has(node));
    paint(element, node, complete);
    const grad = element.querySelector(".grad");
    if (grad) grad.textContent = text;
  }
  for (const edge of document.querySelectorAll("#graph .edge")) edge.classList.remove("passed");
  for (let index = 0; index < position; index++) $(edgeId(index))?.classList.add("passed");
  for (const label of document.querySelectorAll("#graph .weight")) label.classList.remove("now");
  for (const index of now) $("w" + edgeId(index).slice(1))?.classList.add("now");
  const active = $("active");
  if (active) active.innerHTML = now.map(index => arrow(index, now.length)).join("");
}

// A step to a weight is drawn on its line, which leads to what the weight is multiplied by.
function target(index) {
  const { operand, partner, node } = steps[index];
  if (nodes[operand].kind === "w" && partner >= 0) return visible[partner];
  return visible[operand] >= 0 ? visible[operand] : visible[node];
}

function edgeId(index) { return `e${visible[steps[index].node]}-${target(index)}`; }

function arrow(index, count) {
  const from = visible[steps[index].node], to = target(index);
  if (from === to || !(from in boxes) || !(to in boxes)) return "";
  const [x1, y1, w1] = boxes[to], [x2, y2, w2] = boxes[from];
  const line = $(`e${from}-${to}`);
  if (!line && Math.abs(x1 - x2) <= (w1 + w2) / 2 && y1 === y2) return "";  // boxes that touch
  const way = line ? line.getAttribute("d") : `M${x1 + w1 / 2},${y1} L${x2 - w2 / 2},${y2}`;
  if (!steps[index].recursion && state.by !== "edge" && count > 1 && nodes[steps[index].operand].kind === "w"
      && nodes[to].kind === "a") return "";  // the same line carries the error too
  const { operand, partner } = steps[index], isWeight = nodes[operand].kind === "w";
  const gap = x2 - w2 / 2 - x1 - w1 / 2, along = Math.min(34, 0.3 * gap);
  const label = partner < 0 || isWeight || intoConstant(index) || count > 12 || $(`w${from}-${to}`) ? ""
    : `<text x="${x1 + w1 / 2 + along}" y="${y1 + (y2 - y1) * along / Math.max(gap, 1)}">${nodes[partner].data}</text>`;
  return `<path class="${isWeight ? "parameter" : ""}" d="${way}"></path>${label}`;
}

// --- the table --------------------------------------------------------------------------------------------

function renderTable(now, position) {
  const current = new Set(now.map(index => String(index + 1)));
  let first = null;
  for (const cell of document.querySelectorAll("#deltas td[data-done]")) {
    const isKnown = Number(cell.dataset.done) > 0 && Number(cell.dataset.done) <= position;
    cell.classList.toggle("known", isKnown);
    const made = cell.dataset.made.split(" "), arrived = made.filter(number => Number(number) <= position).length;
    cell.firstChild.textContent = isKnown ? cell.dataset.value : arrived && made.length > 1 ? `${arrived} of ${made.length}` : "?";
    const isNow = made.some(number => current.has(number));
    cell.classList.toggle("now", isNow);
    if (isNow && !first) first = cell;
  }
  if (first) scrollWithin(first, first.closest(".scroll"));
}

function scrollWithin(cell, frame) {
  const inner = cell.getBoundingClientRect(), outer = frame.getBoundingClientRect();
  if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.right - outer.right + 10;
  const top = outer.top + frame.querySelector("thead").getBoundingClientRect().height;  // which stays in sight
  if (inner.top < top) frame.scrollTop -= top - inner.top + 4;
  const bottom = Math.min(outer.bottom, document.querySelector("footer").getBoundingClientRect().top);
  if (inner.bottom > bottom && bottom > outer.top + 90) frame.scrollTop += inner.bottom - bottom + 10;
}
