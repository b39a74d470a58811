"""The page's geometry read back from a browser: where every text is, and what is wrong with where it is."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

READ = (Path(__file__).parent / "page_readback.js").read_text("utf-8")


def carried(html: str) -> dict[str, Any]:
    """The data that a page carries."""
    packed = re.search(r'id="data">([^<]*)<', html)
    assert packed
    return dict(json.loads(zlib.decompress(base64.b64decode(packed[1]), wbits=-15)))


def read(tab: Any, what: str) -> Any:
    """One of the functions in page_readback.js, in an open page."""
    return tab.evaluate(f"{READ.rstrip()}.{what}()")


def faults(tab: Any, least: float = 13.0) -> list[str]:
    """What is wrong with the texts of an open page: overlaps, cut or tiny text, text off the screen."""
    texts = read(tab, "texts")
    stage = [text for text in texts if text["where"] == "stage"]
    found = [f"small: {text['text']} is {text['size']} px" for text in texts if text["size"] < least - 0.01]
    for one, other in _overlaps(stage):
        found.append(f"overlap: {one['id']} {one['text']!r} and {other['id']} {other['text']!r}")
    found += [
        f"cut: {text['id']} {text['text']!r} sticks out of its cell" for text in stage if _sticks_out(text)
    ]
    box = read(tab, "stage")
    found += [
        f"off the stage: {text['id']} {text['text']!r}" for text in stage if not _inside(text["box"], box)
    ]
    found += [f"covered: {name}" for name in read(tab, "covered")]
    width = tab.evaluate("document.documentElement.clientWidth")
    found += [
        f"off the screen: {text['text']!r}"
        for text in texts
        if text["box"][0] < -1 or text["box"][2] > width + 1
    ]
    found += [f"overflow: {each}" for each in read(tab, "overflows")]
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
        found.append("the page scrolls sideways")
    return found


def _overlaps(texts: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    pairs = []
    for index, one in enumerate(texts):
        for other in texts[index + 1 :]:
            a, b = one["box"], other["box"]
            across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            if across > 1 and down > 1:
                pairs.append((one, other))
    return pairs


def _sticks_out(text: dict[str, Any]) -> bool:
    within = text["within"]
    if within is None or within[2] - within[0] < 1:
        return False
    return bool(text["box"][0] < within[0] - 0.5 or text["box"][2] > within[2] + 0.5)


def _inside(inner: list[float], outer: list[float]) -> bool:
    starts = all(inner[k] >= outer[k] - 1 for k in (0, 1))
    return starts and all(inner[k] <= outer[k] + 1 for k in (2, 3))


def get(tab: Any, label: str) -> dict[str, float]:
    """What a script of the page's user gets for a label: data and grad."""
    return dict(tab.evaluate(f"minigrad.get('{label}')"))


def says(tab: Any) -> str:
    """The sentence."""
    return str(tab.inner_text("#sentence")).replace("\u2060", "")


def formulas(tab: Any) -> list[str]:
    """Of a step along an edge the three numbers of upstream · local = contribution."""
    line = tab.evaluate("document.querySelectorAll('#formula div')[1].textContent")
    return re.findall(r"−?(?:\d[\d.]*(?:e[+−]\d+)?|nan|inf)", line.replace(" ", ""))
