// The losses, recorded as in nn/losses.py: of the outputs a or z, and the targets y, for a layer L
// after the last.
const targetLeaf = (recorder, y, j, L) => recorder.leaf(y[j], "y", L, j + 1, -1, `y${j + 1}`);
const times = (recorder, one, other) => recorder.apply("multiply", [one, other]);
const logarithm = (recorder, node) => recorder.apply("log", [node]);
const totalOf = (recorder, terms) => (terms.length === 1 ? terms[0] : recorder.apply("total", terms));

export const LOSSES = {
  squared_error(recorder, a, y, L) {
    const squares = a.map((output, j) => {
      const error = recorder.apply("subtract", [output, targetLeaf(recorder, y, j, L)]);
      return recorder.apply("power", [error, recorder.constant(2)]);
    });
    return totalOf(recorder, squares);
  },
  half_squared_error(recorder, a, y, L) {
    return recorder.apply("divide", [LOSSES.squared_error(recorder, a, y, L), recorder.constant(2)]);
  },
  binary_cross_entropy(recorder, a, y, L) {
    const terms = [];
    a.forEach((output, j) => {
      if (y[j] !== 0) {
        const own = logarithm(recorder, output);
        terms.push(times(recorder, targetLeaf(recorder, y, j, L), own));
      }
      if (y[j] !== 1) {
        const other = recorder.apply("subtract", [recorder.constant(1), output]);
        terms.push(times(recorder, recorder.constant(1 - y[j]), logarithm(recorder, other)));
      }
    });
    return recorder.apply("negative", [totalOf(recorder, terms)]);
  },
  binary_cross_entropy_on_logits(recorder, z, y, L) {
    const terms = z.map((output, j) => {
      const product = times(recorder, output, targetLeaf(recorder, y, j, L));
      return recorder.apply("subtract", [recorder.apply("softplus", [output]), product]);
    });
    return totalOf(recorder, terms);
  },
  cross_entropy(recorder, a, y, L) {
    const term = j => times(recorder, targetLeaf(recorder, y, j, L), logarithm(recorder, a[j]));
    return recorder.apply("negative", [totalOf(recorder, aimedAt(y).map(term))]);
  },
  cross_entropy_on_logits(recorder, z, y, L) {
    const term = j => (y[j] === 1 ? z[j] : times(recorder, z[j], targetLeaf(recorder, y, j, L)));
    const terms = aimedAt(y).map(term);
    return recorder.apply("subtract", [recorder.apply("logsumexp", z), totalOf(recorder, terms)]);
  },
};

// The places of the targets that are not 0.
const aimedAt = y => [...y.keys()].filter(j => y[j] !== 0);

export const LOSS_NAMES = Object.keys(LOSSES);

// Whether a loss is recorded in the same way whatever the target is.
export function isSquared(loss) {
  return loss.endsWith("squared_error");
}
