"""Assembles a page: one HTML file of markup, style, data and script, which may ask nobody for anything.

The scripts in browser/ are modules; here each becomes a scope of its own in one script, after those that it
imports, without its comments and indentation. Script and data are carried compressed: a loader of a few lines
unpacks them and adds the script to the page. The content policy allows the loader, the script and the style
by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from functools import cache, partial
from html import escape
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import Any

_LOADER = """
const unpacked = id => {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), c => c.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
};
document.getElementById("data").textContent = await unpacked("data");
const script = document.createElement("script");
script.type = "module";
script.textContent = await unpacked("code");
document.body.append(script);
"""
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[\w./]+)\.js";\n', re.MULTILINE)
STYLES = ("page", "words", "screens", "room")
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)  # in a text over several lines too, where it means nothing
_EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)


@cache
def resource(name: str) -> str:
    """A file of browser/, as text."""
    return files("viz.page").joinpath("browser", name).read_text("utf-8")


def html_of(title: str, data: Mapping[str, Any], rules: str) -> str:
    """The page whose script is given `data`, and the table of rules as the module rules.js."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    script = bundle("start", {"numbers/rules": rules})
    style = " ".join(" ".join(resource(f"style/{name}.css").split()) for name in STYLES)
    scripts = f"'{_hash(_LOADER)}' '{_hash(script)}'"
    policy = f"default-src 'none'; script-src {scripts}; style-src '{_hash(style)}'; "
    policy += "base-uri 'none'; form-action 'none'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n<body>\n{resource('page.html')}"
        f'<script type="text/plain" id="data">{_packed(text)}</script>\n'
        f'<script type="text/plain" id="code">{_packed(script)}</script>\n'
        f'<script type="module">{_LOADER}</script>\n</body></html>\n'
    )


def bundle(entry: str, written: Mapping[str, str]) -> str:
    """A module with all that it imports, as one script; `written` holds the modules that are no files."""
    scopes: dict[str, str] = {}
    _add(entry, written, scopes)
    return "\n".join(scopes.values())


def _add(path: str, written: Mapping[str, str], scopes: dict[str, str]) -> None:
    if path in scopes:
        return
    source = written[path] if path in written else resource(f"{path}.js")
    beside = partial(join, dirname(path))
    for _, imported in _IMPORT.findall(source):
        _add(normpath(beside(imported)), written, scopes)
    exported = ", ".join(found for _, found in _EXPORT.findall(source))
    body = _IMPORT.sub(lambda found: f"const {_renamed(found[1])} = {_scope(beside(found[2]))};\n", source)
    body = _INDENTATION.sub("", _COMMENT.sub("", _EXPORT.sub(r"\1", body)))
    scopes[path] = f"const {_scope(path)} = (() => {{\n{body}return {{{exported}}};\n}})();"


def _renamed(names: str) -> str:
    return names.replace(" as ", ": ")


def _scope(path: str) -> str:
    return "module_" + normpath(path).replace("/", "_")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _packed(text: str) -> str:
    compressor = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(compressor.compress(text.encode()) + compressor.flush()).decode()
