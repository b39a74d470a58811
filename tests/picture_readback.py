"""What tests read back from a picture: shapes, colours, names and numbers, by rules of their own.

Nothing here asks the drawing code what a colour or a text should be: a scale is blue at −M, grey at 0, orange
at +M, mixed between channel by channel, and a printed number is the number that was rounded to it.
"""

import math
import re
from xml.etree import ElementTree

Element = ElementTree.Element

NEGATIVE, POSITIVE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
AREA = {"light": (0xD9, 0xD9, 0xD9), "dark": (0x45, 0x4E, 0x59)}  # the grey of 0, of what has a fill
LINE = {"light": (0x7F, 0x89, 0x94), "dark": (0x7D, 0x88, 0x96)}  # and of what is a line
GROUND = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x14, 0x18, 0x1D)}
PART = {"light": 0.6, "dark": 0.76}  # how much of the colour w · δ has: more on a dark ground, to be seen
CELL = {"light": 0.65, "dark": 0.79}  # and ∂C/∂w
HATCH, ACTIVE = "url(#not-finite", "#8B2FA8"  # of areas and lines whose number is nan or infinite
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾", "01234567890123456789()")


# --- elements --------------------------------------------------------------------------------------------


def read(svg: str) -> Element:
    """The picture as elements whose tags have no namespace."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def having(root: Element, class_: str) -> list[Element]:
    """The elements of a class, in the order of the document."""
    return [element for element in root.iter() if element.get("class") == class_]


def texts(element: Element) -> list[str]:
    return [text.text for text in element.iter("text")]


def number(element: Element, name: str) -> float:
    return float(element.get(name))


def box(rectangle: Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    left, top = number(rectangle, "x"), number(rectangle, "y")
    return left, top, left + number(rectangle, "width"), top + number(rectangle, "height")


def place(name: str) -> tuple:
    """The letter, layer and neurons that a name tells: "w₁₂⁽³⁾" is ("w", 3, 1, 2). "C" is ("C", 0)."""
    found = re.fullmatch(r"(\D)([\d,]*)(?:\((\d+)\))?", name.translate(_DIGITS))
    assert found, name
    indices = found[2].split(",") if "," in found[2] or found[1] not in "wW" else found[2]
    return (found[1], int(found[3] or 0), *map(int, filter(None, indices)))


# --- numbers ---------------------------------------------------------------------------------------------


def as_number(printed: str) -> float:
    return float(printed.replace("−", "-").replace("∞", "inf"))


def agrees(printed: str, true: float) -> bool:
    """Whether a number was rounded to the printed one, its sign included; 0, 2 and 0.5 are themselves."""
    if not math.isfinite(true):
        return printed.lstrip("+") == {math.inf: "∞", -math.inf: "−∞"}.get(true, "nan")
    mantissa, _, exponent = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    read_back = as_number(printed)
    if decimals < 4 and not exponent:
        return math.isclose(read_back, true, rel_tol=1e-11)
    if true == 0:
        return read_back == 0
    half = 0.5000001 * 10.0 ** (int(exponent.replace("−", "-") or 0) - decimals)
    return abs(read_back - true) <= half and math.copysign(1.0, read_back) == math.copysign(1.0, true)


def is_signed(printed: str) -> bool:
    """Whether a gradient is printed with its sign, as all but 0 are."""
    return printed in ("0", "nan") or printed[0] in "+−"


# --- colours ---------------------------------------------------------------------------------------------


def largest(numbers) -> float:
    """M, of the numbers that are finite."""
    return max((abs(number) for number in numbers if math.isfinite(number)), default=0.0)


def strength(true: float, maximum: float, kind: str = "layer") -> float:
    """Where |number| lies between grey, 0, and the full colour, 1, which is also that of all beyond M."""
    share = min(abs(true) / maximum, 1.0) if maximum else 0.0
    return math.log(1.0 + 1000.0 * share) / math.log(1001.0) if kind == "symlog" else share


def has_colour(written: str, true: float, maximum: float, grey, kind: str = "layer") -> bool:
    """Whether "#RRGGBB" is the colour of a number on the scale ±M; a channel is rounded to a whole number."""
    if not math.isfinite(true):
        return written.startswith(HATCH) if grey in AREA.values() else written == ACTIVE
    end = POSITIVE if true > 0 else NEGATIVE
    share = strength(true, maximum, kind)
    channels = [int(written[start : start + 2], 16) for start in (1, 3, 5)]
    return all(abs(c - (a + (b - a) * share)) <= 0.51 for c, a, b in zip(channels, grey, end, strict=True))


def tinted(written: str, true: float, maximum: float, part: float, theme: str, kind: str = "layer") -> bool:
    """Whether "#RRGGBB" is that `part`, 0 … 1, of the colour of a number, on the background of a theme."""
    if not math.isfinite(true):
        return written.startswith(HATCH)
    end = POSITIVE if true > 0 else NEGATIVE
    share = strength(true, maximum, kind)
    grey, ground = (AREA if maximum else LINE)[theme], GROUND[theme]  # without a scale, 0 is a line's grey
    channels = [int(written[start : start + 2], 16) for start in (1, 3, 5)]
    full = [a + (b - a) * share for a, b in zip(grey, end, strict=True)]
    return all(abs(c - (g + (f - g) * part)) <= 1.01 for c, g, f in zip(channels, ground, full, strict=True))


def sign_colour(true: float, theme: str) -> str:
    """The colour of a sign alone, of an outline."""
    if not math.isfinite(true):
        return ACTIVE
    return "#%02X%02X%02X" % (LINE[theme] if true == 0 else POSITIVE if true > 0 else NEGATIVE)


def scale_end(root: Element) -> str:
    """The number or letter at the right end of the colour bar, without its +."""
    legend = next(group for group in having(root, "legend") if len(group.findall("rect")) > 2)
    return texts(legend)[-1].removeprefix("+")


def check_bar(root: Element, theme: str = "light", kind: str = "layer", end: str = "M") -> None:
    """The legend's bar has blue at the end that is −M, orange at +M, and is grey at 0."""
    legend = next(group for group in having(root, "legend") if len(group.findall("rect")) > 2)
    at = {text.text: number(text, "x") for text in legend.findall("text")}
    left, zero, right = at[f"−{end}"], at["0"], at[f"+{end}"]
    assert left < zero < right
    cells = sorted(legend.findall("rect"), key=lambda cell: number(cell, "x"))
    step = (right - left) / len(cells)
    for index, cell in enumerate(cells):
        assert abs(number(cell, "x") - left - index * step) < 0.02
        shown = (number(cell, "x") + step / 2 - zero) / (right - zero)
        assert has_colour(cell.get("fill"), shown, 1.0, AREA[theme], kind)
