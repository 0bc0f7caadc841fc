"""Runs the examples of the documentation against the program.

    python tests/docs/examples.py target/release/likewise [FILE.md …]

Blocks fenced as `sh`, `python` or `js` in `docs/*.md` are run, in their order, each file against its own server with the sample
questions; so are the indented blocks of README.md that begin with `curl -s`. A second word on the fence changes that:

    ```sh norun           is not run: it needs what is not here, or does not end
    ```sh fails           must fail: an error is what it shows
    ```python client.py   is not run but saved under this name, whatever its language, for the blocks after it

`http://127.0.0.1:7171` stands for the server's address, `likewise` for the program. The working folder is new for each file and
has the repository's `data` and `models` in it; the server's data folder lies elsewhere. A request that is answered by 400 or more
fails its block. A `json` block shows what the block before it printed: every field in it must stand in that, too.
JavaScript is run where there is a `node`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = "http://127.0.0.1:7171"
LANGUAGES = {"sh": ".sh", "python": ".py", "js": ".mjs"}
SECONDS = 180
# Every request of a shell block fails where its answer is an error.
SHELL = "set -euo pipefail\ncurl() { command curl --fail-with-body \"$@\"; }\n"


@dataclass
class Block:
    line: int
    language: str
    mark: str
    text: str


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = Path(sys.argv[1]).resolve()
    files = [Path(name).resolve() for name in sys.argv[2:]] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    counts = {"passed": 0, "skipped": 0, "failed": 0}
    with tempfile.TemporaryDirectory(prefix="likewise-docs-") as folder:
        folder = Path(folder)
        (folder / "bin").mkdir()
        (folder / "bin" / "likewise").symlink_to(program)
        with Server(program, folder / "demo", "--demo"):
            pass  # The samples are embedded once.
        for file in files:
            run_file(file, program, folder, counts)
    print("{passed} passed, {skipped} skipped, {failed} failed".format(**counts))
    sys.exit(1 if counts["failed"] else 0)


def run_file(file, program, folder, counts):
    blocks = blocks_of(file)
    if all(block.language not in LANGUAGES or block.mark == "norun" for block in blocks):
        counts["skipped"] += sum(block.mark == "norun" for block in blocks)
        return
    name = file.stem
    work = folder / name
    work.mkdir()
    for shared in ("data", "models"):
        (work / shared).symlink_to(ROOT / shared)
    data = folder / (name + "-server")
    shutil.copytree(folder / "demo", data)
    with Server(program, data) as server:
        printed = None
        for block in blocks:
            if "." in block.mark:
                (work / block.mark).write_text(block.text.replace(DOCUMENTED, server.address), encoding="utf-8")
                continue
            if block.language == "json":
                outcome = check_fields(block, printed) if printed is not None else "skipped"
                if outcome == "skipped":
                    continue
            elif block.language in LANGUAGES:
                outcome, printed = run(block, work, folder, server.address)
            else:
                continue
            if outcome not in ("passed", "skipped"):
                print(f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}:{block.line}: {outcome}", flush=True)
                outcome = "failed"
            counts[outcome] += 1


def blocks_of(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    blocks = []
    fence = start = None
    for number, line in enumerate(lines, 1):
        opened = re.match(r" *(`{3,})(.*)$", line)
        if fence is None and opened:
            fence, start = opened[1], number
            language, mark, *_ = opened[2].split() + ["", ""]
        elif fence is not None and line.strip() == fence:
            text = textwrap.dedent("\n".join(lines[start:number - 1]) + "\n")
            blocks.append(Block(start, language, mark, text))
            fence = None
    if file.name == "README.md" and file.parent == ROOT:
        blocks += indented_requests(lines)
    return blocks


def indented_requests(lines):
    """Runs of indented lines that begin with a request."""
    blocks = []
    run = []
    for number, line in enumerate(lines + [""], 1):
        if line.startswith("    "):
            run.append(line[4:])
        elif run:
            if run[0].startswith("curl -s"):
                blocks.append(Block(number - len(run), "sh", "", "\n".join(run) + "\n"))
            run = []
    return blocks


def run(block, work, folder, address):
    """The outcome, and what was printed on standard output; None where it was not run."""
    if block.mark == "norun" or (block.language == "js" and not shutil.which("node")):
        return "skipped", None
    if block.mark not in ("", "fails"):
        return f"a block can't be marked {block.mark!r}", None
    # In the working folder, so that it finds what was saved there.
    script = work / (".block" + LANGUAGES[block.language])
    text = block.text.replace(DOCUMENTED, address)
    script.write_text(SHELL + text if block.language == "sh" else text, encoding="utf-8")
    command = {"sh": "bash", "python": sys.executable, "js": "node"}[block.language]
    try:
        ended = subprocess.run([command, script], cwd=work, env=environment(folder), stdin=subprocess.DEVNULL, timeout=SECONDS,
                               capture_output=True, text=True, encoding="utf-8", errors="replace")
    except subprocess.TimeoutExpired:
        return f"{block.language} block did not end in {SECONDS} s", None
    if (ended.returncode == 0) == (block.mark == "fails"):
        what = "should have failed" if block.mark == "fails" else f"failed with exit code {ended.returncode}"
        return f"{block.language} block {what}\n{block.text}--- printed:\n{ended.stdout}{ended.stderr}", ended.stdout
    return "passed", ended.stdout


def check_fields(block, printed):
    missing = [name for name in re.findall(r'"(\w+)"\s*:', block.text) if f'"{name}"' not in printed]
    if not missing:
        return "passed"
    return f"the answer has no {', '.join(missing)}\n{block.text}--- printed:\n{printed}"


def environment(folder):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIKEWISE_")}
    local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    return {**kept, **local, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


class Server:
    """Serves a data folder; there once the lists of all questions are."""

    def __init__(self, program, data, *options):
        self.command = [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, *options]
        self.log = data.with_suffix(".log")
        self.folder = data.parent

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(self.command, stderr=log, cwd=self.folder, env=environment(self.folder))
        self.address = self.wait_for(self.announced)
        self.wait_for(self.has_lists)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            sys.exit(f"the server ended with {self.process.returncode}\n{self.log.read_text()}")

    def announced(self):
        found = re.search(r"likewise is listening on (http\S+)", self.log.read_text())
        return found and found[1]

    def has_lists(self):
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return without_proxy.open(f"{self.address}/v1/changes?since=0", timeout=10).status == 200
        except OSError:
            return False

    def wait_for(self, what):
        until = time.monotonic() + SECONDS
        while not (found := what()):
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.kill()
                sys.exit(f"the server did not get ready\n{self.log.read_text()}")
            time.sleep(0.1)
        return found


if __name__ == "__main__":
    main()
