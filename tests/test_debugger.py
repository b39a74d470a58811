"""The debugger's prompt: its commands do what their help says, and nothing typed ends in a traceback."""

import io
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mistakes import plant

from minigrad import Value, debug, operation, topological_order, total
from minigrad.debugger import EXTENSIONS, command
from minigrad.debugger.commands import Commands
from minigrad.journal import backward_steps
from nn import MLP, mean, squared_error, trace


def cost(elementary: bool = False) -> Value:
    """Document 001's network on one example."""
    model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=0, elementary=elementary)
    return trace(model, [-0.3973, -0.5195, 0.2362, -0.1798], y=-1.0).cost


def session(root: Value, *commands: str) -> list[str]:
    """What is answered to each command in turn."""
    output = io.StringIO()
    debug(root, commands, stdin=io.StringIO(), stdout=output)
    answers = re.split(r"^\(minigrad\) .*\n", output.getvalue(), flags=re.MULTILINE)
    return [answer.rstrip("\n") for answer in answers[1:]]


def position(answer: str) -> int:
    """Where the pass is according to the arrow line."""
    arrow = re.search(r"^-> step (\d+) of \d+", answer, re.MULTILINE)
    if arrow:
        return int(arrow[1]) - 1
    complete = re.search(r"^-> the pass is complete: (\d+)", answer, re.MULTILINE)
    assert complete, answer
    return int(complete[1])


def node_called(root: Value, label: str) -> Value:
    return next(node for node in topological_order(root) if node.label == label)


# --- walking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["step"], 1),
        (["s"], 1),
        (["s 7"], 7),
        (["next"], 2),
        (["n", "n", "n", "n"], 9),
        (["until z2_1"], 9),
        (["unt delta2_1"], 9),
        (["until w2_12"], 11),
        (["until label:b2_2"], 20),
        (["until op:sigmoid"], 8),
        (["until op:σ"], 8),
        (["until layer:1"], 20),
        (["until node:4"], 8),
        (["until abs(grad) > 2.1"], 1),
        (["until layer:2", "return"], 14),
        (["until layer:2", "return layer"], 20),
        (["until layer:2", "s", "r"], 14),
        (["return"], 2),
        (["continue"], 40),
        (["jump 13"], 12),
        (["c", "j 13"], 12),
        (["c", "rstep"], 39),
        (["c", "rs 9"], 31),
        (["until layer:1", "rnext"], 15),
        (["until layer:1", "s 3", "rn"], 21),
        (["c", "rcontinue"], 0),
        (["break z2_1", "c", "c", "rc"], 9),
        (["b layer:2", "c", "c"], 40),
        (["b layer:2", "c", "clear 1", "rc", "c"], 40),
    ],
)
def test_walks_end_where_their_names_say(commands: list[str], expected: int) -> None:
    assert position(session(cost(), *commands, "quit")[len(commands) - 1]) == expected


def test_a_neuron_is_finished_also_when_it_is_made_of_products_and_sums() -> None:
    *_, answer, _ = session(cost(elementary=True), "until a2_1", "return", "quit")
    assert "-> " in answer
    assert position(answer) > position(session(cost(elementary=True), "until a2_1", "q")[0])


def test_an_empty_line_repeats_the_last_command() -> None:
    assert position(session(cost(), "step", "", "q")[1]) == 2


@pytest.fixture
def looks() -> Iterator[list[list[tuple[float, bool]]]]:
    """What every node had, its gradient and whether there is one, whenever `look` was typed."""
    seen: list[list[tuple[float, bool]]] = []

    @command("look")
    def look(prompt: Commands, argument: str) -> None:
        """look: note the gradients."""
        seen.append([(node.grad, node.has_gradient) for node in prompt.journal.order])

    yield seen
    del EXTENSIONS["look"]


def check_the_way_back(looks: list[list[tuple[float, bool]]]) -> None:
    """There and back again, with a look at each step; of the leaves every other one has had a gradient."""
    root = cost()
    for leaf in [node for node in topological_order(root) if not node.operands][::2]:
        leaf.grad, leaf.has_gradient = 0.25, True
    count = len(backward_steps(root))
    session(root, "look", *["s", "look"] * count, *["rs", "look"] * count, "abort")
    assert len(looks) == 2 * count + 1
    assert len({tuple(look) for look in looks}) == count + 1
    assert looks == looks[::-1]


def test_on_the_way_back_every_node_is_as_it_was_on_the_way_there(
    looks: list[list[tuple[float, bool]]],
) -> None:
    check_the_way_back(looks)


@pytest.mark.parametrize(
    "kept", ["operand.has_gradient", "bool(ledger) or not operand.operands", "bool(ledger)"]
)
def test_a_way_back_that_leaves_leaves_with_a_gradient_or_takes_it_is_noticed(
    kept: str, looks: list[list[tuple[float, bool]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    restored = "bool(ledger) or (not operand.operands and operand in self._had_gradient)"
    plant(monkeypatch, "minigrad", restored, kept)
    with pytest.raises(AssertionError):
        check_the_way_back(looks)


# --- leaving ---------------------------------------------------------------------------------------------


def test_quitting_finishes_the_pass_and_aborting_restores_everything() -> None:
    root, other = cost(), cost()
    other.backward()
    expected = [node.grad for node in topological_order(other)]
    session(root, "until layer:2", "rs 3", "quit")
    assert [node.grad for node in topological_order(root)] == expected
    for node in topological_order(root):
        node.grad += 0.25
    before = [(node.grad, node.has_gradient) for node in topological_order(root)]
    session(root, "until layer:1", "abort")
    assert [(node.grad, node.has_gradient) for node in topological_order(root)] == before


def test_the_end_of_the_input_quits() -> None:
    root = cost()
    debug(root, stdin=io.StringIO("step\n"), stdout=io.StringIO())
    assert all(node.has_gradient for node in topological_order(root))


# --- breakpoints -----------------------------------------------------------------------------------------


def test_breakpoints_are_listed_and_cleared_by_number_and_by_text() -> None:
    answers = session(cost(), "b", "b z2_1", "b nan", "b", "cl 1", "cl nan", "cl", "cl 9", "q")
    assert answers[0] == "no breakpoints"
    assert answers[3] == "breakpoint 1: z2_1\nbreakpoint 2: nan"
    assert answers[4:8] == [
        "cleared breakpoint 1: z2_1",
        "cleared breakpoint 2: nan",
        "*** there are no breakpoints",
        "*** there is no breakpoint '9'",
    ]


def test_nan_and_inf_stop_at_the_step_that_made_them() -> None:
    x = Value(0.0, label="x")
    root = x * (x.sqrt() + 1.0)  # the slope of √x at 0 is inf, and 0 · inf is nan
    assert "nan" in session(root, "b nan", "c", "q")[1]
    y = Value(2.0, label="y")
    infinite = y * 1e308 * 10.0 + y
    assert "inf" in session(infinite, "b inf", "c", "p math_is_there", "q")[1]


def test_the_exponents_of_squares_raise_no_alarm() -> None:
    x = Value(-3.0, label="x")
    answer = session(x**2, "b nan", "c", "q")[1]  # ∂x²/∂2 is nan, which nobody asked for
    assert "the pass is complete" in answer


@operation(value=lambda x: x * x * x)
def wrong_cube(y, x):
    return (2 * x * x,)


def test_a_wrong_local_derivative_is_stopped_at_and_no_right_one_is() -> None:
    x = Value(0.5, label="x")
    answer = session(wrong_cube(x.tanh()) * x.exp(), "b wrong", "c", "q")[1]
    assert "wrong_cube(…) → tanh(x)" in answer.splitlines()[-2]
    generator = random.Random(3)
    leaves = [Value(generator.uniform(-2, 2)) for _ in range(6)]
    sound = total(
        [v.relu() * v.sigmoid() / (abs(v) + 0.5) + v.exp() ** 0.3 - (v * v + 1).log() for v in leaves]
    )
    assert "the pass is complete" in session(sound, "b wrong", "c", "q")[1]


def test_a_kink_is_not_called_wrong() -> None:
    assert "complete" in session(Value(0.0).relu() + abs(Value(0.0)), "b wrong", "c", "q")[1]


def test_a_condition_that_fails_stops_the_walk_and_says_why() -> None:
    answer = session(cost(), "b 1 / before > 0", "c", "q")[1]
    assert "*** breakpoint 1, 1 / before > 0: ZeroDivisionError" in answer
    assert position(answer) == 1


# --- looking ---------------------------------------------------------------------------------------------


def test_names_and_expressions_are_printed() -> None:
    root = cost()
    answers = session(
        root, "until a1_1", "p delta2_1", "z2_1.grad", "p step.waiting", "sqrt(4)", "p max(1, 2)", "q"
    )
    expected = str(node_called(root, "z2_1").grad)
    assert answers[1:6] == [expected, expected, "0", "2.0", "2"]


def test_the_way_from_the_root_is_a_product_of_local_derivatives() -> None:
    root = cost()
    lines = session(root, "until z2_1", "way", "q")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["C", "(z3_1", "z3_1", "a2_1", "z2_1"]
    product = 1.0
    for line in lines[1:]:
        product *= float(line.split("×")[1].split()[0].replace("−", "-"))
    assert math.isclose(product, node_called(root, "z2_1").grad, rel_tol=1e-4)  # of factors with 5 decimals


def test_the_ledger_names_who_added_what() -> None:
    lines = session(cost(), "until a1_1", "ledger a1_1", "q")[1].splitlines()
    assert [line.split()[1] for line in lines[:2]] == ["z2_1", "z2_2"]
    assert "2 of 2 consumers" in lines[2]


def test_an_alarm_is_about_what_was_added_to_and_a_node_without_a_label_goes_by_its_number() -> None:
    x = Value(0.0, label="x")
    root = (x * x) ** 0.5 * x  # 0 · ∞ at the root of 0
    stopped = session(
        root, "break nan", "continue", "ledger", "ledger operand", "ledger node:3", "way node:9"
    )
    assert "(x × x).grad = nan" in stopped[2]
    assert stopped[2] == stopped[3] == stopped[4]
    assert stopped[5] == "*** nodes are numbered 1 … 3 in the order of the pass, there is no '9'"


def test_a_long_way_and_a_wide_ledger_are_cut_and_say_so() -> None:
    x = Value(1.0, label="x")
    chain = x
    for _ in range(5000):
        chain = chain * 1.0
    way = session(chain, "c", "way x", "q")[1].splitlines()
    assert len(way) < 40
    assert any("more …" in line for line in way)
    ledger = session(total([x] * 100), "c", "ledger x", "q")[1].splitlines()
    assert len(ledger) == 22


def test_the_list_shows_what_was_done_and_what_is_to_come() -> None:
    lines = session(cost(), "until layer:2", "around", "q")[1].splitlines()
    assert [line.startswith("->") for line in lines].index(True) == 5
    assert ["=" in line for line in lines[:5]] == [False, True, True, True, True]  # step 4 is into a constant
    assert all("=" not in line for line in lines[5:])
    assert session(cost(), "around 40", "q")[0].splitlines()[-1].split()[0] == "40"


def test_printed_products_multiply_out() -> None:
    generator = random.Random(7)
    checked = 0
    for _ in range(40):
        leaves = [Value(generator.uniform(-3, 3) * 10 ** generator.uniform(-4, 3), f"x{i}") for i in range(4)]
        root = total([a * b for a in leaves for b in leaves])
        for line in "\n".join(session(root, "s 16", "s 12", "s 12", "q")).replace("−", "-").splitlines():
            found = re.search(r" (-?\d\S*) × +(-?\d\S*) .*= +(\S+)  ", line)
            if found:
                upstream, local, contribution = map(float, found.groups())
                digits = len(found[3].split("e")[0].split(".")[1])
                unit = 10.0**-digits * (10.0 ** int(found[3].split("e")[1]) if "e" in found[3] else 1)
                assert abs(upstream * local - contribution) <= 0.5000001 * unit
                checked += 1
    assert checked > 200


def test_a_constant_takes_no_gradient_that_is_printed_or_stopped_at() -> None:
    x = Value(-3.0, label="x")
    first, *_, answer, checked, _ = session((x - 1.0) ** 2, "c", "rc", "b grad != grad", "c", "check", "q")
    assert "nan" not in first
    assert first.count("–   a constant takes no gradient") == 2
    assert position(answer) == 4
    assert "1.0000 on to (x − 1)\n" in session((x - 1.0) ** 2, "rs", "q")[0] + "\n"
    assert "2 of 2 local derivatives agree with numeric differences; 2 by constants left out" in checked


def test_a_leaf_without_a_label_is_no_constant() -> None:
    a, b = Value(2.0), Value(3.0)
    answer = session(a * b + a, "c", "q")[0]
    assert "→ leaf 2 " in answer
    assert "→ leaf 3 " in answer
    assert "constant" not in answer


def test_columns_stand_below_each_other_however_long_the_names_are() -> None:
    x = Value(0.3, label="x")
    root = (1 - x).exp() * x.tanh() * (-x).exp()
    root.label = "the_longest_name_of_all"
    stepped, way, _ = session(root, "c", "way x", "q")
    assert "(exp′(1 − x)) " in stepped
    for text, sign in ((stepped, r"\d × +[−\d]"), (stepped, r" = +[−\d]"), (way, " so far ")):
        places = [found.start() for line in text.splitlines() if (found := re.search(sign, line))]
        assert len(places) > 2
        assert len(set(places)) == 1, text


def test_going_back_at_the_start_says_that_this_is_the_start() -> None:
    for command_back in ("rs", "rn", "rc"):
        assert session(cost(), command_back, "q")[0].startswith("   already at the start")
    assert "already" not in session(cost(), "s", "rs", "q")[1]


def test_help_explains_targets_last() -> None:
    summary = session(cost(), "help", "q")[0].splitlines()
    assert summary[-1].startswith("TARGET")
    assert any(line.startswith("delta") for line in summary[:-1])


# --- what networks add -----------------------------------------------------------------------------------


def cells(line: str) -> list[str]:
    return line.split()[1:]


@pytest.mark.parametrize("elementary", [False, True])
def test_the_delta_table_fills_in_as_the_pass_goes_on(elementary: bool) -> None:
    root = cost(elementary)
    answers = session(root, "delta", "until z2_1", "delta 2", "c", "delta", "q")
    assert cells(answers[0].splitlines()[1]) == ["?", "1.00000", "?"]
    assert cells(answers[2].splitlines()[1])[-1] != "?"
    assert cells(answers[2].splitlines()[2])[-1] == "?"
    for line, label in zip(
        answers[4].splitlines()[1:], ("z3_1", "z2_1", "z2_2", "z1_1", "z1_2"), strict=True
    ):
        *shares, error, slope, delta = (float(cell.replace("−", "-")) for cell in cells(line))
        assert abs(delta - node_called(root, label).grad) < 0.5001e-4  # 4 decimals are printed
        assert abs(error * slope - delta) < 2e-4
        assert abs(sum(shares) - error) < 2e-4 or label == "z3_1"


@pytest.mark.parametrize("elementary", [False, True])
def test_the_four_equations_hold_wherever_the_pass_is_stopped(elementary: bool) -> None:
    root = cost(elementary)
    for stop in range(0, len(backward_steps(root)) + 1, 3):
        answer = session(root, f"j {stop + 1}" if stop else "around", "check", "q")[1]
        found = re.findall(r"\b[δWb]\d (\S+)", answer)
        assert all(residual == "exact" or float(residual.replace("−", "-")) < 1e-12 for residual in found)
    assert [len(re.findall(r"[δWb]\d ", line)) for line in answer.splitlines()[1:]] == [1, 2, 3, 2]


def test_check_finds_the_equation_that_a_wrong_slope_breaks() -> None:
    root = cost()
    a = node_called(root, "a1_2")
    a.local_derivatives = (a.data,)  # the slope forgotten: a for a (1 − a)
    answer = session(root, "c", "check", "q")[1]
    assert "wrong: step" in answer
    residuals = dict(re.findall(r"\b([δWb]\d) (\S+)", answer))
    assert residuals["δ2"] == "exact"
    assert float(residuals["δ1"].replace("−", "-")) > 1e-3


def test_a_batch_is_told_apart_by_example() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    root = mean([squared_error(model(x), y) for x, y in (((0.1, 0.2), 1.0), ((0.3, -0.4), 0.0))])
    answers = session(root, "c", "delta", "check", "q")
    assert len(answers[1].splitlines()) == 1 + 2 * 3
    assert "#2" in answers[1]
    residuals = re.findall(r"\b[δWb]\d (\S+)", answers[2])
    assert len(residuals) == 6
    assert all(residual == "exact" or float(residual.replace("−", "-")) < 1e-12 for residual in residuals)


def test_a_penalty_on_the_weights_is_outside_the_recursion() -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    root = squared_error(model([0.1, 0.2]), 1.0) + 0.1 * total([w * w for w in model.parameters()])
    answer = session(root, "c", "check", "q")[1]
    residuals = re.findall(r"\b[δWb]\d (\S+)", answer)
    assert all(residual == "exact" or float(residual.replace("−", "-")) < 1e-12 for residual in residuals)


def test_a_graph_without_neurons_says_that_it_has_none() -> None:
    answers = session(Value(1.0, label="x") * 2.0, "delta", "return", "check", "q")
    assert answers[0].startswith("*** this graph has no neurons")
    assert "no neuron" in answers[1]
    assert answers[2] == "   1 of 1 local derivatives agree with numeric differences; 1 by constants left out"


def test_packages_add_commands_of_their_own() -> None:
    @command("shout")
    def shout(prompt: Commands, argument: str) -> None:
        """shout WORD: say it loud."""
        if not argument:
            raise ValueError("shout what?")
        prompt.message(argument.upper())

    try:
        answers = session(Value(1.0) * 2.0, "shout delta", "shout", "help shout", "help", "q")
    finally:
        del EXTENSIONS["shout"]
    assert answers[:3] == ["DELTA", "*** shout what?", "shout WORD: say it loud."]
    assert "shout WORD: say it loud." in answers[3]


# --- whatever is typed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("frobnicate", "*** unknown command 'frobnicate'; help lists the commands"),
        ("frobnicate now", "*** unknown command 'frobnicate'; help lists the commands"),
        ("root +", "*** SyntaxError: invalid syntax"),
        ("7", "7"),
        ("step x", "*** 'x' is not a whole number ≥ 1"),
        ("step 0", "*** 'x' is not a whole number ≥ 1".replace("x", "0")),
        ("jump 99", "*** there is no step 99; the pass has 40, and 41 is its end"),
        ("around 99", ""),
        ("p 1 +", "*** SyntaxError: invalid syntax (<string>, line 1)"),
        ("p", "*** SyntaxError: invalid syntax (<string>, line 0)"),
        ("1 / 0", "*** ZeroDivisionError: division by zero"),
        ("p exit()", "*** SystemExit: None"),
        ("break layer:9", "*** there is no layer '9'; layers are numbered 1 … 3"),
        ("break op:cosh", "*** no node of this graph is made by 'cosh'; its operations are: dot, power"),
        ("break node:0", "*** nodes are numbered 1 … 11 in the order of the pass, there is no '0'"),
        ("break z2_9", "*** nothing is labelled 'z2_9': is it z2_2 or z2_1?"),
        ("break label:nothing like it", "*** nothing is labelled 'nothing like it'"),
        ("break 1 +", "*** '1 +' is no target"),
        ("where z2_1", "*** where shows the script's frames; `way z2_1` the way there from the root"),
        ("p graph", "<"),
        ("way 3", "*** '3' is no node of this graph"),
        ("way nobody", "*** NameError: name 'nobody' is not defined"),
        ("source /no/such/file", "*** [Errno 2] No such file or directory: '/no/such/file'"),
        ("help frobnicate", "*** there is no command 'frobnicate'; help lists them"),
        ("help step", "s(tep) [n]: take one step, or n: operand.grad += node.grad × local derivative."),
        ("delta 7", "*** there is no layer '7' of neurons; there are [1, 2, 3]"),
    ],
)  # fmt: skip
def test_whatever_is_typed_gets_an_answer(line: str, answer: str) -> None:
    assert session(cost(), line, "q")[0].startswith(answer)


def test_every_command_has_help_and_stands_in_the_summary() -> None:
    names = [name[3:] for name in dir(Commands) if name.startswith("do_") and name != "do_EOF"]
    summary = session(cost(), "help", "q")[0]
    for name in names:
        assert getattr(Commands, f"do_{name}").__doc__, name
        assert re.search(rf"\b{name[0]}", summary), name
    written = re.sub(r"[()]", "", summary)
    assert [name for name in names if name not in written] == []
    assert max(map(len, summary.splitlines())) <= 100


def test_commands_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "lesson.txt").write_text("# to layer 2\nuntil layer:2\n\nstep  # σ′\n", encoding="utf-8")
    answers = session(cost(), f"source {tmp_path / 'lesson.txt'}", "q")
    assert position(answers[2]) == 9


def test_the_tab_key_completes_commands_names_and_targets() -> None:
    prompt = Commands(stdin=io.StringIO(), stdout=io.StringIO())
    prompt.debug(backward_steps(cost()))
    assert set(prompt.completenames("de")) == {"delta"}
    assert set(prompt.completenames("rs")) == {"rstep"}
    assert set(prompt.completedefault("z2", "break z2", 6, 8)) == {"z2_1", "z2_2"}
    assert prompt.completedefault("delta3", "p delta3", 2, 8) == ["delta3_1"]
    assert "sigmoid" in prompt.completedefault("si", "break op:si", 9, 11)


def test_a_stream_that_cannot_write_signs_gets_plain_ones() -> None:
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii")
    debug(cost(), ["until z2_1", "delta", "q"], stdin=io.StringIO(), stdout=stdout)
    stdout.flush()
    text = raw.getvalue().decode("ascii")
    assert "a2_1 -> z2_1" in text
    assert "sigma'(z)" in text
