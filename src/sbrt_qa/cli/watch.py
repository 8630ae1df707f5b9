"""``sbrt-qa watch``: a folder under watch; what arrives complete is judged once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sbrt_qa.cli import _judging as judging
from sbrt_qa.cli import _options as words
from sbrt_qa.cli import _sending as sending
from sbrt_qa.cli import _service as service
from sbrt_qa.cli._console import say


@click.command("watch", short_help="Judge every case that arrives in a folder.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@words.protocol
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT", help="Where to.")
@click.option("--once", is_flag=True, help="Judge what is ready now and end, for cron.")
@sending.options
@service.patience_options
@judging.options
@service.service
def watch(folder: Path, output: Path, **asked: Any) -> int:
    """Judge every plan that arrives below DIR, once its files are complete and nobody writes to them.

    Works on network shares: it looks again and again. SIGTERM or Ctrl-C end it; the next run goes on from there.
    Standard error gets one line per event, without patient data.
    """
    judging.ensure_protocol("a watch", asked)
    node = sending.node_of(asked)

    from sbrt_qa.pipeline.store import Store
    from sbrt_qa.pipeline.watch import Watch, keep_watch

    question, patience = judging.question_of(asked), service.patience_of(asked)
    with Store(output) as store:
        kept = Watch(folder, store, question, judging.crew_of(asked), patience=patience, say=service.log)
        judging.clear_summaries(output)
        sender = sending.sender(kept, output, question, node, asked)
        with service.until_told() as stop, sender:
            keep_watch(kept, patience, stop, once=asked["once"])
        tally = kept.standing()
        say(service.last_word(tally, len(kept.waiting), output))
    return judging.CODES[tally.verdict]


COMMAND = watch
