"""The site builds without a warning, every link leads somewhere, and no page asks a server for anything."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from page_browser import chromium, needs_browser

BUILD = Path(__file__).parent / "site" / "build.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, moved after it was built: nothing in it knows where it lies."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run([sys.executable, str(BUILD), str(folder / "built")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Path(shutil.move(folder / "built", folder / "below" / "a folder"))


class Links(HTMLParser):
    """The ids of a page, and what its attributes point to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.followed: list[str] = []  # where a reader may go
        self.loaded: list[str] = []  # what the browser fetches by itself
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value for name, value in attributes if value}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if "href" in given:
            is_loaded = tag == "link" and given.get("rel") in (
                "stylesheet",
                "icon",
                "preload",
                "modulepreload",
            )
            (self.loaded if is_loaded else self.followed).append(given["href"])
        if "src" in given:
            self.loaded.append(given["src"])


def pages(site: Path) -> dict[Path, Links]:
    return {path: Links(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_link_leads_to_a_page_that_is_there_and_to_a_place_on_it(site):
    all_pages, broken = pages(site), []
    for path, links in all_pages.items():
        for link in [*links.followed, *links.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            is_there = target.exists()
            if is_there and parts.fragment and target in all_pages and not parts.fragment.startswith("__"):
                is_there = unquote(parts.fragment) in all_pages[target].ids
            if not is_there:
                broken.append((str(path.relative_to(site)), link))
    assert len(all_pages) > 40
    assert broken == []


def test_nothing_is_loaded_from_another_place(site):
    for path, links in pages(site).items():
        elsewhere = [link for link in links.loaded if urlsplit(link).scheme not in ("", "data")]
        assert elsewhere == [], path


def test_every_chapter_is_there_with_its_text_its_pictures_and_as_a_notebook(site):
    chapters = list((site / "examples").glob("chapter_*.html"))
    assert len(chapters) >= 11
    drawn = [path for path in chapters if "<svg" in path.read_text(encoding="utf-8")]
    assert len(drawn) > 3
    for path in chapters:
        assert path.with_suffix(".ipynb").exists()
        text = path.read_text(encoding="utf-8")
        assert "Traceback" not in text, path
        assert text.count("jp-OutputArea-output") > 2, path


@needs_browser
def test_pages_open_from_the_folder_ask_nobody_and_fit_a_phone(site):
    asked, said, wide = [], [], []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        for path in pages(site):
            if "api" in path.parts:
                continue
            page.goto(path.as_uri())
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path.relative_to(site).as_posix())
        page.goto((site / "index.html").as_uri())
        page.set_viewport_size({"width": 1440, "height": 900})
        page.get_by_placeholder("Search").fill("vanishing")
        page.locator(".md-search-result__link").first.wait_for(timeout=10_000)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    assert said == []
    assert wide == []
