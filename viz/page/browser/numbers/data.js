// The examples that the page carries, and those of a CSV file dropped on it, which stays in the page.
//
// A data set is {name, columns, inputs: N rows of numbers, targets: N numbers, classes: names or null};
// with classes, a target is the place of one. Whatever a file says is text, and never becomes HTML.

// Of Fisher (1936), in mm: sepal length and width, petal length and width; 50 flowers of each class.
const IRIS = `
  513514024930140247321302463115025036140254391704463414035034150244291402493115015437150248341602
  483014014330110158401202574415045439130451351403573817035138150354341702513715044636100251331705
  483419025030160250341604523515025234140247321602483116025434150452411501554214024931150250321202
  553513024936140144301302513415025035130345231303443213025035160651381904483014035138160246321402
  533715025033140270324714643245156931491555234013652846155728451363334716492433106629461352273914
  502035105930421560224010612947145629361367314414563045155827411062224515562539115932481861284013
  632549156128471264294313663044146828481467305017602945155726351055243811552437105827391260275116
  543045156034451667314715632344135630411355254013552644126130461458264012502333105627421357304212
  572942136229431351253011572841136333602558275119713059216329561865305822763066214925451773296318
  672558187236612565325120642753196830552157255020582851246432532365305518773867227726692360225015
  693257235628492077286720632749186733572172326018622848186130491864285621723058167428611979386420
  642856226328511561265614773061236334562464315518603048186931542167315624693151235827511968325923
  673357256730522363255019653052206234542359305118`;

const MOST_ROWS = 5000,
  MOST_COLUMNS = 64,
  MOST_BYTES = 4e6,
  MOST_CLASSES = 10;

export const DATASETS = {
  xor: () => ({
    name: "XOR",
    columns: ["x1", "x2"],
    inputs: [0, 1, 2, 3].map(n => [n >> 1, n & 1]),
    targets: [0, 1, 1, 0],
    classes: ["0", "1"],
  }),
  moons: () => moons(100, 0.1, 1),
  iris: () => ({
    name: "iris",
    columns: ["sepal length", "sepal width", "petal length", "petal width"],
    inputs: chunks(IRIS.replace(/\s/g, ""), 8).map(row => chunks(row, 2).map(mm => Number(mm) / 10)),
    targets: Array.from({length: 150}, (_, n) => Math.floor(n / 50)),
    classes: ["setosa", "versicolor", "virginica"],
  }),
};

const chunks = (text, length) => text.match(new RegExp(`.{${length}}`, "g"));

// Two half circles that reach into each other, with normal noise; the same seed gives the same points.
export function moons(count, noise, seed) {
  const random = randomNumbers(seed),
    inputs = [],
    targets = [];
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (let n = 0; n < count; n++) {
    const angle = Math.PI * random(),
      [x1, x2] = [Math.cos(angle), Math.sin(angle)],
      below = n % 2;
    const point = below ? [1 - x1, 0.5 - x2] : [x1, x2];
    inputs.push(point.map(x => x + noise * normal()));
    targets.push(below);
  }
  return {name: "moons", columns: ["x1", "x2"], inputs, targets, classes: ["upper", "lower"]};
}

// Uniform numbers in 0 … 1 from a seed (mulberry32).
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Inputs with mean 0 and standard deviation 1 in each column; a constant column becomes 0. Computed of
// x / largest, so that neither a sum nor a square is too large or too small for a float.
export function standardised(dataset) {
  const count = dataset.inputs.length,
    meanOf = numbers => numbers.reduce((sum, x) => sum + x, 0) / count;
  const columns = dataset.columns.map((_, k) => {
    const column = dataset.inputs.map(row => row[k]),
      largest = column.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1,
      parts = column.map(x => x / largest),
      mean = meanOf(parts);
    const deviation = Math.sqrt(meanOf(parts.map(x => (x - mean) ** 2)));
    return parts.map(x => (x - mean) / (deviation || 1));
  });
  return {...dataset, inputs: dataset.inputs.map((_, n) => columns.map(column => column[n]))};
}

// The examples as training takes them, for a network of so many outputs: a class as 0 or 1, or a 1
// among 0s.
export function examplesOf({inputs, targets, classes}, outputs) {
  const most = outputs === 1 ? 2 : outputs; // classes
  if (classes && classes.length > most) {
    throw new Error(`${classes.length} classes need as many outputs; the network has ${outputs}`);
  }
  if (!classes && outputs > 1) {
    throw new Error(`the target is a number, for a network of one output; this one has ${outputs}`);
  }
  const oneHot = target => Array.from({length: outputs}, (_, j) => (j === target ? 1 : 0));
  const row = target => (outputs === 1 ? [target] : oneHot(target));
  return {x: inputs, y: targets.map(row)};
}

// --- CSV -----------------------------------------------------------------------------------------

// The data set in a file that was dropped on the page.
export async function readFile(file, target = "") {
  if (file.size > MOST_BYTES) {
    const [there, most] = [file.size, MOST_BYTES].map(bytes => `${(bytes / 1e6).toFixed(0)} MB`);
    throw new Error(`${file.name} has ${there}; this page takes at most ${most}: drop a sample`);
  }
  return {...readCsv(await file.text(), target), name: file.name};
}

// The data set in a text; the target is the last column, or the one that is named. Throws an Error
// that says which row and column it is about, and what to do.
export function readCsv(text, target = "") {
  const lines = text.split("\n").length;
  if (lines > MOST_ROWS + 2) throw tooLong(lines); // with names, and the end of the last line
  const rows = rowsOf(text.replace(/^\uFEFF/, ""));
  if (!rows.length)
    throw new Error("the file is empty: give a row for each example, numbers and commas");
  const hasHeader = rows[0].slice(0, -1).some(field => !isNumber(field));
  const names = hasHeader ? rows[0] : rows[0].map((_, k) => `column ${k + 1}`);
  const first = hasHeader ? 1 : 0,
    body = rows.slice(first);
  if (!body.length) throw new Error("there are names, but no rows of numbers below them");
  if (body.length > MOST_ROWS) throw tooLong(body.length);
  if (names.length < 2)
    throw new Error("there is one column only: give inputs, and the target as the last");
  if (names.length > MOST_COLUMNS) {
    throw new Error(`${names.length} columns are more than this page takes, ${MOST_COLUMNS}`);
  }
  const at = target ? names.indexOf(target) : names.length - 1;
  if (at < 0) throw new Error(`there is no column "${target}"; there are ${names.join(", ")}`);
  body.forEach((row, n) => {
    const where = `row ${n + 1 + first}`,
      called = k => (hasHeader ? `column "${names[k]}"` : names[k]);
    if (row.length !== names.length) {
      throw new Error(`${where} has ${row.length} fields, the first row has ${names.length}`);
    }
    row.forEach((field, k) => checkField(field, k === at, `${where}, ${called(k)}`));
  });
  const inputs = body.map(row => row.filter((_, k) => k !== at).map(Number));
  const columns = names.filter((_, k) => k !== at);
  return {name: "CSV", columns, inputs, ...targetsOf(body.map(row => row[at]))};
}

function tooLong(lines) {
  const [there, most] = [lines, MOST_ROWS].map(count => count.toLocaleString("en-US"));
  return new Error(`${there} lines are more than this page takes, ${most} rows: drop a sample`);
}

function checkField(field, isTarget, where) {
  if (field === "") throw new Error(`${where} is empty: fill the gap, or leave the row out`);
  if (isTarget || isNumber(field)) return;
  const shown = field.length > 20 ? `${field.slice(0, 19)}…` : field;
  const hasComma = /^[+-]?\d+,\d+$/.test(field);
  const remedy = hasComma
    ? "write a point for the decimal comma"
    : "text may stand in the target's column only";
  throw new Error(`${where}: "${shown}" is no number; ${remedy}`);
}

// Targets that are text, or few whole numbers from 0 on, are classes.
function targetsOf(fields) {
  const distinct = [...new Set(fields)],
    count = distinct.length,
    areNumbers = distinct.every(isNumber);
  const isPlace = field =>
    Number.isInteger(Number(field)) && Number(field) >= 0 && Number(field) < count;
  if (areNumbers && !(count <= MOST_CLASSES && distinct.every(isPlace))) {
    return {targets: fields.map(Number), classes: null};
  }
  if (count > MOST_CLASSES) {
    throw new Error(
      `the target has ${count} different texts; this page takes at most ${MOST_CLASSES} classes`,
    );
  }
  if (count < 2) throw new Error("the target is the same in every row: there is nothing to learn");
  const classes = areNumbers ? distinct.sort((a, b) => a - b) : distinct.sort();
  return {targets: fields.map(field => classes.indexOf(field)), classes};
}

function isNumber(field) {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field) && Number.isFinite(Number(field));
}

// Fields of each line that is not empty; between them a comma, or if the first line has one a
// semicolon or tab.
function rowsOf(text) {
  const head = text.slice(0, text.search(/\r|\n|$/));
  const separator = [";", "\t"].find(each => head.includes(each)) ?? ",";
  const rows = [[]];
  let field = "",
    quoted = false;
  const endField = () => {
    rows.at(-1).push(field.trim());
    field = "";
  };
  for (let k = 0; k < text.length; k++) {
    const character = text[k];
    if (quoted && character === '"' && text[k + 1] === '"') field += text[++k];
    else if (character === '"') quoted = !quoted;
    else if (quoted) field += character;
    else if (character === separator) endField();
    else if (character === "\n" || character === "\r") {
      endField();
      rows.push([]);
    } else field += character;
  }
  endField();
  if (quoted) throw new Error('a quotation mark " is not closed');
  return rows.filter(row => row.length > 1 || row[0] !== "");
}
