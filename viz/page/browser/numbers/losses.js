// The losses, recorded as in nn/losses.py: of the outputs a or z, and the targets y, for a layer L
// after the last.
const targetLeaf = (recorder, y, j, L) => recorder.leaf(y, "y", L, j + 1, -1, `y${j + 1}`);
const totalOf = (recorder, terms) =>
  terms.length === 1 ? terms[0] : recorder.apply("total", terms);

export const LOSSES = {
  squared_error(recorder, a, y, L) {
    return totalOf(
      recorder,
      a.map((output, j) => {
        const error = recorder.apply("subtract", [output, targetLeaf(recorder, y[j], j, L)]);
        return recorder.apply("power", [error, recorder.constant(2)]);
      }),
    );
  },
  half_squared_error(recorder, a, y, L) {
    return recorder.apply("divide", [
      LOSSES.squared_error(recorder, a, y, L),
      recorder.constant(2),
    ]);
  },
  binary_cross_entropy(recorder, a, y, L) {
    const terms = [];
    a.forEach((output, j) => {
      if (y[j] !== 0) {
        const logarithm = recorder.apply("log", [output]);
        terms.push(recorder.apply("multiply", [targetLeaf(recorder, y[j], j, L), logarithm]));
      }
      if (y[j] !== 1) {
        const other = recorder.apply("subtract", [recorder.constant(1), output]);
        terms.push(
          recorder.apply("multiply", [recorder.constant(1 - y[j]), recorder.apply("log", [other])]),
        );
      }
    });
    return recorder.apply("negative", [totalOf(recorder, terms)]);
  },
  binary_cross_entropy_on_logits(recorder, z, y, L) {
    return totalOf(
      recorder,
      z.map((output, j) => {
        const product = recorder.apply("multiply", [output, targetLeaf(recorder, y[j], j, L)]);
        return recorder.apply("subtract", [recorder.apply("softplus", [output]), product]);
      }),
    );
  },
  cross_entropy(recorder, a, y, L) {
    const terms = a.flatMap((output, j) => {
      if (y[j] === 0) return [];
      return [
        recorder.apply("multiply", [
          targetLeaf(recorder, y[j], j, L),
          recorder.apply("log", [output]),
        ]),
      ];
    });
    return recorder.apply("negative", [totalOf(recorder, terms)]);
  },
  cross_entropy_on_logits(recorder, z, y, L) {
    const terms = z.flatMap((output, j) => {
      if (y[j] === 0) return [];
      return [
        y[j] === 1
          ? output
          : recorder.apply("multiply", [output, targetLeaf(recorder, y[j], j, L)]),
      ];
    });
    return recorder.apply("subtract", [recorder.apply("logsumexp", z), totalOf(recorder, terms)]);
  },
};

export const LOSS_NAMES = Object.keys(LOSSES);

// Whether a loss is recorded in the same way whatever the target is.
export function isSquared(loss) {
  return loss.endsWith("squared_error");
}
