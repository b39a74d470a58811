"""What tests read from a picture: its words, where they stand, and whether they can be read."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from viz.drawing.grid import Box
from viz.drawing.typography import width


@dataclass(frozen=True)
class Word:
    """A piece of text and the box that it takes."""

    text: str
    box: Box


def tag(element) -> str:
    return element.tag.split("}")[1]


def words(svg: str) -> list[Word]:
    """Every text of a picture, in the order of the document."""
    found = []

    def walk(element, dx: float, dy: float, scale: float) -> None:
        shift = re.match(r"translate\(([-\d.]+),([-\d.]+)\)(?: scale\((.+)\))?", element.get("transform", ""))
        if shift:
            dx, dy = dx + scale * float(shift[1]), dy + scale * float(shift[2])
            scale *= float(shift[3] or 1.0)
        if tag(element) == "text":
            size = scale * float(element.get("font-size"))
            across = width(element.text, size, element.get("font-weight") == "bold")
            x = scale * float(element.get("x")) + dx
            middle = {"start": x + across / 2, "middle": x, "end": x - across / 2}[element.get("text-anchor")]
            y = scale * float(element.get("y")) - 0.35 * size + dy
            found.append(Word(element.text, Box(middle, y, across, 0.72 * size)))  # digits are 0.72 em high
        for child in element:
            walk(child, dx, dy, scale)

    walk(ElementTree.fromstring(svg), 0.0, 0.0, 1.0)
    return found


def texts(svg: str) -> list[str]:
    return [word.text for word in words(svg)]


def cut(svg: str) -> list[str]:
    """The texts that reach over the edge of the picture."""
    root = ElementTree.fromstring(svg)
    across, down = float(root.get("width")), float(root.get("height"))
    return [
        word.text
        for word in words(svg)
        if word.box.left < 0 or word.box.top < 0 or word.box.right > across or word.box.bottom > down
    ]


def overlap(first: Box, second: Box) -> float:
    """The area that two boxes share, in px²."""
    across = min(first.right, second.right) - max(first.left, second.left)
    down = min(first.bottom, second.bottom) - max(first.top, second.top)
    return max(across, 0.0) * max(down, 0.0)


def overlapping(svg: str) -> list[tuple[str, str]]:
    """The pairs of texts that cover one another."""
    found, placed = [], sorted(words(svg), key=lambda word: word.box.left)
    for index, word in enumerate(placed):
        for other in placed[index + 1 :]:
            if other.box.left >= word.box.right:
                break
            if overlap(word.box, other.box) > 0.5:
                found.append((word.text, other.text))
    return found


def outside(svg: str) -> list[str]:
    """The texts that reach out of the box that they are written in: of a node, a neuron, or a chip."""
    found = []
    root = ElementTree.fromstring(svg)
    for group in root.iter():
        rectangle = next((child for child in group if tag(child) == "rect"), None)
        if group.get("class") not in ("node", "neuron", "chip") or rectangle is None:
            continue
        left, across = float(rectangle.get("x")), float(rectangle.get("width"))
        inside = words(ElementTree.tostring(group, encoding="unicode"))
        found += [w.text for w in inside if w.box.left < left - 0.5 or w.box.right > left + across + 0.5]
    return found
