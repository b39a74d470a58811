// The values of the table's rows, by name: floats in, a float out, as Python's floats and `math` have it.
//
// Where Python raises, `outside` throws an error of Python's name; RULES, printed from the table,
// has the local derivatives, for which `times` and `raised` are. Rows of any number of operands
// take them as an array.

// The derivative by an operand that is not selected: 0, and times Infinity and NaN it is 0 as well.
export const NOTHING = null;

export class OutOfDomain extends Error {}

function outside(name) {
  const error = new OutOfDomain(name);
  error.name = name;
  throw error;
}

const within = (holds, result) => (holds ? result : outside("ValueError"));
const notTooLarge = (x, y) =>
  Math.abs(y) === Infinity && Number.isFinite(x) ? outside("OverflowError") : y;
const notZero = (x, result) => (x === 0 ? outside("ZeroDivisionError") : result);
const hasSign = x => x < 0 || Object.is(x, -0);
const withSign = (size, x) => (hasSign(x) ? -Math.abs(size) : Math.abs(size));
const whole = f => x => (Number.isFinite(x) ? withSign(f(x), x) : x);
const isOdd = x => Math.abs(x % 2) === 1;

function powerOf(x, y) {
  // IEEE 754 has 1 ^ y = 1 and (−1) ^ ±∞ = 1, JavaScript NaN
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return Math.pow(x, y);
}

function power(x, y) {
  if (Number.isFinite(x) && Number.isFinite(y)) {
    if (x === 0 ? y < 0 : x < 0 && !Number.isInteger(y)) return outside("ValueError");
    return notTooLarge(x, powerOf(x, y));
  }
  return powerOf(x, y);
}

function raised(x, y) {
  // a derivative may be infinite
  const z = powerOf(x, y);
  return z === z || x !== x || y !== y ? z : isOdd(y) ? withSign(Infinity, x) : Infinity;
}

function remainder(x, y) {
  // with the sign of y
  const rest = notZero(y, x % y);
  return rest === 0 ? withSign(0, y) : y < 0 === rest < 0 || rest !== rest ? rest : rest + y;
}

function floorDivide(x, y) {
  // as CPython's float_floor_div
  const rest = notZero(y, x % y);
  const quotient = (x - rest) / y - (y < 0 !== rest < 0 && rest !== 0 ? 1 : 0);
  if (quotient === 0) return withSign(0, x / y);
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function toEven(x) {
  const floor = Math.floor(x),
    rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && !isOdd(floor)) ? floor : floor + 1;
}

// 2 / √π e^(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, whose terms have one sign: every digit stays.
function erfSeries(x) {
  const square = x * x;
  let sum = 0;
  for (let n = 40; n > 0; n--) sum = 2 + (square * sum) / (n + 0.5);
  return (sum * x * Math.exp(-square)) / Math.sqrt(Math.PI);
}

// e^(−x²) / (√π (x + ½ / (x + 1 / (x + 3⁄2 / …)))) for x > 0; the square of 24 bits of x is exact.
function erfcFraction(x) {
  let below = x;
  for (let n = 80; n > 0; n--) below = x + n / 2 / below;
  const head = Math.fround(x);
  return ((Math.exp(-head * head) * Math.exp((head - x) * (head + x))) / (below * Math.sqrt(Math.PI)));
}

function erf(x) {
  const size = Math.abs(x);
  if (!(size > 1.5)) return erfSeries(x);
  return withSign(1 - (size < 30 ? erfcFraction(size) : 0), x);
}

function erfc(x) {
  if (!(Math.abs(x) > 1.5)) return 1 - erfSeries(x);
  return x < 0 ? 2 - erfc(-x) : x < 30 ? erfcFraction(x) : 0;
}

const MOST_ARGUMENTS = 1000; // of a call

function hypotOf(terms) {
  if (terms.length <= MOST_ARGUMENTS) return Math.hypot(...terms);
  const parts = [];
  for (let k = 0; k < terms.length; k += MOST_ARGUMENTS) {
    parts.push(hypotOf(terms.slice(k, k + MOST_ARGUMENTS)));
  }
  return hypotOf(parts);
}

function sumOf(terms) {
  let sum = 0;
  for (let k = 0; k < terms.length; k++) sum += terms[k];
  return sum;
}

function dotOf(x) {
  // of w1, w2, …, x1, x2, …, b
  const n = x.length >> 1;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += x[k] * x[k + n];
  return x.length % 2 ? sum + x[2 * n] : sum;
}

function logsumexpOf(terms) {
  const sorted = Float64Array.from(terms).sort(),
    largest = sorted[sorted.length - 1];
  if (largest !== largest) return NaN;
  if (Math.abs(largest) === Infinity) return largest;
  let sum = 0;
  for (let k = 0; k < sorted.length - 1; k++) sum += Math.exp(sorted[k] - largest);
  return largest + Math.log1p(sum);
}

function sigmoidOf(x) {
  const small = Math.exp(-Math.abs(x)); // for a large negative x, exp(-x) would overflow
  return (x >= 0 ? 1 : small) / (1 + small);
}

const smaller = (x1, x2) => (x1 < x2 || x1 !== x1 ? x1 : x2);
const larger = (x1, x2) => (x1 > x2 || x1 !== x1 ? x1 : x2);

export const VALUES = {
  times: (x1, x2) => (x1 === NOTHING || x2 === NOTHING ? 0 : x1 * x2),
  raised,
  add: (x1, x2) => x1 + x2,
  subtract: (x1, x2) => x1 - x2,
  multiply: (x1, x2) => x1 * x2,
  divide: (x1, x2) => notZero(x2, x1 / x2),
  negative: x => -x,
  exp: x => notTooLarge(x, Math.exp(x)),
  expm1: x => notTooLarge(x, Math.expm1(x)),
  log: x => within(!(x <= 0), Math.log(x)),
  log2: x => within(!(x <= 0), Math.log2(x)),
  log10: x => within(!(x <= 0), Math.log10(x)),
  log1p: x => within(!(x <= -1), Math.log1p(x)),
  sqrt: x => within(!(x < 0), Math.sqrt(x)),
  sin: x => within(Math.abs(x) !== Infinity, Math.sin(x)),
  cos: x => within(Math.abs(x) !== Infinity, Math.cos(x)),
  tan: x => within(Math.abs(x) !== Infinity, Math.tan(x)),
  asin: x => within(!(Math.abs(x) > 1), Math.asin(x)),
  acos: x => within(!(Math.abs(x) > 1), Math.acos(x)),
  atan: Math.atan,
  sinh: x => notTooLarge(x, Math.sinh(x)),
  cosh: x => notTooLarge(x, Math.cosh(x)),
  tanh: Math.tanh,
  hypot: (x1, x2) => hypotOf([x1, x2]),
  asinh: Math.asinh,
  acosh: x => within(!(x < 1), Math.acosh(x)),
  atanh: x => within(!(Math.abs(x) >= 1), Math.atanh(x)),
  erf, erfc, atan2: Math.atan2, power, absolute: Math.abs, minimum: smaller, maximum: larger,
  clip: (x, low, high) => smaller(larger(x, low), high),
  select: (condition, yes, no) => (condition !== 0 ? yes : no),
  sign: x => (x !== x ? x : (x > 0) - (x < 0)),
  floor: whole(Math.floor),
  ceil: whole(Math.ceil),
  trunc: whole(Math.trunc),
  rint: whole(toEven),
  floor_divide: floorDivide,
  remainder,
  sigmoid: sigmoidOf,
  softplus: x => (x > 0 ? x : x === x ? 0 : x) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: x => (x <= 0 ? 0 : x),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, scale) => (x > 0 ? x : scale * Math.expm1(x)),
  gelu: x => (x === -Infinity ? 0 : x * 0.5 * erfc(-x / Math.sqrt(2))),
  silu: x => (x === -Infinity ? 0 : x * sigmoidOf(x)),
  total: sumOf,
  dot: dotOf,
  norm: hypotOf,
  logsumexp: logsumexpOf,
  logaddexp: (x1, x2) => logsumexpOf([x1, x2]),
};
