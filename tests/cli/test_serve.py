"""``sbrt-qa serve``: who is refused, what is said, and a real server that ends when told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.7.4", "worklist.example"])
def test_other_machines_are_served_with_a_token_only(run, tmp_path, host):
    result = run("serve", tmp_path, "--host", host)
    assert result.exit_code == 2
    assert "can be reached from other machines, and there is no token" in result.stderr
    assert "--token-file or SBRT_QA_TOKEN" in result.stderr


def test_a_token_that_can_be_guessed_is_refused(run, tmp_path):
    (tmp_path / "token").write_text("secret\nmore", encoding="utf-8")
    result = run("serve", tmp_path, "--host", "0.0.0.0", "--token-file", tmp_path / "token")
    assert result.exit_code == 2
    assert "shorter than 16 characters" in result.stderr


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_token_that_cannot_be_read_is_refused(run, tmp_path, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    result = run("serve", tmp_path, "--token-file", tmp_path / "token")
    assert result.exit_code == 2
    assert "the token cannot be read" in result.stderr


def test_a_folder_that_is_not_there_is_refused(run, tmp_path):
    result = run("serve", tmp_path / "none")
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr


def test_a_port_in_use_is_refused(run, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", tmp_path, "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "cannot listen on 127.0.0.1" in result.stderr


def test_protocols_that_are_wrong_are_refused(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "p.yaml").write_text("schema: nothing", encoding="utf-8")
    result = run("serve", tmp_path, "--port", 0, "--protocols", tmp_path / "site")
    assert result.exit_code == 2
    assert "p.yaml" in result.stderr


def test_without_fastapi_it_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = run("serve", tmp_path)
    assert result.exit_code == 2
    assert "pip install 'sbrt-qa[web]'" in result.stderr


def test_a_real_server_says_where_it_listens_and_ends_when_told(tmp_path):
    words = [sys.executable, "-m", "sbrt_qa", "serve", str(tmp_path), "--port", "0"]
    env = {**os.environ, "SBRT_QA_TOKEN": "a token of many characters"}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env) as served:
        address = re.search(r"address=(http://127\.0\.0\.1:\d+/)", served.stderr.readline())[1]
        headers = {"Authorization": "Bearer a token of many characters"}
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                answer = httpx.get(address + "api/cases", headers=headers)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        assert answer.json() == {"cases": [], "total": 0}
        assert "server" not in answer.headers
        assert httpx.get(address + "api/cases").status_code == 401
        second = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
        assert second.returncode == 2
        assert "another run is writing to this folder" in second.stderr
        served.send_signal(signal.SIGTERM)
        assert served.wait(20) == 0
        assert "event=stopped" in served.stderr.read()
