// Numbers as people read them, digit by digit as minigrad/symbols/numerals.py prints them.
//
// Results have 4 decimals, factors 5, or as many as it takes for a printed product to come out.
// Python rounds a number halfway between two texts to the even digit, JavaScript away from 0:
// `rounded` mends that.

const RESULT_DIGITS = 4;
const FACTOR_DIGITS = 5,
  MOST_DIGITS = 12,
  ALL_DIGITS = 16;

// A number with that many decimals, or as many after the first digit if it needs an exponent.
export function shown(x, digits = RESULT_DIGITS, signed = false, narrow = false) {
  if (narrow && x === 0) return "0";
  const size = Math.abs(x);
  let text;
  if (!Number.isFinite(x)) text = special(x);
  else if (size === 0 || (size >= 1e-3 && size < (narrow ? 1e5 : 1e6))) text = fixed(x, digits);
  else if (narrow) text = scientific(x, digits - 2).replace(/e\+?(-?)0*(\d+)$/, "e$1$2");
  else text = scientific(x, digits);
  text = text.replaceAll("-", "−").replace("inf", narrow ? "∞" : "inf");
  return signed && x > 0 ? `+${text}` : text;
}

// A number in as few characters as a picture has room for.
export function compact(x, digits = RESULT_DIGITS, signed = false) {
  return shown(x, digits, signed, true);
}

// A number as a person would type it, if that is short: 2, not 2.0000.
export function plain(x, digits = RESULT_DIGITS) {
  const typed = general(x, 4);
  const back = Number(typed);
  const isClose = Math.abs(back - x) <= 1e-12 * Math.max(Math.abs(back), Math.abs(x));
  if (!Number.isFinite(x) || typed.includes("e") || !isClose) return compact(x, digits);
  return back === 0 ? "0" : typed.replace("-", "−");
}

// A number in at most six digits, whole ones without decimals.
export function short(x) {
  return general(x, 6).replaceAll("-", "−");
}

// The number that a printed one stands for.
export function asNumber(text) {
  return Number(text.replaceAll("−", "-").replace("∞", "Infinity").replace("inf", "Infinity"));
}

// The fewest digits from `least` to below `most` with which what is printed comes out; 0 if none do.
function digitsNeeded(comesOut, least, most) {
  for (let digits = least; digits < most; digits++) if (comesOut(digits)) return digits;
  return 0;
}

// Factors and result as text, the factors with as many decimals as it takes for the text to be true.
export function settled(factors, result, combine = multiplied) {
  const printed = compact(result);
  const comesOut = digits => compact(combine(factors.map(x => asNumber(plain(x, digits))))) === printed;
  const digits = digitsNeeded(comesOut, FACTOR_DIGITS, ALL_DIGITS) || ALL_DIGITS;
  return [factors.map(x => plain(x, digits)), printed];
}

// The texts of x, y and x · y, with as many digits as it takes to make the printed product right.
export function productTexts(x, y, resultDigits = RESULT_DIGITS) {
  const result = shown(x * y, resultDigits);
  const comesOut = d => shown(asNumber(shown(x, d)) * asNumber(shown(y, d)), resultDigits) === result;
  const digits = digitsNeeded(comesOut, FACTOR_DIGITS, MOST_DIGITS);
  if (!digits) return [repr(x).replaceAll("-", "−"), repr(y).replaceAll("-", "−"), result];
  return [shown(x, digits), shown(y, digits), result];
}

// With how many digits the terms and their sum must be printed for the sum to come out right.
export function sumDigits(terms, digits = RESULT_DIGITS) {
  const whole = added(terms);
  const comesOut = d => shown(added(terms.map(x => asNumber(shown(x, d)))), d) === shown(whole, d);
  return digitsNeeded(comesOut, digits, MOST_DIGITS) || digits;
}

const added = terms => terms.reduce((sum, x) => sum + x, 0);
const multiplied = factors => factors.reduce((product, x) => product * x, 1);

// --- Python's formats .4f, .4e, .6g, and repr ----------------------------------------------------

function special(x) {
  return x !== x ? "nan" : x > 0 ? "inf" : "-inf";
}

// |x| in one of JavaScript's two formats, with an exact half rounded to the even digit.
function rounded(x, format, digits) {
  const size = Math.abs(x),
    split = d => size[format](d).split("e");
  const [mantissa, exponent] = split(digits),
    [longer, itsExponent] = split(digits + 1);
  let text = mantissa,
    power = exponent;
  if (longer.endsWith("5")) {
    const [longest] = split(Math.min(digits + 45, 100)),
      cut = longer.slice(0, digits ? -1 : -2);
    const isHalf = /^50*$/.test(longest.slice(cut.length).replace(".", ""));
    if (isHalf && "02468".includes(cut.at(-1))) [text, power] = [cut, itsExponent];
  }
  return power === undefined ? text : `${text}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

// f"{x:z.{digits}f}": no minus before a zero.
function fixed(x, digits) {
  const text = rounded(x, "toFixed", digits);
  return x < 0 && Number(text) !== 0 ? `-${text}` : text;
}

function scientific(x, digits) {
  return (x < 0 ? "-" : "") + rounded(x, "toExponential", digits);
}

function general(x, precision) {
  if (!Number.isFinite(x)) return special(x);
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa, exponent] = scientific(x, precision - 1).split("e"),
    power = Number(exponent);
  if (power < -4 || power >= precision) return `${trimmed(mantissa)}e${exponent}`;
  return trimmed(positional(mantissa, power));
}

// The digits of a mantissa without an exponent.
function positional(mantissa, power) {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "").padEnd(power + 1, "0");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  return `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}

// The shortest digits that are read back as this number; Python begins exponents at 1e16 and below 1e-4.
export function repr(x) {
  if (!Number.isFinite(x)) return special(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const [mantissa, exponent] = x.toExponential().split("e"),
    power = Number(exponent);
  if (power >= 16 || power < -4)
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  const text = positional(mantissa, power);
  return text.endsWith(".") ? `${text}0` : text;
}
