// The examples that the page carries, and those of a CSV file dropped on it, which stays in the
// page.
//
// A data set is {name, columns, inputs: N rows of numbers, targets: N numbers, classes: names or
// null}; with classes, a target is the place of one. Whatever a file says is text, and never
// becomes HTML.

const IRIS = {
  // of Fisher (1936), in mm: sepal length and width, petal length and width
  setosa: `
    51351402 49301402 47321302 46311502 50361402 54391704 46341403 50341502 44291402 49311501
    54371502 48341602 48301401 43301101 58401202 57441504 54391304 51351403 57381703 51381503
    54341702 51371504 46361002 51331705 48341902 50301602 50341604 52351502 52341402 47321602
    48311602 54341504 52411501 55421402 49311502 50321202 55351302 49361401 44301302 51341502
    50351303 45231303 44321302 50351606 51381904 48301403 51381602 46321402 53371502 50331402`,
  versicolor: `
    70324714 64324515 69314915 55234013 65284615 57284513 63334716 49243310 66294613 52273914
    50203510 59304215 60224010 61294714 56293613 67314414 56304515 58274110 62224515 56253911
    59324818 61284013 63254915 61284712 64294313 66304414 68284814 67305017 60294515 57263510
    55243811 55243710 58273912 60275116 54304515 60344516 67314715 63234413 56304113 55254013
    55264412 61304614 58264012 50233310 56274213 57304212 57294213 62294313 51253011 57284113`,
  virginica: `
    63336025 58275119 71305921 63295618 65305822 76306621 49254517 73296318 67255818 72366125
    65325120 64275319 68305521 57255020 58285124 64325323 65305518 77386722 77266923 60225015
    69325723 56284920 77286720 63274918 67335721 72326018 62284818 61304918 64285621 72305816
    74286119 79386420 64285622 63285115 61265614 77306123 63345624 64315518 60304818 69315421
    67315624 69315123 58275119 68325923 67335725 67305223 63255019 65305220 62345423 59305118`,
};

const MOST_ROWS = 5000,
  MOST_COLUMNS = 64,
  MOST_BYTES = 4e6,
  MOST_CLASSES = 10;

export const DATASETS = {
  xor: () => ({
    name: "XOR",
    columns: ["x1", "x2"],
    inputs: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    targets: [0, 1, 1, 0],
    classes: ["0", "1"],
  }),
  moons: () => moons(100, 0.1, 1),
  iris: () => {
    const classes = Object.keys(IRIS),
      inputs = [],
      targets = [];
    classes.forEach((name, k) => {
      for (const row of IRIS[name].trim().split(/\s+/)) {
        inputs.push(row.match(/../g).map(digits => Number(digits) / 10));
        targets.push(k);
      }
    });
    const columns = ["sepal length", "sepal width", "petal length", "petal width"];
    return {name: "iris", columns, inputs, targets, classes};
  },
};

// Two half circles that reach into each other, with normal noise; the same seed gives the same
// points.
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

// Inputs with mean 0 and standard deviation 1 in each column; a constant column becomes 0.
export function standardised(dataset) {
  const count = dataset.inputs.length,
    scales = dataset.columns.map((_, k) => {
      const column = dataset.inputs.map(row => row[k]),
        mean = column.reduce((sum, x) => sum + x, 0) / count;
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
      return {mean, deviation: Math.sqrt(variance) || 1};
    });
  const inputs = dataset.inputs.map(row =>
    row.map((x, k) => (x - scales[k].mean) / scales[k].deviation),
  );
  return {...dataset, inputs};
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
  if (lines > MOST_ROWS + 2) {
    // with names, and the end of the last line
    const [there, most] = [lines, MOST_ROWS].map(count => count.toLocaleString("en-US"));
    throw new Error(`${there} lines are more than this page takes, ${most} rows: drop a sample`);
  }
  const rows = rowsOf(text.replace(/^\uFEFF/, ""));
  if (!rows.length)
    throw new Error("the file is empty: give a row for each example, numbers and commas");
  const hasHeader = rows[0].slice(0, -1).some(field => !isNumber(field));
  const names = hasHeader ? rows[0] : rows[0].map((_, k) => `column ${k + 1}`);
  const first = hasHeader ? 1 : 0,
    body = rows.slice(first);
  if (!body.length) throw new Error("there are names, but no rows of numbers below them");
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
