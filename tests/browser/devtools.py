"""A real browser, driven through its own debugging pipe: no driver, no network, no downloads."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import sys
import time
from itertools import count

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--remote-debugging-pipe",
)


class Chromium:
    """The browser, spoken to in messages that end with a zero byte."""

    def __init__(self, program, profile):
        to_read, self._to = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
        self._from, to_write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in os.pipe())
        launch = f"import os, sys; os.dup2({to_read}, 3); os.dup2({to_write}, 4); os.execv(sys.argv[1], sys.argv[1:])"
        self._process = subprocess.Popen(
            [sys.executable, "-c", launch, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._numbers, self._rest, self.events = count(1), b"", []

    def ask(self, method, session=None, **params):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._message()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def _message(self):
        while b"\0" not in self._rest:
            part = os.read(self._from, 1 << 20)
            assert part, "the browser closed its pipe"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def close(self):
        self._process.terminate()
        self._process.wait(20)
        os.close(self._to)
        os.close(self._from)


class Tab:
    """One page in the browser."""

    def __init__(self, browser, page, size=(1280, 900), *, script=True, media=()):
        """Open a file, or an address."""
        self.browser, self.address = browser, page if isinstance(page, str) else page.as_uri()
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._target = target
        self.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.do(f"{domain}.enable")
        self.do("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
        self.do("Emulation.setScriptExecutionDisabled", value=not script)
        if media:
            self.do("Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in media])
        self.go(self.address)
        if script:
            self.js("window.sbrtQa && window.sbrtQa.ready")

    def go(self, address):
        """Open another page in the same tab."""
        self._loads = len(self.of("Page.loadEventFired"))
        self.do("Page.navigate", url=address)
        self.loaded()

    def click(self, selector):
        """Click in the middle of an element, as a person does."""
        found = json.dumps(selector)
        self.js(f"document.querySelector({found}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.js(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector({found}).getBoundingClientRect())"
        )
        self._loads = len(self.of("Page.loadEventFired"))
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, *box, button="left", clickCount=1)

    def type(self, selector, text):
        """Type into a field."""
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self.do("Input.insertText", text=text)

    def until(self, expression, seconds=20.0):
        """Wait until an expression is true of the page, also across pages."""
        end, fault = time.monotonic() + seconds, None
        while time.monotonic() < end:
            try:
                if self.js(f"Boolean({expression})"):
                    return
            except AssertionError as error:
                fault = error  # between two pages there is nobody to ask
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {expression}") from fault

    def loaded(self):
        """Wait until the page that was asked for last is there."""
        while len(self.of("Page.loadEventFired")) <= self._loads:
            self.browser.events.append(self.browser._message())

    def do(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def of(self, method):
        """Events of this page so far."""
        mine = (event for event in self.browser.events if event.get("sessionId") == self.session)
        return [event["params"] for event in mine if event.get("method") == method]

    def js(self, expression):
        answer = self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def key(self, key, **more):
        """Press a key; ``text`` types it."""
        self.do("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
        self.do("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind, x, y, **more):
        self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def picture(self, *, whole=False):
        """PNG bytes of the window, or of the whole page."""
        return base64.b64decode(self.do("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self):
        """Bytes of the page printed on A4."""
        answer = self.do("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(answer["data"])

    def faults(self):
        """Everything the page complained about."""
        logged = [e["entry"]["text"] for e in self.of("Log.entryAdded") if e["entry"]["level"] in {"error", "warning"}]
        said = [str(e["args"]) for e in self.of("Runtime.consoleAPICalled") if e["type"] in {"error", "warning"}]
        thrown = [e["exceptionDetails"]["text"] for e in self.of("Runtime.exceptionThrown")]
        return logged + said + thrown

    def requests(self):
        """Addresses asked for beyond the file itself and what it holds."""
        asked = [event["request"]["url"] for event in self.of("Network.requestWillBeSent")]
        return [url for url in asked if url != self.address and not url.startswith(("data:", "blob:"))]

    def close(self):
        self.browser.ask("Target.closeTarget", targetId=self._target)
