"""What pictures add to the debugger's prompt: `view`, the page of the pass, opened where the pass is."""

from __future__ import annotations

from pathlib import Path

from minigrad.debugger import command
from minigrad.debugger.prompt import Prompt


@command("view")
def view(prompt: Prompt, argument: str) -> None:
    """view [FILE]    the pass as a page, at this step: in a browser, or written to FILE

    Without a terminal no browser is opened, and the page is written only.
    """
    import tempfile  # what few sessions need is loaded by those alone
    import webbrowser

    from viz.page import steps

    page = steps(prompt.journal.root)
    path = Path(argument) if argument else Path(tempfile.mkdtemp(prefix="minigrad-")) / "steps.html"
    address = f"{page.save(path).resolve().as_uri()}#step={prompt.journal.position}"
    prompt.message(f"   {address}")
    if prompt.interactive and not argument:
        webbrowser.open(address)
