"""The page's geometry read back from a browser: where every text is, and what is wrong with where it is."""

from __future__ import annotations

import re
from typing import Any

# Every visible text of the stage and of the rest of the page, with its box, its size, and the box it belongs in.
TEXTS = """() => {
  const seen = [], round = b => [b.left, b.top, b.right, b.bottom];
  const visible = e => { for (let p = e; p && p.nodeType === 1; p = p.parentElement) { if (p.hidden || getComputedStyle(p).display === "none" || Number(p.getAttribute("opacity") ?? 1) < 0.5) return false; } return true; };
  for (const text of document.querySelectorAll("#picture text")) {
    if (!text.textContent || !visible(text)) continue;
    const rect = text.parentElement.querySelector("rect"), box = text.getBBox(), size = Number(text.getAttribute("font-size"));
    const origin = document.querySelector("#picture").getBoundingClientRect(), tall = size * 0.74, middle = Number(text.getAttribute("y")) - size * 0.36;
    seen.push({where: "stage", text: text.textContent, id: text.parentElement.dataset.id, size, box: [origin.left + box.x, origin.top + middle - tall / 2, origin.left + box.x + box.width, origin.top + middle + tall / 2], within: rect ? round(rect.getBoundingClientRect()) : null});
  }
  const walker = document.createTreeWalker(document.querySelector("#page"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("svg, datalist, select, canvas, script, style, [hidden]") || !visible(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1) seen.push({where: "page", text: node.textContent.trim().slice(0, 30), id: parent.id || parent.tagName, size: parseFloat(getComputedStyle(parent).fontSize), box: round(box), within: null, panel: (parent.closest("#sentence, #formula, .panel") || {}).id || ""});
  }
  return seen;
}"""

OVERFLOWS = """() => [...document.querySelectorAll("#page, header, footer, nav, #sentence, #formula, #words, .panel, button")].filter(e => e.offsetParent && !e.hidden && (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "auto" || (e.id === "sentence" || e.id === "formula") && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1))).map(e => `${e.id || e.tagName} ${e.scrollWidth}/${e.clientWidth} ${e.scrollHeight}/${e.clientHeight} ${e.textContent.slice(0, 40)}`)"""


def faults(tab: Any, least: float = 13.0) -> list[str]:
    """What is wrong with the texts of an open page: overlaps, cut or tiny text, text off the screen."""
    texts = tab.evaluate(TEXTS)
    stage = [text for text in texts if text["where"] == "stage"]
    found = [f"small: {text['text']} is {text['size']} px" for text in texts if text["size"] < least - 0.01]
    found += [f"overlap: {one['id']} {one['text']!r} and {other['id']} {other['text']!r}" for one, other in _overlaps(stage)]
    found += [f"cut: {text['id']} {text['text']!r} sticks out of its cell" for text in stage if _sticks_out(text)]
    box = tab.evaluate("(() => { const b = document.querySelector('#stage').getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })()")
    found += [f"off the stage: {text['id']} {text['text']!r}" for text in stage if not _inside(text["box"], box)]
    width = tab.evaluate("document.documentElement.clientWidth")
    found += [f"off the screen: {text['text']!r}" for text in texts if text["box"][0] < -1 or text["box"][2] > width + 1]
    found += [f"overflow: {each}" for each in tab.evaluate(OVERFLOWS)]
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
    return inner[0] >= outer[0] - 1 and inner[1] >= outer[1] - 1 and inner[2] <= outer[2] + 1 and inner[3] <= outer[3] + 1


def says(tab: Any) -> str:
    """The sentence."""
    return str(tab.inner_text("#sentence")).replace("\u2060", "")


def formulas(tab: Any) -> list[str]:
    """Of a step along an edge the three numbers of upstream · local = contribution."""
    line = tab.evaluate("document.querySelectorAll('#formula div')[1].textContent")
    return re.findall(r"−?(?:\d[\d.]*(?:e[+−]\d+)?|nan|inf)", line.replace(" ", ""))
