"""The examples for deployment: every command line in them is one of this program, and systemd understands the units."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sbrt_qa.cli import main

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples"
UNITS = sorted(EXAMPLES.glob("*.service"))
HARDENED = {
    *("NoNewPrivileges=yes", "ProtectSystem=strict", "ReadWritePaths=/var/lib/sbrt-qa", "User=sbrt-qa"),
    *("Restart=on-failure", "CapabilityBoundingSet=", "OOMPolicy=continue"),
}


def settings(text: str) -> dict[str, str]:
    """Return the lines of a unit, the last of each key."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def command_lines() -> list[tuple[str, str]]:
    """Return every command line of the program in units, container file and page, with where it stands."""
    found = [(unit.name, settings(unit.read_text(encoding="utf-8"))["ExecStart"]) for unit in UNITS]
    container = (EXAMPLES / "Containerfile").read_text(encoding="utf-8")
    entry, words = (
        json.loads(re.search(rf"^{key} (\[.*\])$", container, re.MULTILINE)[1]) for key in ("ENTRYPOINT", "CMD")
    )
    found.append(("Containerfile", shlex.join([*entry, *words])))
    page = (DOCS / "deployment.md").read_text(encoding="utf-8")
    found += [("deployment.md", line) for line in re.findall(r"`(sbrt-qa [a-z][^`]*)`", page)]
    run = re.findall(r"^podman run --rm .* (sbrt-qa config .*)$", page, re.MULTILINE)
    return [*found, *(("deployment.md", line) for line in run)]


def ensure_parsed(line: str) -> None:
    """Let click parse a command line as the program would, without running it; the settings file is ours."""
    words = shlex.split(line)[1:]
    words = [str(EXAMPLES / Path(word).name) if word.startswith("/etc/sbrt-qa/") else word for word in words]
    ctx = click.Context(main, info_name="sbrt-qa")
    command, name = main, ""
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(ctx, words)
    assert name == command.name
    with command.make_context(name, words, parent=ctx) as made:
        assert made.params


@pytest.mark.parametrize(("place", "line"), command_lines())
def test_every_command_line_is_one_of_ours(place, line):
    ensure_parsed(line)


def test_a_wrong_command_line_is_noticed():
    with pytest.raises(click.UsageError):
        ensure_parsed("sbrt-qa receive --prot 11112")


def test_the_settings_are_those_of_the_services():
    done = CliRunner().invoke(main, ["--config", str(EXAMPLES / "sbrt_qa.toml"), "config", "show", "--json"])
    assert done.exit_code == 0, done.stderr
    shown = json.loads(done.stdout)["commands"]["receive"]
    assert shown["output"]["value"] == settings(UNITS[0].read_text(encoding="utf-8"))["ReadWritePaths"]
    assert shown["host"]["value"] == "0.0.0.0"
    assert shown["from"]["value"]
    assert shown["log-format"]["where"].endswith("sbrt_qa.toml:5")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_hardened_and_their_memory_suffices(unit):
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert set(lines) >= HARDENED
    most = int(re.fullmatch(r"(\d+)G", settings("\n".join(lines))["MemoryMax"])[1])
    example = (EXAMPLES / "sbrt_qa.toml").read_text(encoding="utf-8")
    workers, memory = (int(re.search(rf"^{key} = (\d+)", example, re.MULTILINE)[1]) for key in ("workers", "memory"))
    assert most >= (workers if "receive" in unit.name else 1) * memory + 1


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (Debian: systemd)")
def test_systemd_understands_the_units(tmp_path):
    program = shutil.which("true")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/sbrt-qa/bin/sbrt-qa", program)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60, check=False
    )
    assert not [line for line in done.stderr.splitlines() if "sbrt-qa" in line]


def test_the_container_runs_as_nobody_and_says_whether_it_is_well():
    text = (EXAMPLES / "Containerfile").read_text(encoding="utf-8")
    user = re.search(r"^USER (\d+):\d+$", text, re.MULTILINE)
    assert user
    assert int(user[1]) > 0
    assert re.search(r"^VOLUME /var/lib/sbrt-qa$", text, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*healthcheck.py", text, re.MULTILINE)
    assert all("/" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    for source in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE):
        assert all((DOCS.parent / name).exists() for name in source.split())


@pytest.mark.parametrize("called", [(), ("OTHER",)])
def test_the_health_check_finds_a_listener_also_one_that_turns_it_away(tmp_path, monkeypatch, called):
    from sbrt_qa.pipeline.bounded_socket import Limits
    from sbrt_qa.pipeline.connection import Access
    from sbrt_qa.pipeline.inbox import Inbox, Room
    from sbrt_qa.pipeline.listener import Listener

    inbox = Inbox(tmp_path, Room(free_bytes=0))
    listener = Listener(inbox, "127.0.0.1", 0, access=Access(called), limits=Limits())
    monkeypatch.setattr(sys, "argv", ["healthcheck.py", str(listener.port)])
    with listener, pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / "healthcheck.py"))
    assert ended.value.code == 0


def test_the_health_check_finds_no_listener_where_there_is_none():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    words = [sys.executable, str(EXAMPLES / "healthcheck.py"), str(port)]
    assert subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 1
