"""``sbrt-qa serve``: the work list of a folder of records, in a browser and for other programs."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _service as service
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.web.access import Guard

_FILE = click.Path(path_type=Path)


@click.command("serve", short_help="Show the cases of a folder as a work list in a browser.")
@click.argument("folder", metavar="OUT", type=_FILE)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--token-file", type=_FILE, metavar="FILE", help="File whose first line is the token to be given.")
@click.option("--token", envvar="SBRT_QA_TOKEN", metavar="TOKEN", help="The token; better from the environment.")
@click.option("--allowed-host", multiple=True, metavar="NAME", help="Be asked for by this name only; may be repeated.")
@click.option("--protocols", type=_FILE, metavar="DIR", help="Protocol files of the site, to evaluate by as well.")
@click.option("--seconds", type=click.FloatRange(min=1), default=300, show_default=True, help="What one case may take.")
@click.option("--memory", type=click.FloatRange(min=1), default=6, show_default=True, help="GB of a worker.")
@service.service
def serve(folder: Path, **asked: Any) -> int:
    """Serve the work list of OUT, the folder that batch, watch or receive write to, also while they go on.

    A verdict is shown as it was recorded only as long as the files, the protocol and this program are those it was made
    with. SIGTERM or Ctrl-C end it.
    """
    _ensure_web()
    if not folder.is_dir():
        mend = "give the folder that batch, watch or receive write to"
        raise UsageError(f"there is no folder {str(folder)!r}", mend=mend)
    guard = _guard(asked)

    from sbrt_qa.pipeline.durable import locked
    from sbrt_qa.pipeline.local_crew import LocalCrew
    from sbrt_qa.web.desk import Desk
    from sbrt_qa.web.drawn_report import draw
    from sbrt_qa.web.protocols import offered

    protocols = offered(asked["protocols"])
    with _listening(asked["host"], asked["port"]) as listening:
        locked(folder / "worklist.lock")
        limits = (1, asked["seconds"], asked["memory"])
        desk = Desk(folder, LocalCrew(*limits), protocols, drawer=LocalCrew(*limits, draw))
        _serve(desk, guard, listening)
    return 0


def _serve(desk: Any, guard: Guard, listening: socket.socket) -> None:
    import uvicorn

    from sbrt_qa.web.app import application
    from sbrt_qa.web.patience import Impatient

    config = uvicorn.Config(
        application(desk, guard),
        http=Impatient,
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=100,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=3,
        lifespan="on",
    )
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    with service.until_told():
        service.log(f"listening address=http://{shown}:{port}/")
        uvicorn.Server(config).run(sockets=[listening])


def _guard(asked: Mapping[str, Any]) -> Guard:
    """Return who may look; whoever listens beyond this machine has to have a token."""
    from sbrt_qa.web.access import Guard, is_loopback

    token = asked["token"] or ""
    if asked["token_file"] is not None:
        try:
            token = asked["token_file"].read_text(encoding="utf-8").splitlines()[0].strip()
        except (OSError, UnicodeDecodeError, IndexError) as error:
            what = f"the token cannot be read from {str(asked['token_file'])!r}"
            raise UsageError(what, mend="write it into the first line of that file") from error
    if not token and not is_loopback(asked["host"]):
        what = f"{asked['host']} can be reached from other machines, and there is no token"
        raise UsageError(what, mend="give one with --token-file or SBRT_QA_TOKEN, or listen on 127.0.0.1")
    return Guard(token, frozenset(asked["allowed_host"]))


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        what = f"cannot listen on {host}, port {port}: {error.strerror or error}"
        raise UsageError(what, mend="choose another --host or --port") from error


def _ensure_web() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("fastapi", "uvicorn", "python_multipart")):
        raise UsageError("the work list needs FastAPI", mend="pip install 'sbrt-qa[web]'")


COMMAND = serve
