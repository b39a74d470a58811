"""Contexts that serve in a `with` and as decorators, also of generators and of `async def`.

Glossary
    body        of a decorated function; that of a generator or a coroutine runs in several steps
    step        from one yield, or await that has to wait, to the next; between two steps others run
"""

from __future__ import annotations

import inspect
import threading
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
Function = TypeVar("Function", bound=Callable[..., Any])
Maker = Callable[[], AbstractContextManager[None]]
Steps = Generator[Any, Any, Any] | Coroutine[Any, Any, Any]


class Context(AbstractContextManager[None]):
    """What `context` makes: for a `with`, or a decorator, under which the body runs and nothing else does.

    A `with` around a `yield` holds, as Python has it, for whoever goes on after the yield too; a decorated
    generator leaves the context at each yield, and a coroutine wherever it waits.
    """

    def __init__(self, make: Maker) -> None:
        self._make = make
        self._of_thread = threading.local()  # what is entered, for several may be in it at once

    def __enter__(self) -> None:
        manager = self._make()
        manager.__enter__()
        self._of_thread.entered = [*getattr(self._of_thread, "entered", ()), manager]

    def __exit__(self, *error: Any) -> bool | None:
        return self._of_thread.entered.pop().__exit__(*error)  # type: ignore[no-any-return]

    def __call__(self, function: Function) -> Function:
        """The function with its body in this context, whenever it runs."""
        decorated = next(around for is_kind, around in _AROUND if is_kind(function))
        return cast(Function, wraps(function)(decorated(self._make, function)))


def _around_call(make: Maker, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with make():
            return function(*args, **kwargs)

    return wrapped


def _around_generator(make: Maker, function: Callable[..., Steps]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        return (yield from _in_steps(make, function(*args, **kwargs)))

    return wrapped


def _around_coroutine(make: Maker, function: Callable[..., Steps]) -> Callable[..., Any]:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        return await _in_steps(make, function(*args, **kwargs))

    return wrapped


def _around_async_generator(
    make: Maker, function: Callable[..., AsyncGenerator[Any, Any]]
) -> Callable[..., Any]:
    async def wrapped(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        body = function(*args, **kwargs)
        step: Callable[[], Any] = partial(body.asend, None)
        while True:
            try:
                result = await _in_steps(make, step().__await__())
            except StopAsyncIteration:
                return
            try:
                step = partial(body.asend, (yield result))
            except GeneratorExit:
                await _in_steps(make, body.aclose().__await__())
                raise
            except BaseException as error:  # what the consumer throws goes to the body
                step = partial(body.athrow, error)

    return wrapped


_AROUND: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
    (inspect.isasyncgenfunction, _around_async_generator),
    (inspect.iscoroutinefunction, _around_coroutine),
    (inspect.isgeneratorfunction, _around_generator),
    (callable, _around_call),
)


@types.coroutine
def _in_steps(make: Maker, steps: Steps) -> Generator[Any, Any, Any]:
    """`yield from steps`, or `await steps`, with each step in a context of its own."""
    step = partial(steps.send, None)
    while True:
        with make():
            try:
                result = step()
            except StopIteration as end:
                return end.value
        try:
            step = partial(steps.send, (yield result))
        except GeneratorExit:
            with make():
                steps.close()
            raise
        except BaseException as error:  # such as the cancellation of a task
            step = partial(steps.throw, error)


def context(function: Callable[P, Iterator[None]]) -> Callable[P, Context]:
    """`contextlib.contextmanager`, for contexts without a result that may also decorate any function.

    It is entered anew for each step, and must not keep anything from one to the next.

    >>> @context
    ... def noted():
    ...     print("in")
    ...     yield
    ...     print("out")
    >>> @noted()
    ... def numbers():
    ...     yield 1
    >>> for number in numbers():
    ...     print(number)
    in
    out
    1
    in
    out
    """
    manager = contextmanager(function)

    @wraps(function)
    def made(*args: P.args, **kwargs: P.kwargs) -> Context:
        return Context(lambda: manager(*args, **kwargs))

    return made
