"""What a newcomer meets: the README's commands, and a wheel that finds its own protocols."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import zipfile

import pytest


def sh_blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("word", "asks"),
    [
        ("sbrt-qa check", ("sample_dicom/", "-p ")),
        ("pytest", ("[test]",)),
    ],
)
def test_the_readmes_two_commands_are_one_line_and_do_their_own_setup(root, word, asks):
    readme = (root / "README.md").read_text(encoding="utf-8")
    command = next(block for block in sh_blocks(readme) if word in block).strip()
    assert "\n" not in command
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert all(part in command for part in asks)
    assert readme.index(word) == readme.index(command) + command.index(word)  # not mentioned before


def test_every_file_that_the_readme_and_the_pages_point_to_is_there(root):
    for page in (root / "README.md", root / "ARCHITECTURE.md", root / "CONTRIBUTING.md", *(root / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_what_the_readme_must_say(root):
    text = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert "not a medical device" in text
    assert "does not verify dose calculation or delivery" in text
    assert re.search(r"!\[[^]]+\]\(docs/images/", text)


@pytest.mark.slow
def test_a_wheel_holds_all_it_needs_and_finds_it(root, tmp_path):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("the build backend hatchling is not installed, and tests load nothing from the network")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        str(root),
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
    ]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("sbrt_qa-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    shipped = {path.name for path in (root / "protocols").glob("*.yaml")}
    assert {f"sbrt_qa/_protocols/{name}" for name in shipped} <= held
    assert {"sbrt_qa/report/evaluation.schema.json", "sbrt_qa/report/page.html.jinja", "sbrt_qa/py.typed"} <= held
    assert not [name for name in held if name.startswith(("tests", "sample_dicom", "docs"))]

    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    environment = os.environ | {"PYTHONPATH": str(place)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert str(place) in run("-c", "import sbrt_qa; print(sbrt_qa.__file__)")
    listed = run("-m", "sbrt_qa", "protocols", "list")
    assert all(name.removesuffix(".yaml") in listed for name in shipped)
    assert run("-m", "sbrt_qa", "protocols", "lint", "crlm-liver-bed-5fx") == "crlm-liver-bed-5fx: OK\n"
    assert run("-c", "from sbrt_qa.report.record import schema; print(schema()['title'])") == "sbrt-qa/evaluation/1\n"
