// Colours of the stage: grey at 0, orange above, blue below; everything else is ink on paper.
const COLOURS = {
  light: {
    ...{paper: "#FFFFFF", ink: "#1B1F24", halo: "#000000", muted: "#57606A"},
    ...{line: "#8C959F", hair: "#C3CAD2", zero: "#D9D9D9"},
  },
  dark: {
    ...{paper: "#14181D", ink: "#F0F3F6", halo: "#FFFFFF", muted: "#A9B4C0"},
    ...{line: "#768390", hair: "#3D4650", zero: "#333B45"},
  },
};
const POSITIVE = [213, 94, 0],
  NEGATIVE = [0, 114, 178];
const SHADES = new Map(); // by grey, of 255 shades of either sign those that were needed

export const look = {...COLOURS.light};
export function setLook(name) {
  Object.assign(look, COLOURS[name]);
}

// The stronger the larger; a hatch for what is not finite.
export function signColour(number, largest, zero = look.zero) {
  if (!Number.isFinite(number)) return "url(#stage-hatch)";
  const share = largest > 0 ? Math.min(Math.abs(number) / largest, 1) : 0;
  const level = Math.round(share * 255) * (number > 0 ? 1 : -1);
  if (!SHADES.has(zero)) SHADES.set(zero, []);
  return (SHADES.get(zero)[level + 255] ||= shade(zero, level));
}

function shade(zero, level) {
  const end = level > 0 ? POSITIVE : NEGATIVE;
  return hexed(channels(zero).map((c, i) => c + ((end[i] - c) * Math.abs(level)) / 255));
}

export const channels = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
const hexed = rgb => "#" + rgb.map(c => Math.round(c).toString(16).padStart(2, "0")).join("");

const INKS = new Map();

// Black or white, whichever is legible on a colour.
export function inkOn(fill) {
  if (fill[0] !== "#") return look.ink;
  if (!INKS.has(fill)) INKS.set(fill, luminance(fill) > 0.179 ? "#000000" : "#FFFFFF");
  return INKS.get(fill);
}

function luminance(hex) {
  const linear = c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const [red, green, blue] = channels(hex).map(c => linear(c / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
