"""Numbers on the page are printed as Python prints them, to the last digit."""

import math

import numpy as np
import page_modules
from page_browser import needs_browser
from page_modules import packed

from minigrad.symbols import numerals

pytestmark = needs_browser
tab = page_modules.tab  # a fixture


def some_numbers():
    """Of every size; halfway between two texts; at the ends of the formats; whole; printed ones; special."""
    generator = np.random.default_rng(11)
    sizes = generator.choice([-1, 1], 900) * 10.0 ** generator.uniform(-12, 12, 900)
    extreme = generator.choice([-1, 1], 200) * 10.0 ** generator.uniform(-320, 308, 200)
    halves = generator.integers(-(2**20), 2**20, 400) / 2.0 ** generator.integers(1, 18, 400)
    large_halves = generator.integers(10**5, 10**9, 300) * 10.0 ** generator.integers(0, 4, 300) + 5.0
    printed = np.round(generator.normal(scale=30, size=300), 3)
    ends = [s * e for e in (1e-3, 1e-4, 1e5, 1e6, 1e16, 99999.95, 999999.5, 0.00099999999) for s in (1, -1)]
    ends += [math.nextafter(end, side) for end in ends for side in (0.0, math.inf)]
    special = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 0.5, 2.5, -0.00004]
    parts = (sizes, extreme, halves, large_halves, printed, np.arange(-50, 50), ends, special)
    return [float(number) for part in parts for number in part]


PRINTED = """
return [...floats(given)].map((x) => [
  shown(x), shown(x, 0), shown(x, 2, true), shown(x, 8), shown(x, 12), compact(x), compact(x, 5, true),
  plain(x), plain(x, 7), short(x), repr(x), String(asNumber(compact(x))),
]);
"""


def test_single_numbers_are_printed_alike(tab):
    numbers = some_numbers()
    names = "shown, compact, plain, short, repr, asNumber"
    shown, compact, plain = numerals.shown, numerals.compact, numerals.plain
    for x, there in zip(numbers, tab.run({"numerals": names}, PRINTED, packed(numbers)), strict=True):
        here = [shown(x), shown(x, 0), shown(x, 2, True), shown(x, 8), shown(x, 12)]
        here += [compact(x), compact(x, 5, True), plain(x), plain(x, 7), numerals.short(x)]
        assert there[:-1] == [*here, repr(x)]
        assert float(there[-1]) == numerals.as_number(compact(x)) or math.isnan(x)


COMBINED = """
const x = floats(given), all = [];
for (let k = 0; k < x.length; k += 3) {
  const [a, b, c] = x.subarray(k, k + 3);
  all.push([productTexts(a, b), productTexts(a, b, 6), settled([a, b, c], a * b * c),
    settled([a, b], a + b, ([p, q]) => p + q), sumDigits([a, b, c])]);
}
return all;
"""


def test_products_and_sums_come_out_with_the_same_digits(tab):
    generator = np.random.default_rng(12)
    small = generator.normal(scale=2, size=1500)
    of_sizes = generator.choice([-1, 1], 900) * 10.0 ** generator.uniform(-7, 5, 900)
    numbers = [*small.tolist(), *of_sizes.tolist(), *generator.integers(-9, 9, 300).astype(float).tolist()]
    numbers += [0.0, math.inf, 1.0, math.nan, 2.0, 3.0, -0.0, 1e300, 1e300, 0.5, -0.25, 1e-310]
    names = "productTexts, settled, sumDigits"
    triples = [numbers[k : k + 3] for k in range(0, len(numbers), 3)]
    for (a, b, c), there in zip(
        triples, tab.run({"numerals": names}, COMBINED, packed(numbers)), strict=True
    ):
        here = [numerals.product(a, b), numerals.product(a, b, 6)]
        here += [numerals.settled([a, b, c], a * b * c), numerals.settled([a, b], a + b, sum)]
        assert [*map(as_lists, here), numerals.sum_digits([a, b, c])] == there, (a, b, c)


def as_lists(texts):
    return [list(each) if isinstance(each, list) else each for each in texts]
