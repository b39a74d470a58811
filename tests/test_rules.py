"""Every row of the table, in its four readings, against SymPy at 50 digits: a new row is in here at once."""

import pytest
from row_checks import CHECKS

from minigrad import rules
from minigrad.operations import Operation

ROWS = [row for row in vars(rules).values() if isinstance(row, Operation) and row is not rules.constant]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row(row, check):
    check(row)
