"""Many devices: one program, trained on one device, on four, and by two processes, with the same numbers.

After it you have seen how a compiled program outgrows one machine: it is a pure function of arrays, so JAX
can share the examples of a batch out among devices and hosts. Each has its own part of the sum over examples;
one all-reduce a step adds the parts. No line of the program knows of it.

Needs JAX: pip install "minigrad[jax]" from its source, or `pip install jax`. The four devices are threads of
this computer's processor, the two processes talk over its loopback; real ones are used in the same way.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import minigrad
from minigrad import Value
from minigrad.compiler import Program
from nn import MLP, squared_error

STEPS, RATE, EXAMPLES = 20, 0.5, 64


def compiled_network() -> Program:
    """A network of two inputs and one output, recorded once for one example, and compiled."""
    model = MLP(2, [8, 1], "tanh", seed=0)
    x, y = model.inputs([0.0, 0.0]), Value(0.0, label="y")
    return minigrad.compile(squared_error(model(x), [y]), [*x, y], model.parameters())


def all_examples() -> np.ndarray:
    """Examples of y = x1 · x2, a row each; every process has the same, and uses its part."""
    x = np.random.default_rng(0).uniform(-1.0, 1.0, (EXAMPLES, 2))
    return np.column_stack([x, x[:, 0] * x[:, 1]])


def sharded(array: np.ndarray, sharding: Any) -> Any:
    """An array of JAX, of which each device has the part that the sharding gives it."""
    import jax

    return jax.make_array_from_callback(array.shape, sharding, lambda part: array[part])


def step_of(program: Program) -> Callable[[dict[str, Any], Any], tuple[Any, dict[str, Any]]]:
    """One step of gradient descent, as one program of XLA."""
    import jax

    gradient = program.on("jax")

    def step(parameters: dict[str, Any], batch: Any) -> tuple[Any, dict[str, Any]]:
        cost, slopes = gradient(**parameters, batch=batch)
        return cost, {name: array - RATE * slopes[name] for name, array in parameters.items()}

    return jax.jit(step)


def train() -> dict[str, Any]:
    """Train on all devices that there are; the costs, the parameters, and what XLA has made of a step."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    jax.config.update("jax_enable_x64", True)
    devices = Mesh(np.array(jax.devices()), ("examples",))
    by_example = NamedSharding(devices, PartitionSpec("examples"))
    everywhere = NamedSharding(devices, PartitionSpec())
    program = compiled_network()
    step = step_of(program)
    batch = sharded(all_examples(), by_example)
    views = program.parameters.views()
    parameters = {name: sharded(view, everywhere) for name, view in views.items()}
    text = step.lower(parameters, batch).compile().as_text()  # type: ignore[attr-defined]  # of jax.jit
    costs = []
    for _ in range(STEPS):
        cost, parameters = step(parameters, batch)
        costs.append(float(cost))
    for name, array in parameters.items():
        views[name] = np.asarray(array)  # into the program's vector; `program.store()` would tell the Values
    return {
        "devices": jax.device_count(),
        "of them here": jax.local_device_count(),
        "all-reduces": text.count(" all-reduce(") + text.count(" all-reduce-start("),
        "costs": costs,
        "parameters": program.parameters.vector.tolist(),
    }


def start(devices: int, *process: str) -> subprocess.Popen[str]:
    """This file in a process of its own, whose processor counts as so many devices."""
    flags = f"--xla_force_host_platform_device_count={devices}"
    here = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, __file__, "train", *process]
    return subprocess.Popen(command, env=here, stdout=subprocess.PIPE, text=True)


def results(*processes: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """What each has printed at its end."""
    printed = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("many_devices: a process has failed; its message stands above")
    return [json.loads(text.splitlines()[-1]) for text in printed]


def free_address() -> str:
    """An address on this computer at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def main() -> None:
    """Train three times, and compare."""
    (alone,) = results(start(1))
    (four,) = results(start(4))
    address = free_address()
    two = results(*(start(1, address, "2", str(number)) for number in range(2)))
    runs = {"one device": alone, "four devices": four, "process 1 of 2": two[0], "process 2 of 2": two[1]}
    print("                 devices  all-reduces a step  cost at first   at last    largest difference")
    for name, run in runs.items():
        first, last = run["costs"][0], run["costs"][-1]
        apart = np.max(np.abs(np.subtract(run["parameters"], alone["parameters"])))
        small = "0" if apart == 0 else "below 1e-14" if apart < 1e-14 else f"{apart:.1e}"
        print(
            f"{name:<16} {run['devices']:>7} {run['all-reduces']:>19} {first:>14.6f} {last:>9.6f}    {small}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] != ["train"]:
        main()
    else:
        if sys.argv[2:]:
            import jax

            coordinator, count, number = sys.argv[2:]
            jax.distributed.initialize(coordinator, int(count), int(number))
        print(json.dumps(train()))
