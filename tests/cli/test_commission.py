import json

import pytest

from sbrt_qa.commission import Chapter, Commissioning, Criterion
from sbrt_qa.histogram import Sampling
from sbrt_qa.protocol.finding import Verdict


def test_commission_prints_numbers_and_the_verdict_and_writes_the_files(run, tmp_path):
    outputs = [tmp_path / name for name in ("c.json", "c.txt", "c.html", "c.pdf")]
    words = [word for output in outputs for word in ("-o", output)]
    result = run("commission", "--quick", "--set", "walker", "--between", "slab", *words)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "PASS"
    assert result.stderr == ""
    assert "end caps: half-slice; between contours: slab; dose: trilinear" in result.stdout
    assert all(output.stat().st_size > 1000 for output in outputs)
    assert json.loads(outputs[0].read_text(encoding="utf-8"))["verdict"] == "PASS"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--set", "ebert"], "unknown test set 'ebert' (choose from: nelms, stanley, walker)"),
        (["--between", "guess"], "unknown between 'guess'"),
        (["-o", "c.docx"], "end the name with one of: .html, .json, .pdf, .txt"),
        (["-o", "c.pdf", "-o", "./c.pdf"], "is named twice"),
    ],
)
def test_commission_asked_wrongly_does_no_work(run, words, text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = run("commission", "--quick", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in " ".join(result.stderr.split())


@pytest.mark.parametrize(("verdict", "code"), [("PASS", 0), ("FAIL", 1), ("UNDECIDED", 3)])
def test_commission_exit_codes(run, monkeypatch, verdict, code, tmp_path):
    criterion = Criterion("ID", Verdict(verdict), "Something holds.", "it does or not")
    chapter = Chapter("nelms", "Set", "Paper", Sampling(), (), (criterion,), (), ())
    document = Commissioning((chapter,), (("sbrt-qa", "0"),), quick=True)
    monkeypatch.setattr("sbrt_qa.commission.run.commission", lambda *_, **__: document)
    result = run("commission", "-o", tmp_path / "c.json")
    assert result.exit_code == code
    assert result.stdout.splitlines()[-1] == verdict
    assert (tmp_path / "c.json").exists()
