"""Every piece of code in the README does what it says, as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vt_core
from vt_core import Quota, Scanner
from vt_core.testing import CACHE_RULES, Simulator, check_cache

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
RECIPES = {
    heading: code
    for heading, code in re.findall(r"^## ([^\n]+)\n\n```python\n(.*?)```$", README, re.M | re.S)
}
MD5, SHA1, SHA256 = Simulator.sample(1)

Recipe = Callable[[str], dict[str, Any]]


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """Runs the code under a heading in an empty folder, with the simulator for VirusTotal."""
    simulator = Simulator()

    class Simulated(Scanner):
        def __new__(cls, **settings: Any) -> Simulated:
            quota = Quota(None, None, None)
            return super().__new__(cls, simulator=simulator, quota=quota, **settings)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(vt_core, "Scanner", Simulated)

    def run(heading: str) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "recipe"}
        exec(compile(RECIPES[heading], heading, "exec"), names)
        return names

    return run


def test_no_recipe_is_long_and_each_is_run_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for heading, code in RECIPES.items():
        assert len([line for line in code.splitlines() if line]) <= 15, heading
        assert f'recipe("{heading}")' in here
    assert README.count("```python") == len(RECIPES) == 5


def test_the_first_command_prints_a_report_without_key_and_network() -> None:
    (code,) = re.findall(r'^python -c "(.*)"$', README, re.M)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("VT_")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    printed = done.stdout.decode()
    assert "44d88612fea8a8f36de82e1278abb02f" in printed
    assert "1 hash: 1 detected" in printed


def test_in_a_notebook(recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text(f"dropped {MD5} and\n{Simulator.sample(0)[1]}")
    names = recipe("In a notebook")
    report = names["report"]
    assert [row.status for row in report.rows] == ["detected", "clean"]
    assert [opinion.engine for opinion in report.rows[0].opinions] == ["Fortinet", "Microsoft"]
    assert "Progress(total=2" in capsys.readouterr().out
    assert MD5 in report._repr_html_()
    assert MD5 in (tmp_path / "report.html").read_text()
    assert RECIPES["In a notebook"].endswith("\nreport\n")


def test_with_pandas(recipe: Recipe, tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    text = f"name,sha256\na,{SHA256.upper()}\nb,\nc,{SHA256}\nd,{Simulator.sample(2)[2]}\n"
    (tmp_path / "files.csv").write_text(text)
    result = recipe("With pandas")["result"]
    assert list(result["name"]) == ["a", "b", "c", "d"]
    assert list(result["status"].fillna("")) == ["detected", "", "detected", "not_found"]


async def test_in_fastapi(recipe: Recipe) -> None:
    pytest.importorskip("fastapi", reason="FastAPI is not installed")
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    app = recipe("In FastAPI")["app"]
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        answered = await client.get(f"/files/{SHA1}")
        refused = await client.get("/files/nothing")
    assert (answered.status_code, answered.json()) == (200, "detected")
    assert refused.status_code == 422
    assert "hex digit" in refused.json()["detail"]


def test_in_a_task(recipe: Recipe) -> None:
    pytest.importorskip("celery", reason="Celery is not installed")
    names = recipe("In a Celery or RQ task")
    names["app"].conf.task_always_eager = True
    detections = names["detections"]
    assert detections.delay(MD5).get() == detections.delay(SHA256).get() > 0
    assert detections.delay(Simulator.sample(2)[0]).get() is None
    names["scanner"]().close()


def test_a_cache_of_your_own(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    fakeredis = pytest.importorskip("fakeredis", reason="fakeredis is not installed")
    redis = pytest.importorskip("redis", reason="redis is not installed")

    def fake(url: str) -> Any:
        return fakeredis.FakeRedis()

    monkeypatch.setattr(redis.Redis, "from_url", fake)
    names = recipe("With a cache of your own")
    assert names["scanner"].lookup(MD5).source == "virustotal"
    names["scanner"].close()
    for rule in CACHE_RULES:
        # The README's forgets nothing by itself, and need not.
        if not rule.startswith("evict"):
            check_cache(rule, names["RedisCache"]())


def test_every_error_is_in_the_table_once() -> None:
    table = README.partition("## When there is no answer")[2].partition("## ")[0]
    named = re.findall(r"`(\w+Error)`", table.partition("| --- |")[2])
    bases = {"VtError", "RequestError"}
    assert sorted(named) == sorted(
        {name for name in dir(vt_core) if name.endswith("Error")} - bases
    )


def test_the_readme_speaks_of_what_there_is() -> None:
    for owner, name in re.findall(r"`(?:vt_core\.)?([A-Z]\w+|testing)\.(\w+)`", README):
        assert hasattr(getattr(vt_core, owner), name), f"{owner}.{name}"
