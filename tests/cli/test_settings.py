"""Settings: by file, environment and flag, a trace of whatever has a say in a judgement, and no fault unnoticed."""

from __future__ import annotations

import json
import os

import click
import pytest
from click.testing import CliRunner

from sbrt_qa.cli import _settings, main
from sbrt_qa.cli._settings import configured, key_of, leaves

LEAVES = [(words, command) for words, command in leaves(main) if words[0] != "config"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder of our own without variables; call it to run the program, or to write the settings first."""
    for name in os.environ:
        if name.startswith("SBRT_QA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(*words, file=None, name="sbrt_qa.toml", **variables):
        if file is not None:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(file, encoding="utf-8")
        return CliRunner(env=variables).invoke(main, [str(word) for word in words])

    return call


@pytest.fixture
def shown(desk):
    """Return where an option of a command stands, as ``config show`` tells it."""

    def call(command, key, *, left_out="", **more):
        done = desk("config", "show", *command.split(), "--json", **more)
        assert done.exit_code == 0
        assert done.stderr.partition(", not ")[2].rstrip() == left_out
        facts = json.loads(done.stdout)["commands"][command][key]
        return facts["value"], facts["where"] or facts["source"], facts["instead_of"]

    return call


def test_without_file_and_variables_all_is_default(shown, desk):
    assert shown("batch", "memory") == (6.0, "default", [])
    assert desk("config", "show", "sample").exit_code == 2  # it has no options
    assert desk("config", "show").stdout.startswith("Settings file: none\n\nbatch\n")


def test_file_then_environment_then_flag(shown, desk, export, protocols):
    text = "workers = 2\n[batch]\nworkers = 3\n"
    assert shown("watch", "workers", file=text) == (2, "sbrt_qa.toml:1", [])
    assert shown("batch", "workers") == (3, "sbrt_qa.toml:3", [])
    assert shown("batch", "workers", SBRT_QA_WORKERS="4") == (4, "SBRT_QA_WORKERS", ["sbrt_qa.toml:3"])
    both = {"SBRT_QA_WORKERS": "4", "SBRT_QA_BATCH_WORKERS": "5"}
    assert shown("batch", "workers", **both)[:2] == (5, "SBRT_QA_BATCH_WORKERS")
    assert shown("batch", "workers", SBRT_QA_WORKERS="")[:2] == (3, "sbrt_qa.toml:3")  # empty is not set
    asked = f'protocol = "{protocols / "fails.yaml"}"\n'
    assert desk("check", export, file=asked).exit_code == 1
    assert desk("check", export, SBRT_QA_PROTOCOL=str(protocols / "undecided.yaml")).exit_code == 3
    assert desk("check", export, "-p", protocols / "passes.yaml", SBRT_QA_PROTOCOL="nothing").exit_code == 0


def test_which_file(shown, desk, tmp_path):
    project = "[tool.sbrt_qa]\nworkers = 7\n[tool.sbrt_qa.batch]\nworkers = 8\n"
    assert shown("watch", "workers", file=project, name="pyproject.toml")[:2] == (7, "pyproject.toml:2")
    assert shown("batch", "workers")[:2] == (8, "pyproject.toml:4")
    assert shown("batch", "workers", file="workers = 2\n", left_out="pyproject.toml")[:2] == (2, "sbrt_qa.toml:1")
    (tmp_path / "site.toml").write_text("batch.workers = 9", encoding="utf-8")
    both = "sbrt_qa.toml, pyproject.toml"
    assert shown("batch", "workers", SBRT_QA_CONFIG="site.toml", left_out=both)[:2] == (9, "site.toml:1")
    for words in (["config", "show", "batch", "--config", "site.toml"], ["--config", "site.toml", "config", "show"]):
        assert "site.toml:1" in desk(*words).stdout


def test_the_project_of_somebody_else_is_none_of_our_business(shown, desk):
    assert shown("batch", "workers", file="not [ TOML", name="pyproject.toml")[1] == "default"
    text = "[project]\ndependencies = ['sbrt-qa']\n"
    assert "Settings file: none\n" in desk("config", "show", file=text, name="pyproject.toml").stdout
    assert "not TOML" in desk("config", "show", file="sbrt_qa = [", name="pyproject.toml").stderr
    wrong = desk("config", "show", file="[tool.sbrt-qa]\nstrict = true", name="pyproject.toml")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "pyproject.toml:1: the table [tool.sbrt-qa] is not read (call it [tool.sbrt_qa])\n",
    )


def test_relative_paths_of_a_file_are_relative_to_it(shown, desk, export, protocols):
    text = 'names = "names.yaml"\nallow = "/there"\nprotocol = "boxes.yaml"\n[check]\noutput = "r.json"\n'
    given = {"file": text, "name": "site/s.toml", "SBRT_QA_CONFIG": "site/s.toml"}
    assert shown("check", "names", **given)[0] == "site/names.yaml"
    assert shown("check", "protocol", **given)[0] == "site/boxes.yaml"
    assert shown("check", "output", **given)[0] == ["site/r.json"]
    assert shown("check", "allow", **given)[0] == "/there"
    assert shown("check", "protocol", file='protocol = "tg101-abdomen"')[0] == "tg101-abdomen"  # an id is no path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("protocl = 'x'", "1: there is no setting 'protocl' (near: protocol"),
        ("\n[bacth]\n", "2: there is no command for the table [bacth] (near: batch, "),
        ("[watch]\ncalling = 'A'", "2: there is no setting 'calling' of watch"),
        ("[config]\n", "1: there is no command for the table [config]"),
        ("strict = 'yes'", "1: 'strict' must be true or false"),
        ("workers = true", "1: 'workers' must be a whole number"),
        ("workers = 2.0", "1: 'workers' must be a whole number"),
        ("workers = 0", "1: 'workers' is wrong: 0 is not in the range x>=1"),
        ("seconds = nan", "1: 'seconds' must be a finite number"),
        ("seconds = '9'", "1: 'seconds' must be a number"),
        ("allow = ''", "1: 'allow' is empty: leave it out instead"),
        ("allow = ['a']", "1: 'allow' must be text, in quotes"),
        ("[receive]\ncalling = [1]", "2: 'calling' must be text, in quotes"),
        ("log-format = 'xml'", "1: 'log-format' is wrong: 'xml' is not one of 'text', 'json'"),
        ("end-cap = 'none'\nend_cap = 'none'", "2: 'end-cap' is set twice"),
        ("output = 'x'", "1: 'output' is set for one command"),
        ("a = 1\na = 2", "not TOML: Cannot overwrite a value ("),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(desk, text, said, export):
    done = desk("check", export, file=text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"sbrt_qa.toml:{said}" in done.stderr.replace("toml: not", "toml:not")
    assert desk("check", "--help").exit_code == 0  # help helps in any case


def test_all_faults_of_file_and_environment_at_once(desk):
    wrong = {"SBRT_QA_STRCT": "1", "SBRT_QA_PORT": "x", "SBRT_QA_OUTPUT": "o", "SBRT_QA_SERVICE_ACCOUNT": "kept"}
    done = desk("config", "show", file="a = 1\nb = 2\n", **wrong)
    assert done.exit_code == 2
    places = [line.split(": ")[0] for line in done.stderr.splitlines()]
    assert places == ["sbrt_qa.toml:1", "sbrt_qa.toml:2", "SBRT_QA_OUTPUT", "SBRT_QA_PORT", "SBRT_QA_STRCT"]
    assert "(near: SBRT_QA_STRICT)" in done.stderr


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")])
def test_a_file_that_cannot_be_read_is_refused(desk, tmp_path, make, export):
    make(tmp_path / "site.toml")
    done = desk("check", export, "--config", "site.toml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("site.toml: the settings ")


def test_a_link_to_nowhere_is_not_no_file(desk, tmp_path, export):
    (tmp_path / "sbrt_qa.toml").symlink_to("gone")
    assert desk("check", export).exit_code == 2


def test_what_changes_a_judgement_is_said_and_all_else_is_quiet(desk, export, protocols, tmp_path):
    passes, fails = protocols / "passes.yaml", protocols / "fails.yaml"
    for name in ("passes", "fails"):
        allowed = desk("protocols", "hash", protocols / f"{name}.yaml").stdout
        (tmp_path / f"{name}.allow").write_text(allowed, encoding="utf-8")
    (tmp_path / "empty.toml").touch()
    quiet = desk("check", export, "-p", passes, file="plot = false\nworkers = 2\nstrict = false\n")
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    held = desk("check", export, "-p", passes, file="allow = 'fails.allow'\n")
    assert (held.exit_code, held.stderr) == (3, "settings: allow from sbrt_qa.toml:1\n")
    other = desk("check", export, "-p", passes, "--config", "empty.toml")
    assert (other.exit_code, other.stderr) == (0, "settings: file empty.toml, not sbrt_qa.toml\n")
    assert desk("check", export, "-p", passes, "--config", tmp_path / "sbrt_qa.toml").exit_code == 3
    undone = desk("check", export, "-p", passes, "--allow", "passes.allow")
    assert (undone.exit_code, undone.stderr) == (0, "settings: allow from the command line, not sbrt_qa.toml:1\n")
    assert desk("check", export, "-p", passes, "--allow", "").exit_code == 2  # it cannot be switched off
    assert desk("check", export, "-p", passes, SBRT_QA_ALLOW="").exit_code == 3
    strict = desk("check", export, "-p", fails, file="strict = true\n", SBRT_QA_STRICT="0", SBRT_QA_END_CAP="none")
    assert strict.stderr == "settings: strict from SBRT_QA_STRICT, not sbrt_qa.toml:1; end-cap from SBRT_QA_END_CAP\n"


def test_a_service_says_it_in_its_log(desk, tmp_path):
    (tmp_path / "drop").mkdir()
    asked = ("watch", "drop", "-o", "out", "--once", "--settle", "0")
    done = desk(*asked, file='protocol = "tg101-abdomen"\nlog-format = "json"\n')
    assert done.exit_code == 3
    first = json.loads(done.stderr.splitlines()[0])
    assert (first["event"], first["used"]) == ("settings", "protocol from sbrt_qa.toml:1")


def test_secrets_are_never_printed(desk, monkeypatch):
    import sbrt_qa.cli.sample as module

    seen = []

    @click.command("sample")
    @click.option("--token")
    @click.option("--token-file", type=click.Path())
    def sample(token, token_file):
        seen.append((token, token_file))

    monkeypatch.setattr(module, "COMMAND", sample)
    for more in ({"SBRT_QA_TOKEN": "s3cret"}, {"file": "token = 's3cret'\ntoken-file = 'f'"}):
        for words in (["--json"], ["sample"]):
            done = desk("config", "show", *words, **more)
            assert done.exit_code == 0
            assert "(set, not shown)" in done.stdout
            assert "s3cret" not in done.output
    assert desk("sample").exit_code == 0
    assert seen == [("s3cret", "./f")]
    assert "s3cret" not in desk("sample", file="token = ['s3cret']").output


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[" ".join(words) for words, _ in LEAVES])
def test_every_option_of_every_command_listens(words, command):
    options = _settings.keys_of(words, command)
    for key, option in options.items():
        assert option.envvar[0] == "SBRT_QA_" + "_".join([*words, key]).upper().replace("-", "_")
    assert len(options) == len({option.name for option in options.values()})
    assert "config" in {key_of(one) for one in command.params}


def test_a_command_itself_stays_as_it_is():
    from sbrt_qa.cli.check import COMMAND

    before = list(COMMAND.params)
    assert len(configured(COMMAND, "check").params) == len(before) + 1
    assert COMMAND.params == before
    assert all(one.envvar is None for one in before)


def test_flags_of_both_kinds_and_lists_in_the_environment(shown):
    assert shown("check", "plot", SBRT_QA_PLOT="false")[0] is False
    assert shown("check", "strict", SBRT_QA_CHECK_STRICT="true")[0] is True
    assert shown("receive", "calling", SBRT_QA_CALLING="A B")[0] == ["A", "B"]
    assert shown("receive", "calling", file="[receive]\ncalling = ['A B']\n")[0] == ["A B"]
    assert shown("check", "output", SBRT_QA_CHECK_OUTPUT="a.json:b.csv")[0] == ["a.json", "b.csv"]


def test_config_show_names_near_commands(desk):
    done = desk("config", "show", "chek")
    assert done.exit_code == 2
    assert "near: check" in done.stderr


def test_a_slip_in_the_sites_names_is_told(desk, export, protocols, tmp_path):
    text = "schema: sbrt-qa/names/1\nstructures: {SpinalCrod: {aliases: [Myelon]}}\n"
    (tmp_path / "names.yaml").write_text(text, encoding="utf-8")
    told = "names.yaml: 'SpinalCrod' is neither a TG-263 name nor a role of the protocol (near: SpinalCord)"
    asked = ("-p", protocols / "undecided.yaml", "--names", "names.yaml")
    for words in (("check", export), ("inspect", export), ("compare", export, export)):
        assert desk(*words, *asked).stderr == f"{told}\n"
    (tmp_path / "drop").mkdir()
    done = desk("watch", "drop", "-o", "out", "--once", "--settle", "0", "--log-format", "json", *asked)
    assert json.loads(done.stderr.splitlines()[0])["what"] == told
