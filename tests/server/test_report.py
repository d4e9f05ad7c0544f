"""The page of an executed notebook: what it says of itself, and that it can neither run nor fetch anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app import page as pages
from tests.server.made import Door, House, config

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture
def jp_server_config(shop: House) -> dict[str, Any]:
    return config(shop.home, shop.root)


@pytest.fixture
def jp_root_dir(shop: House) -> Path:
    return shop.root


async def test_the_page_of_a_step(door: Door, shop: House) -> None:
    response = await door.raw("runs", shop.runs["good"], "report", params={"step": "load"})
    page = response.body.decode()
    assert response.code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = [part.strip() for part in response.headers["Content-Security-Policy"].split(";")]
    assert policy == [
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "font-src data:",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert 'id="cell-2"' in page
    assert "<script" not in page.replace("&lt;script", "")
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page)
    assert "takes what the steps above made" in page
    assert "<table" in page


async def test_the_failed_cell_is_marked(door: Door, shop: House) -> None:
    page = (await door.raw("runs", shop.runs["failed"], "report", params={"step": "fit"})).body.decode()
    assert re.search(r'<section (class="cell failed" id="cell-4"|id="cell-4" class="cell failed")', page)
    assert "as asked &lt;b&gt;" in page


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
async def test_themes(door: Door, shop: House, theme: str) -> None:
    response = await door.raw("runs", shop.runs["good"], "report", params={"step": "load", "theme": theme})
    assert (b"color-scheme:dark" in response.body) is (theme != "light")


async def test_a_theme_that_there_is_not(door: Door, shop: House) -> None:
    told = await door.get("runs", shop.runs["good"], "report", step="load", theme="<script>", code=400)
    assert told["code"] == "request.invalid"


async def test_the_second_look_renders_nothing(door: Door, shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"step": "use"}
    first = await door.raw("runs", shop.runs["good"], "report", params=query)
    monkeypatch.delattr(pages, "render")
    again = await door.raw("runs", shop.runs["good"], "report", params=query)
    assert first.body == again.body


async def test_a_damaged_notebook_is_said_so(door: Door, shop: House) -> None:
    path = shop.bench.steps.place(shop.runs["failed"], "load").notebook()
    kept = path.read_bytes()
    try:
        for damage in (b"", b"{}", b"[]", b"\xff", kept[:200], b'{"cells": [{"cell_type": "code"}], "metadata": {}}'):
            path.write_bytes(damage)
            response = await door.raw("runs", shop.runs["failed"], "report", params={"step": "load"})
            assert response.code in (200, 503)
    finally:
        path.write_bytes(kept)
