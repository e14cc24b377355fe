#!/usr/bin/env python3
"""Opens the HTML report in a real browser and uses it as a person would.

    scripts/browser_report.py [--binary PATH] [--keep FOLDER]

Wants Debian's chromium and chromium-driver; drives them over the WebDriver protocol. A hostile statement with markup,
scripts and control characters is checked against a package with a hostile file name. Held are: nothing of it runs or
becomes an element, the filters show what they say, the links between matrix and text lead somewhere, and nothing is
wider than a narrow screen. `--keep` writes screenshots, wide and narrow, light and dark.
"""

import argparse
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parent.parent
PORT = 9515
HOSTILE = """# Permissions <script>document.title = 'taken'</script>

| Permission | Purpose |
| --- | --- |
| CAMERA <img src=x onerror="document.title = 'taken'"> | <b onclick=alert(1)>scans</b> codes |
| INTERNET | "><script>document.title = 'taken'</script> |
| READ_\u202eCONTACTS | `'"></style><script>document.title = 'taken'</script>` |
| NETWORK_STATE | &lt;script&gt; javascript:alert(1) |
"""
NAME = "a<img src=x onerror=document.title='taken'>'&quot;.apk"


class Browser:
    """A headless Chromium behind chromedriver."""

    def __init__(self, folder):
        self.driver = subprocess.Popen(["chromedriver", f"--port={PORT}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{PORT}"
        options = {"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                            "--disable-background-networking", "--disable-component-update", "--disable-sync",
                            f"--user-data-dir={folder}"]}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        for _ in range(100):
            try:
                answer = self.send("POST", "/session", wanted)
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("chromedriver does not answer")
        self.base += f"/session/{answer['sessionId']}"

    def send(self, method, path, body=None):
        """One command; its value."""
        content = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, content, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        """Opens a file."""
        self.send("POST", "/url", {"url": path.as_uri()})

    def run(self, script):
        """The value of a script that the test, not the page, brings."""
        return self.send("POST", "/execute/sync", {"script": script, "args": []})

    def click(self, selector):
        """Clicks an element."""
        found = self.send("POST", "/element", {"using": "css selector", "value": selector})
        self.send("POST", f"/element/{next(iter(found.values()))}/click")

    def size(self, width, height):
        """Sets the size of the window."""
        self.send("POST", "/window/rect", {"width": width, "height": height})

    def dark(self, is_dark):
        """Asks for the dark or the light scheme."""
        value = "dark" if is_dark else "light"
        self.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": value}]}})

    def picture(self, path):
        """Writes what the window shows."""
        path.write_bytes(base64.b64decode(self.send("GET", "/screenshot")))

    def close(self):
        """Ends browser and driver."""
        self.send("DELETE", "")
        self.driver.terminate()
        self.driver.wait()


def report(binary, folder, package, statement):
    """The report of one check."""
    page = folder / "report.html"
    run = subprocess.run([binary, "check", package, "--statement", statement, "--format", f"html={page}"], check=False,
                         cwd=folder, capture_output=True, text=True)
    if run.returncode not in (1, 3):
        sys.exit(f"exit code {run.returncode}: {run.stderr}")
    return page


def held(what, is_held):
    """Says what was looked at; counts what does not hold."""
    print(f"{'ok' if is_held else 'FAILED'}: {what}")
    return 0 if is_held else 1


def hostile(browser, binary, folder):
    """A statement and a file name that try to become markup."""
    package = folder / NAME
    shutil.copy(TOP / "fixtures" / "sample" / "app.apk", package)
    statement = folder / "hostile.md"
    statement.write_text(HOSTILE, encoding="utf-8")
    browser.open(report(binary, folder, package.name, statement.name))
    time.sleep(0.3)
    failed = held("the title is the report's own", browser.run("return document.title").startswith("Permissions of"))
    failed += held("nothing of an input is an element",
                   browser.run("return document.querySelectorAll('script, img, b, iframe, [onclick]').length") == 0)
    failed += held("the hostile text is shown as text",
                   browser.run("return document.body.innerText.includes('<script>')"))
    failed += held("no control character is left",
                   browser.run("return !document.body.innerText.includes('\\u202e')"))
    return failed


def used(browser, binary, folder, keep):
    """The sample's report, clicked and measured."""
    sample = TOP / "fixtures" / "sample"
    browser.open(report(binary, folder, sample / "app.apk", sample / "privacy.md"))
    visible = "return [...document.querySelectorAll('.matrix tbody tr')].filter(row => row.offsetParent).length"
    everything = browser.run(visible)
    failed = 0
    counts = {}
    for name in ("todo", "done", "rest", "all"):
        browser.click(f"label[for=show-{name}]")
        said = int(browser.run(f"return document.querySelector('label[for=show-{name}]').textContent.match(/\\d+/)[0]"))
        counts[name] = browser.run(visible)
        failed += held(f"the filter {name} shows {said} of {everything} rows", counts[name] == said)
    failed += held("each row is under one filter", counts["todo"] + counts["done"] + counts["rest"] == everything > 5)
    failed += held("every link leads to a place on the page", browser.run(
        "return [...document.querySelectorAll('a')].every(a => document.getElementById(a.getAttribute('href').slice(1)))"))
    failed += held("the page is told to fetch and run nothing", browser.run(
        "return document.querySelector('meta[http-equiv=Content-Security-Policy]').content").startswith("default-src 'none'"))
    for width in (1280, 400):
        for is_dark in (False, True):
            browser.size(width, 1400)
            browser.dark(is_dark)
            wide = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            scheme = "dark" if is_dark else "light"
            failed += held(f"nothing overflows at {width} pixels, {scheme}", wide <= 0)
            if keep:
                browser.picture(keep / f"report-{width}-{scheme}.png")
    return failed


def main():
    """Runs all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(TOP / "target" / "release" / "permaudit"))
    parser.add_argument("--keep", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        browser = Browser(folder / "profile")
        try:
            binary = str(pathlib.Path(arguments.binary).resolve())
            failed = hostile(browser, binary, folder)
            failed += used(browser, binary, folder, arguments.keep)
        finally:
            browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
