"""Why a gradient is what it is: in symbols, in numbers, and as a ledger of contributions and paths."""
