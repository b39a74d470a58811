// The cards beside the picture: the step in symbols and numbers, its neighbours, ledger, matrix, and code.

const signed = text => `<mn>${text}</mn>`;
const number = text => text.startsWith("−") ? `<mrow><mo>(</mo>${signed(text)}<mo>)</mo></mrow>` : signed(text);

// A formula, large, its parentheses close to what is in them.
const formula = (inside, large = true) => `<math displaystyle="${large}">${inside.replaceAll(/<mo>([()])<\/mo>/g,
  '<mo lspace="0" rspace="0" stretchy="false">$1</mo>')}</math>`;
const gradMath = node => nodes[node].isZ ? nodes[node].math.replace("<mi>z</mi>", "<mi>δ</mi>")
  : `<mfrac><mrow><mo>∂</mo><mi>${plain(cost)}</mi></mrow><mrow><mo>∂</mo>${nodes[node].math}</mrow></mfrac>`;
const adds = node => nodes[node].consumers > 1 ? "<mo>+=</mo>" : "<mo>=</mo>";
const local = index => steps[index].partner >= 0 ? nodes[steps[index].partner].math : steps[index].symbol;

function symbols(index) {
  const { node, operand } = steps[index];
  return formula(`${gradMath(operand)}${adds(operand)}${gradMath(node)}<mo>·</mo>${local(index)}`);
}

// In three parts, between which a line may end: a product may have many digits.
function numbers(index) {
  const { upstream, local, contribution } = steps[index];
  const result = state.answered ? signed(contribution) : "<mo>?</mo>";
  const parts = [["=", number(upstream)], ["·", number(local)], ["=", result]];
  return `<div class="numbers">${parts.map(([sign, text]) => formula(`<mo form="infix">${sign}</mo>${text}`)).join("")}</div>`;
}

const nothing = index => `<p>${plain(nodes[steps[index].operand].text)} is a constant: it takes no gradient.</p>`;

function outcome(index) {
  const { operand, before, after, waiting } = steps[index], { grad, consumers, text } = nodes[operand];
  if (!state.answered) return "";
  const arrived = consumers - waiting;
  const progress = waiting ? `${arrived} of ${consumers} contributions so far` : "complete";
  const change = arrived > 1 ? `${before} → <span class="after">${after}</span>` : `<span class="after">${after}</span>`;
  return consumers > 1 ? `<p class="state">${plain(grad)}: ${change}, ${progress}</p>` : "";
}

function renderNow(now) {
  const card = $("formulas");
  if (!now.length) {
    const root = nodes.findIndex(node => node.start);
    $("now-title").textContent = "Before the first step";
    card.innerHTML = `${formula(`${gradMath(root)}<mo>=</mo><mn>1</mn>`)}
      <p>The pass starts at ${plain(nodes[root].text)}. Every step multiplies the gradient of a node by one of its local
      derivatives, and adds the product to the gradient of that operand.</p>`;
    $("guess").hidden = true;
    return;
  }
  $("now-title").textContent = title(now);
  const full = now.filter((index, place) => place === 0 || steps[index].recursion).slice(0, 3);
  const rest = now.filter(index => !full.includes(index));
  card.innerHTML = full.map(index => `<div class="one">${intoConstant(index) ? nothing(index)
    : symbols(index) + numbers(index) + outcome(index)}</div>`).join("")
    + (rest.length && state.answered ? restOf(rest) : "");
  shrink();
  $("guess").hidden = state.answered;
  if (!state.answered) { $("answer").value = ""; $("verdict").textContent = ""; }
}

// Long names make a formula too wide for its card: it is then written smaller.
function shrink() {
  const { right } = $("formulas").getBoundingClientRect();
  for (const math of $("formulas").querySelectorAll("math")) {
    math.style.fontSize = "";
    const { left, width } = math.getBoundingClientRect();
    if (left + width > right) math.style.fontSize = `${Number.parseFloat(getComputedStyle(math).fontSize) * (right - left) / width}px`;
  }
}

function title(now) {
  if (state.by === "layer") {
    const layers = [...new Set(now.map(index => nodes[steps[index].node].layer).filter(Boolean))];
    return layers.length ? `Layer ${layers.join(", ")} passes its error back` : "The cost passes its gradient back";
  }
  const { node, operand } = steps[now[0]];
  if (state.by === "edge") return `${nodes[node].text} passes its gradient to ${nodes[operand].text}`;
  return `${nodes[node].text} passes ${nodes[node].grad} on`;
}

function restOf(rest) {
  const shown = rest.slice(0, 7).map(index => {
    const { operand, contribution } = steps[index];
    return formula(gradMath(operand), false)
      + formula(`${adds(operand)}${gradMath(steps[index].node)}<mo>·</mo>${local(index)}<mo>=</mo>${signed(contribution)}`, false);
  });
  const more = rest.length > 7 ? `<p class="rest">and ${rest.length - 7} more</p>` : "";
  return `<div class="rest">${shown.join("")}</div>${more}`;
}

function check(event) {
  event.preventDefault();
  const { contribution } = steps[group()[0]], typed = $("answer").value.trim();
  const value = text => Number(text.replace("−", "-").replace(",", "."));
  const truth = value(contribution), guess = value(typed);
  if (!typed || Number.isNaN(guess)) {
    $("verdict").textContent = "Type a number, such as −0.25.";
  } else if (Math.abs(guess - truth) <= 0.005 * Math.abs(truth) + 0.00005) {
    reveal();
    say(`Right: ${contribution}.`);
    $("formulas").insertAdjacentHTML("beforeend", `<p class="after">Right.</p>`);
  } else if (Math.abs(guess + truth) <= 0.005 * Math.abs(truth) + 0.00005) {
    $("verdict").textContent = "The size is right, the sign is not.";
  } else {
    $("verdict").textContent = "Not correct: multiply the two factors.";
  }
}

// --- around it: neighbours, ledger, matrix, code ----------------------------------------------------------

function neighbour(node, position, kind) {
  const { text, complete } = known(node, position);
  const colours = complete ? `style="--fill:${nodes[node].fill};--on-fill:${nodes[node].ink}"` : "";
  return `<p class="${kind}" ${colours}>${plain(nodes[node].text)}<b>${nodes[node].isZ ? "δ" : "∂"} ${text}</b></p>`;
}

function several(list, position, kind) {
  const shown = list.slice(0, 5).map(node => neighbour(node, position, kind)).join("");
  return shown + (list.length > 5 ? `<p>and ${list.length - 5} more</p>` : "");
}

function renderAround(now, position) {
  const node = now.length ? steps[now.at(-1)].node : nodes.findIndex(one => one.start);
  const consumers = [...new Set(into[node].map(index => steps[index].node))];
  const operands = [...new Set(now.filter(index => steps[index].node === node).map(index => steps[index].operand))];
  $("around").innerHTML = `<h3>operands</h3><h3>← node</h3><h3>← consumers</h3>
    <div>${several(operands, position, "target")}</div><div>${neighbour(node, position, "self")}</div>
    <div>${several(consumers, position, "")}</div>`;
}

function renderLedgers(now, position) {
  const shared = [...new Set(now.filter(index => steps[index].recursion).map(index => steps[index].operand))]
    .filter(node => nodes[node].consumers > 1).slice(0, 3);
  $("ledger").hidden = !shared.length;
  $("ledger-title").textContent = "Ledger: who contributed what";
  $("ledgers").innerHTML = shared.map(node => `<table><thead><tr><th scope="col">${plain(nodes[node].grad)}</th>
    <th scope="col">upstream × local</th><th scope="col">adds</th><th scope="col">sum so far${nodes[node].addsUp ? "" : ", rounded"}</th></tr></thead>
    <tbody>${into[node].slice(0, 12).map(index => ledgerRow(index, now, position)).join("")}</tbody></table>`).join("");
}

// A line may end only before the ×.
const factors = (upstream, local) => `<span class="whole">${upstream}</span> <span class="whole">× ${local}</span>`;

function ledgerRow(index, now, position) {
  const { node, upstream, local, contribution, after } = steps[index], done = index < position;
  const cells = done ? [factors(upstream, local), contribution, after] : [factors("?", local), "?", "?"];
  return `<tr class="${now.includes(index) ? "now" : ""}"><th scope="row">from ${plain(nodes[node].text)}</th>
    ${cells.map(cell => `<td>${cell}</td>`).join("")}</tr>`;
}

function renderMatrix(now, position) {
  const weight = now.find(index => "wb".includes(nodes[steps[index].operand].kind || "-"));
  const matrix = weight === undefined ? null : matrices[nodes[steps[weight].operand].layer];
  $("outer").hidden = !matrix;
  if (!matrix) return;
  $("outer-title").textContent = matrix.title;
  const current = new Set(now.map(index => index + 1));
  const cell = ([text, done]) => `<td class="${current.has(done) ? "now" : ""}">${done <= position ? text : "?"}</td>`;
  const heads = matrix.columns.map(([name, text]) => `<th scope="col">${plain(name)}<br>${text}</th>`).join("");
  const rows = matrix.rows.map(row => `<tr><th scope="row">${plain(row.name)}</th>
    <td class="corner">${row.done <= position ? row.delta : "?"}</td>${row.cells.map(cell).join("")}</tr>`);
  $("outer").querySelector(".scroll").innerHTML =
    `<table><thead><tr><th></th><th scope="col" class="corner">δ \\ a</th>${heads}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function renderCode(now) {
  const step = now.length ? steps[now[0]] : null;
  for (const live of document.querySelectorAll("pre .live")) {
    const nobody = step && intoConstant(now[0]);
    live.textContent = step ? "# " + {
      edge: () => `${nodes[step.node].text}, ${nodes[step.operand].text}, ${nobody ? "of a constant" : step.local}`,
      upstream_gradient: () => step.upstream,
      contribution: () => nobody ? "–" : state.answered ? step.contribution : "?",
      grad: () => nobody ? "–" : state.answered ? `${step.before} → ${step.after}` : "?",
    }[live.dataset.of]() : "";
    live.parentElement.classList.toggle("hit", Boolean(step) && live.dataset.of === "grad");
  }
}
