// Read back from an open page by its tests: an object of functions.
({
// Every visible text of the stage and of the rest of the page, with its box, its size, and the box it belongs in.
texts: () => {
  const seen = [], round = b => [b.left, b.top, b.right, b.bottom];
  const visible = e => { for (let p = e; p && p.nodeType === 1; p = p.parentElement) { if (p.hidden || getComputedStyle(p).display === "none" || Number(p.getAttribute("opacity") ?? 1) < 0.5) return false; } return true; };
  for (const text of document.querySelectorAll("#picture text")) {
    if (!text.textContent || !visible(text)) continue;
    const rect = text.parentElement.querySelector("rect"), box = text.getBBox(), size = Number(text.getAttribute("font-size"));
    const origin = document.querySelector("#picture").getBoundingClientRect(), tall = size * 0.74, middle = Number(text.getAttribute("y")) - size * 0.36;
    seen.push({where: "stage", text: text.textContent, id: text.parentElement.dataset.id, size, box: [origin.left + box.x, origin.top + middle - tall / 2, origin.left + box.x + box.width, origin.top + middle + tall / 2], within: rect ? round(rect.getBoundingClientRect()) : null});
  }
  const walker = document.createTreeWalker(document.querySelector("#page"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("svg, datalist, select, canvas, script, style, [hidden]") || !visible(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) seen.push({where: "page", text: node.textContent.trim().slice(0, 30), id: parent.id || parent.tagName, size: parseFloat(getComputedStyle(parent).fontSize), box: round(box), within: null, panel: (parent.closest("#sentence, #formula, .panel") || {}).id || ""});
  }
  return seen;
},

// Cells that a box lies over: the topmost shape in the middle of a cell is its own.
covered: () => [...document.querySelectorAll("#picture g[data-id]")].filter(g => g.querySelector("rect") && Number(g.getAttribute("opacity")) > 0.5 && g.querySelector("text")?.textContent).filter(g => {
    const b = g.querySelector("rect").getBoundingClientRect();
    const top = document.elementsFromPoint(b.left + b.width / 2, b.top + b.height / 2).find(e => e.tagName === "rect" && !e.classList.contains("halo") && Number(e.parentElement.getAttribute("opacity") ?? 1) > 0.5);
    return b.width > 0 && top && top.parentElement !== g;
  }).map(g => g.dataset.id),

// What holds more than it has room for.
overflows: () => [...document.querySelectorAll("#page, header, footer, nav, #sentence, #formula, #words, .panel, button")].filter(e => e.offsetParent && !e.hidden && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "auto" || (e.id === "sentence" || e.id === "formula") && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1))).map(e => `${e.id || e.tagName} ${e.scrollWidth}/${e.clientWidth} ${e.scrollHeight}/${e.clientHeight} ${e.textContent.slice(0, 40)}`),

// Formulas that are cut, with where: of each line, and of each sign, what sticks out of its panel.
cut: () => {
  const panel = document.querySelector("#formula"), room = panel.getBoundingClientRect(), found = [];
  for (const line of [panel, ...panel.children]) if (line.scrollWidth > line.clientWidth || line.scrollHeight > panel.clientHeight) found.push(`line ${line.textContent}`);
  for (const sign of panel.querySelectorAll("math *")) {
    const box = sign.getBoundingClientRect();
    if (box.left < room.left || box.right > room.right || box.top < room.top - 1 || box.bottom > room.bottom + 1) found.push(`sign ${sign.textContent}`);
  }
  return found;
},

// What of the guide is only seen after scrolling.
belowTheFold: () => [document.querySelector("#guide")].filter(e => e.scrollHeight > e.clientHeight + 1).map(e => `below the fold: ${e.scrollHeight}/${e.clientHeight}`),

// Formulas that are cut at any stop of any zoom.
async cutAnywhere() {
  const frame = () => new Promise(requestAnimationFrame), found = [], time = document.querySelector("#time");
  for (const zoom of [1, 2, 3, 4]) {
    minigrad.zoom(zoom);
    await frame();
    for (let stop = 0; stop <= Number(time.max); stop++) {
      time.value = stop;
      time.dispatchEvent(new Event("input"));
      await frame();
      found.push(...this.cut().map(each => `zoom ${zoom}, stop ${stop}: ${each}`));
    }
  }
  return found;
},

// The boxes of the answers of the guide, in the window.
answers: () => [...document.querySelectorAll("#guide .choices button")].map(e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }),

// The texts beside the bars or the curve below the formula, each with its box and its size; and the box of them all.
labels: () => {
  const round = b => [b.left, b.top, b.right, b.bottom], bars = document.querySelector("#bars");
  return {room: round(bars.getBoundingClientRect()), shapes: [...bars.querySelectorAll("rect, polyline")].map(e => round(e.getBoundingClientRect())),
    texts: [...bars.querySelectorAll("text")].map(e => ({text: e.textContent, size: Number(e.getAttribute("font-size")), box: round(e.getBoundingClientRect())}))};
},

// What stands on the stage by name: text, fill, and the middle of its box.
cells: () => Object.fromEntries([...document.querySelectorAll("#picture g[data-id]")]
          .filter(g => Number(g.getAttribute("opacity")) > 0.5 && g.querySelector("rect")).map(g => {
            const rect = g.querySelector("rect"), n = name => Number(rect.getAttribute(name));
            return [g.dataset.id, {text: g.querySelector("text")?.textContent ?? "", fill: rect.getAttribute("fill"),
              x: n("x") + n("width") / 2, y: n("y") + n("height") / 2, now: g.classList.contains("now")}];
          })),

stage: () => { const b = document.querySelector("#stage").getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; },

frame: () => ["#stage", "#sentence", "#formula", "#bars", "#tabs", "footer"].map(name => JSON.stringify(document.querySelector(name).getBoundingClientRect())),
})
