"""no_grad, detect_anomaly and note_origins; and that they belong to one thread and one task."""

import asyncio
import inspect
import math
import re
import sys
import threading
import types

import pytest

from minigrad import (
    AnomalyError,
    Value,
    detect_anomaly,
    dot,
    exp,
    grad,
    no_grad,
    rules,
    sqrt,
    topological_order,
)
from minigrad.debugger.anomalies import note_origins
from nn import MLP


def here(offset=0):
    return f"{__file__}:{sys._getframe(1).f_lineno + offset}"


def test_no_grad_keeps_no_graph():
    x = Value(3.0)
    with no_grad():
        y = x * x + exp(x) + dot([x], [x])
    assert y.operands == ()
    assert y.op is rules.constant
    (y * x).backward()
    assert x.grad == y.data
    assert (x * x).operands == (x, x)


def test_no_grad_ends_with_an_error_and_serves_as_a_decorator():
    with pytest.raises(ZeroDivisionError), no_grad():
        Value(1.0) / 0
    assert (Value(1.0) + 1).operands

    @no_grad()
    def predict(x):
        return x * 2

    assert predict(Value(1.0)).operands == ()
    assert (Value(1.0) + 1).operands


# --- as decorators: inside the body whenever it runs, and nowhere else ------------------------------------


CONTEXTS = {  # each with what tells that a new node was made within it
    "no_grad": (no_grad, lambda node: node.operands == ()),
    "note_origins": (note_origins, lambda node: node.origin != ""),
    "detect_anomaly": (detect_anomaly, lambda node: node.origin != ""),
}
each_context = pytest.mark.parametrize(("make", "is_inside"), CONTEXTS.values(), ids=CONTEXTS.keys())


def node():
    return Value(2.0) * Value(3.0)


@each_context
def test_a_decorated_generator_is_inside_while_its_body_runs(make, is_inside):
    @make()
    def body(first):
        seen = [is_inside(node()), first]
        try:
            seen.append((yield 1))
            seen.append(is_inside(node()))
            yield 2
        except KeyError:
            seen.append(is_inside(node()))
            yield 3
        finally:
            seen.append(is_inside(node()))
        return seen

    generator = body("first")
    assert not is_inside(node())
    assert next(generator) == 1
    assert not is_inside(node())
    assert generator.send("sent") == 2
    assert not is_inside(node())
    assert generator.throw(KeyError) == 3
    assert not is_inside(node())
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == [True, "first", "sent", True, True, True]
    assert not is_inside(node())


@each_context
def test_two_decorated_generators_run_by_turns(make, is_inside):
    @make()
    def inside():
        while True:
            yield is_inside(node())

    def outside():
        while True:
            yield is_inside(node())

    assert [next(body) for body in [inside(), outside()] * 3] == [True, False] * 3


@each_context
def test_a_decorated_generator_that_is_closed_cleans_up_inside(make, is_inside):
    seen = []

    @make()
    def body():
        try:
            yield
        finally:
            seen.append(is_inside(node()))

    generator = body()
    next(generator)
    generator.close()
    assert seen == [True]
    assert not is_inside(node())


@each_context
def test_a_decorated_coroutine_is_inside_while_it_runs(make, is_inside):
    @make()
    async def body(result):
        seen = [is_inside(node())]
        await asyncio.sleep(0)
        seen.append(is_inside(node()))
        seen.append(await callee())
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append(is_inside(node()))
        return [*seen, result]

    async def callee():
        await asyncio.sleep(0)
        return is_inside(node())

    async def main():
        task = asyncio.create_task(body("result"))
        for _ in range(5):
            assert not is_inside(node())
            await asyncio.sleep(0)
        task.cancel()
        assert await task == [True, True, True, True, "result"]
        assert not is_inside(node())

    assert asyncio.iscoroutinefunction(body)
    asyncio.run(main())


@each_context
def test_a_decorated_coroutine_that_waits_is_left_also_within_one_task(make, is_inside):
    @types.coroutine
    def wait():
        yield "waiting"

    @make()
    async def body():
        await wait()
        return is_inside(node())

    coroutine = body()
    assert coroutine.send(None) == "waiting"
    assert not is_inside(node())
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    assert end.value.value is True


@each_context
def test_a_decorated_asynchronous_generator_is_inside_while_its_body_runs(make, is_inside):
    seen = []

    @make()
    async def body(count):
        try:
            for number in range(count):
                seen.append(is_inside(node()))
                await asyncio.sleep(0)
                seen.append(is_inside(node()))
                seen.append((yield number))
        except KeyError:
            yield "thrown"
        finally:
            seen.append(is_inside(node()))

    async def main():
        async for _ in body(2):
            assert not is_inside(node())
        assert seen == [True, True, None, True, True, None, True]
        seen.clear()
        generator = body(5)
        assert await anext(generator) == 0
        assert await generator.asend("sent") == 1
        assert await generator.athrow(KeyError) == "thrown"
        assert not is_inside(node())
        await generator.aclose()
        assert seen == [True, True, "sent", True, True, True]
        assert not is_inside(node())

    asyncio.run(main())


def test_a_decorated_function_keeps_its_kind_name_and_words():
    @no_grad()
    def generator(first: int = 1):
        "Words."
        yield first

    @no_grad()
    async def asynchronous():
        yield

    assert inspect.isgeneratorfunction(generator)
    assert inspect.isasyncgenfunction(asynchronous)
    assert (generator.__name__, generator.__doc__) == ("generator", "Words.")
    assert str(inspect.signature(generator)) == "(first: int = 1)"


def test_one_context_serves_several_times_and_within_itself():
    quiet = no_grad()
    with quiet, quiet:
        assert node().operands == ()
    assert len(node().operands) == 2
    with quiet:
        assert node().operands == ()

    @quiet
    def countdown(n):
        return [node(), *(countdown(n - 1) if n else [])]

    assert all(each.operands == () for each in countdown(3))
    assert len(node().operands) == 2


def test_an_anomaly_within_a_decorated_generator_names_its_line():
    @detect_anomaly()
    def body():
        yield Value(1e200) * 2
        yield Value(1e200) * 1e200

    generator = body()
    next(generator)
    assert Value(1e200) * 1e200 is not None  # outside
    with pytest.raises(AnomalyError, match=re.escape(here(-5))):
        next(generator)


def test_an_anomalous_value_is_named_with_operands_derivatives_and_line():
    x = Value(1e200, label="x")
    with detect_anomaly():
        assert (x * 3).data == 3e200
        with pytest.raises(AnomalyError) as caught:
            x * x
    assert str(caught.value) == (
        "value inf of multiply(x = 1e+200, x = 1e+200), local derivatives 1e+200, 1e+200, "
        f"built at {here(-3)}"
    )


def test_the_first_node_that_became_nan_is_named_not_a_later_one():
    def build(x):
        a = x * 2
        b = (a - a) * math.inf
        return exp(b) + 1

    with pytest.raises(AnomalyError, match=r"value nan of multiply\(0, inf\)"), detect_anomaly():
        build(Value(1.0))


def test_an_anomalous_contribution_is_named_with_its_edge():
    x = Value(0.0, label="x")
    with detect_anomaly():
        y = sqrt(x) * 3
        with pytest.raises(AnomalyError) as caught:
            y.backward()
    assert str(caught.value) == (
        f"contribution inf = 3 · inf to x = 0, from sqrt(x = 0), local derivatives inf, built at {here(-4)}"
    )
    assert x.grad == math.inf  # the gradients stay as the pass left them


def test_a_sum_of_contributions_that_overflows_is_named():
    x = Value(1e-9, label="x")
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match="gradient inf of x = 1e-09: its contributions add"),
    ):
        (x * 1e308 + x * 1e308).backward()


def test_a_graph_from_outside_has_no_line_to_name():
    y = sqrt(Value(0.0))
    with detect_anomaly(), pytest.raises(AnomalyError, match="built at a line outside detect_anomaly"):
        y.backward()


def test_what_flows_into_a_constant_is_no_anomaly():
    x = Value(-2.0)
    with detect_anomaly():
        y = x**3
        y.backward()
        [slope] = grad(y, [x], create_graph=True)
        slope.backward()
    assert x.grad == 12.0 + -12.0
    assert math.isnan(y.operands[1].grad)


def test_contexts_nest_in_any_order():
    x = Value(1e200)
    with no_grad(), detect_anomaly(), pytest.raises(AnomalyError):
        x * x
    with detect_anomaly(), no_grad(), pytest.raises(AnomalyError, match="value inf of multiply"):
        x * x
    with detect_anomaly(), no_grad():
        assert (x * 2).operands == ()
    with no_grad(), detect_anomaly():
        assert (x * 2).operands == ()
    assert (x * 2).operands


def test_origins_are_lines_outside_the_engine():
    with note_origins():
        y = sum([Value(1.0), Value(2.0)])
        z = exp(y)
    assert [y.origin, z.origin] == [here(-2), here(-1)]
    assert (y + 1).origin == ""


def test_the_origin_of_a_networks_node_is_the_line_that_called_the_network():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    with note_origins():
        y = model([1.0, 2.0])
    assert {node.origin for node in topological_order(y) if node.operands} == {here(-1)}
    with detect_anomaly(), pytest.raises(AnomalyError, match=re.escape(f"built at {here(1)}")):
        model([math.nan, 1.0])


def test_a_context_belongs_to_its_thread():
    results = {}
    entered, done = threading.Event(), threading.Event()

    def other():
        entered.wait()
        results["other"] = (Value(1.0) + 1).operands
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        entered.set()
        done.wait()
        results["here"] = (Value(1.0) + 1).operands
    thread.join()
    assert results["here"] == ()
    assert len(results["other"]) == 2


def test_a_context_belongs_to_its_asynchronous_task():
    async def quiet(started, go_on):
        with no_grad():
            started.set()
            await go_on.wait()
            return (Value(1.0) + 1).operands

    async def main():
        started, go_on = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(started, go_on))
        await started.wait()
        meanwhile = (Value(1.0) + 1).operands
        go_on.set()
        return await task, meanwhile

    inside, meanwhile = asyncio.run(main())
    assert inside == ()
    assert len(meanwhile) == 2


def test_threads_build_and_walk_graphs_at_once():
    def work(seed, results):
        x = Value(float(seed))
        for _ in range(50):
            y = x
            for _ in range(50):
                y = (y * 0.9 + x).tanh()
            y.backward()
        results[seed] = x.grad

    results, alone = {}, {}
    threads = [threading.Thread(target=work, args=(seed, results)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        work(seed, alone)
    assert results == alone
