import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sbrt_qa._version import __version__
from sbrt_qa.cli import main
from sbrt_qa.errors import CaseError, ProtocolError, SbrtQaError, StructureNotFound, UsageError

HEAVY = ("numpy", "pydicom", "scipy", "shapely", "matplotlib", "rich", "jinja2", "pydantic", "ruamel.yaml")
COMMANDS = [
    *("batch", "check", "checks", "commission", "compare", "config", "dvh"),
    *("inspect", "protocols", "receive", "sample", "serve", "watch"),
]


def python(*words, **settings):
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, check=False, **settings
    )


@pytest.mark.parametrize("words", [["--help"], ["--version"], [], ["check", "--help"], ["protocols", "--help"]])
def test_help_and_version_load_nothing_heavy(words):
    code = (
        "import sys\nfrom sbrt_qa.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit as end: print('code', end.code)\n"
        f"print('heavy', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = python("-c", code)
    assert "heavy []" in done.stdout
    assert f"code {0 if words else 2}" in done.stdout


def test_lint_loads_no_arrays(protocols):
    code = (
        "import sys\nfrom sbrt_qa.cli import main\n"
        f"try: main(['protocols', 'lint', {str(protocols / 'passes.yaml')!r}])\nexcept SystemExit: pass\n"
        "print('heavy', [m for m in ('numpy', 'pydicom', 'shapely', 'matplotlib') if m in sys.modules])"
    )
    assert "heavy []" in python("-c", code).stdout


def test_commands_are_the_files_of_the_folder(run):
    result = run("--help")
    assert result.exit_code == 0
    assert main.list_commands(click.Context(main)) == COMMANDS
    for name in COMMANDS:
        assert f"  {name} " in result.stdout


def test_version(run):
    assert run("--version").stdout == f"sbrt-qa {__version__}\n"
    done = python("-m", "sbrt_qa", "--version")
    assert (done.returncode, done.stdout) == (0, f"sbrt-qa {__version__}\n")


def test_an_unknown_command_is_asked_wrongly(run):
    result = run("chekc", "x")
    assert result.exit_code == 2
    assert "No such command 'chekc'" in result.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("no such thing", mend="look elsewhere"), 2, "no such thing (look elsewhere)\n"),
        (ProtocolError([SbrtQaError("bad", where="f.yaml:1:2")]), 2, "f.yaml:1:2: bad\n"),
        (StructureNotFound("no 'X'"), 2, "no 'X'\n"),
        (CaseError("bytes are missing", where="RD.dcm"), 3, "RD.dcm: bytes are missing\n"),
        (SbrtQaError("something else"), 3, "something else\n"),
        (
            ZeroDivisionError("division by zero"),
            3,
            "internal error: ZeroDivisionError: division by zero; please report",
        ),
        (RecursionError(), 3, "internal error: RecursionError"),
        (MemoryError(), 3, "internal error: MemoryError"),
        (KeyboardInterrupt(), 3, "stopped; nothing is decided"),
        (SystemExit(1), 3, ""),
        (OSError(5, "Input/output error"), 3, "internal error: OSError"),
    ],
)
def test_no_error_ever_ends_as_a_verdict(monkeypatch, error, code, said):
    import sbrt_qa.cli.check as check

    def fail(*_args, **_words):
        raise error

    monkeypatch.setattr(check.COMMAND, "callback", fail)
    result = CliRunner().invoke(main, ["check", "x"])
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_the_traceback_is_there_for_whoever_asks(monkeypatch):
    import sbrt_qa.cli.check as check

    monkeypatch.setattr(check.COMMAND, "callback", lambda **_words: 1 / 0)
    result = CliRunner(env={"SBRT_QA_DEBUG": "1"}).invoke(main, ["check", "x"])
    assert result.exit_code == 3
    assert "Traceback" in result.stderr


def test_messages_are_made_harmless(monkeypatch):
    import sbrt_qa.cli.check as check

    def fail(**_words):
        raise CaseError("ROI \x1b[32mPASS\x1b[0m\u202e", where="a\rb")

    monkeypatch.setattr(check.COMMAND, "callback", fail)
    assert CliRunner().invoke(main, ["check", "x"]).stderr == "a�b: ROI �[32mPASS�[0m�\n".replace("a�b", "a\nb")


@pytest.mark.skipif(os.name != "posix", reason="pipes as on POSIX")
@pytest.mark.parametrize("words", ["--help", "dvh {export}", "check {export}"])
def test_a_reader_that_goes_away_is_no_verdict_and_no_traceback(export, words):
    command = f"{sys.executable} -m sbrt_qa {words.format(export=export)}"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command.split(), stdout=write, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    os.close(write)
    assert done.returncode == 3
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_standard_output_is_asked_wrongly(export):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sbrt_qa", "check", str(export)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 2
    assert "standard output cannot be written" in done.stderr


def test_a_stream_that_knows_only_ascii_still_says_at_most(export, protocols):
    words = ["-m", "sbrt_qa", "check", str(export), "-p", str(protocols / "fails.yaml")]
    done = python(*words, env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 1
    assert done.stdout.isascii()
    assert "<= 20 Gy" in done.stdout


@pytest.mark.parametrize("command", ["check", "dvh"])
def test_help_names_every_convention(run, command):
    from sbrt_qa.histogram.sampling import BETWEEN, DOSE, END_CAPS

    words = run(command, "--help").stdout.replace(",", " ").replace(".\n", " ").split()
    assert {*END_CAPS, *BETWEEN, *DOSE} <= set(words)
