"""The function of a program on JAX: its text with JAX's arrays, compiled by XLA."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minigrad.compiler.reading.checks import checked_dtype

if TYPE_CHECKING:
    from minigrad.compiler.targets.running import Code


def on_jax(code: Code, dtype: Any = None) -> Callable[..., Any]:
    """`gradient` of a source, under `jax.jit`. Raises what `Program.on` says."""
    if importlib.util.find_spec("jax") is None:
        raise ModuleNotFoundError('program.on("jax"): JAX is not installed; pip install jax', name="jax")
    import jax  # here, as it takes a second

    from minigrad.compiler.targets.running import compiled

    has_double = jax.numpy.result_type(float) == "float64"
    wanted = checked_dtype(dtype if dtype is not None else code.words.dtype if has_double else "float32")
    if wanted == "float64" and not has_double:
        raise ValueError(
            'program.on("jax"): JAX computes in float64 only after '
            'jax.config.update("jax_enable_x64", True); say so first, or ask for dtype="float32"'
        )
    space = compiled(code.text("jax.numpy", wanted), code.words.own())
    gradient: Callable[..., Any] = jax.jit(space["gradient"])
    return gradient
