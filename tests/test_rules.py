"""Every row of the table, in each of its readings, against SymPy at 50 digits; a new row too, at once."""

import math

import pytest
from edge_table import rows
from row_checks import CHECKS

from minigrad import operation


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_every_row(row, check):
    check(row)


# --- a row that nobody has written a test for ------------------------------------------------------------


@operation(lambda x: x * x * x)
def cube(y, x):
    return (3 * x * x,)


@operation(math.log2)  # which SymPy has under no such name, and no symbol can be given to
def binary_logarithm(y, x):
    return (1 / math.log(2) / x,)


@operation(math.log2)
def wrong_binary_logarithm(y, x):
    return (1 / x,)


@operation(lambda x: x * x * x)
def wrong_cube(y, x):
    return (3.00001 * x * x,)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("row", [cube, binary_logarithm], ids=lambda row: row.name)
def test_a_new_row_is_checked_without_a_test_of_its_own(row, check):
    check(row)


@pytest.mark.parametrize("row", [wrong_cube, wrong_binary_logarithm], ids=lambda row: row.name)
def test_a_new_row_that_is_wrong_is_found(row):
    found = 0
    for check in CHECKS:
        try:
            check(row)
        except AssertionError:
            found += 1
    assert found >= 1
