"""Serves every response of Corpus/faults to real clients, and writes down what they make of it.

    swift build --product midstream
    python3 Tests/Clients/clients.py            # prints a summary
    python3 Tests/Clients/clients.py --write    # also writes the tables of Tests/Clients/README.md

The truth is Corpus/faults/verdicts.json, which the tests of this package check against its own decoder. A client is right
about a complete message if it returns the same text, and about any other response if it reports an error. A client that is
not installed is skipped.
"""

import argparse
import concurrent.futures
import datetime
import http.client
import json
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = pathlib.Path(__file__).resolve().parent / "README.md"
BODY = {"model": "claude", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}
PATIENCE = 20


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return format(value, "x")


class Server:
    """A running `midstream serve --corpus`."""

    def __init__(self, midstream):
        self.process = subprocess.Popen(
            [midstream, "serve", "--corpus", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def end(self):
        """Stops the server and returns its report about the client."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        return json.loads(output)


class Outcome:
    """What a client reports: a text, or an error."""

    def __init__(self, text=None, error=None, note=""):
        self.text, self.error, self.note = text, error, note

    def words(self):
        if self.error is not None:
            return f"`{self.error}`"
        return "complete" + (f", {self.note}" if self.note else "")


def anthropic_client(retries):
    import anthropic

    # One pool of connections for all requests, as an application has it.
    shared = anthropic.DefaultHttpxClient()

    def run(url, name):
        client = anthropic.Anthropic(
            base_url=url + urllib.parse.quote(name),
            api_key="test",
            max_retries=retries,
            timeout=PATIENCE,
            http_client=shared,
        )
        try:
            with client.messages.stream(**BODY) as stream:
                for _ in stream:
                    pass
                message = stream.get_final_message()
            text = "".join(block.text or "" for block in message.content if block.type == "text")
            return Outcome(text, note="" if message.stop_reason else "`stop_reason` None")
        except Exception as error:
            status = getattr(error, "status_code", None)
            return Outcome(error=type(error).__name__ + (f" {status}" if status else ""))

    return run


def http_client(url, name):
    """Reads the response; what it means is left to the caller."""
    place = urllib.parse.urlparse(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE)
    try:
        path = f"/{urllib.parse.quote(name)}/v1/messages"
        connection.request("POST", path, json.dumps(BODY), {"content-type": "application/json"})
        response = connection.getresponse()
        response.read()
        return Outcome("") if response.status < 300 else Outcome(error=f"status {response.status}")
    except Exception as error:
        return Outcome(error=type(error).__name__)
    finally:
        connection.close()


def curl(url, name):
    """Reads the response with --fail; what it means is left to the caller."""
    command = ["curl", "-sfN", "-m", str(PATIENCE), "-d", json.dumps(BODY), "-o", "-"]
    result = subprocess.run([*command, f"{url}{urllib.parse.quote(name)}/v1/messages"], stdout=subprocess.DEVNULL)
    return Outcome("") if result.returncode == 0 else Outcome(error=f"exit {result.returncode}")


def is_right(expected, outcome, knows_text):
    if expected["outcome"] != "complete":
        return outcome.error is not None
    if outcome.error is not None:
        return False
    if not knows_text:
        return True
    # Lone surrogates and ill-formed bytes may be repaired in different ways.
    text = outcome.text.encode("utf-8", "replace")
    if "text" in expected:
        return text == expected["text"].encode("utf-8", "replace")
    return fnv(text) == expected["textFNV1a64"]


def verdict_words(expected):
    if expected["outcome"] == "complete":
        return "complete"
    status = expected.get("equivalentStatus")
    kind = expected["kind"]
    error = expected.get("errorType")
    return kind + (f" `{error}`" if error else "") + (f" {status}" if status else "")


def drive(midstream, client, names):
    server = Server(midstream)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outcomes = dict(zip(names, pool.map(lambda name: client(server.url, name), names)))
    return outcomes, server.end()


def summary(verdicts, outcomes, knows_text):
    broken = [name for name in outcomes if verdicts[name]["outcome"] != "complete"]
    whole = [name for name in outcomes if verdicts[name]["outcome"] == "complete"]
    silent = [name for name in broken if not is_right(verdicts[name], outcomes[name], knows_text)]
    alarms = [name for name in whole if not is_right(verdicts[name], outcomes[name], knows_text)]
    return broken, whole, silent, alarms


def table(verdicts, outcomes, names):
    lines = ["| file | Midstream's verdict | the client | right |", "|---|---|---|---|"]
    for name in names:
        right = "yes" if is_right(verdicts[name], outcomes[name], True) else "**no**"
        lines.append(f"| `{name}` | {verdict_words(verdicts[name])} | {outcomes[name].words()} | {right} |")
    return "\n".join(lines)


def replace(text, mark, new):
    start, end = f"<!-- begin {mark} -->\n", f"<!-- end {mark} -->"
    before, rest = text.split(start)
    return before + start + new + "\n" + end + rest.split(end)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--midstream", default=str(ROOT / ".build/debug/midstream"), help="the command")
    parser.add_argument("--write", action="store_true", help="write the tables of README.md")
    options = parser.parse_args()
    if not pathlib.Path(options.midstream).exists():
        sys.exit(f"{options.midstream} does not exist; build it first: swift build --product midstream")
    verdicts = json.loads((ROOT / "Corpus/faults/verdicts.json").read_text())
    names = sorted(verdicts)
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    python = f"Python {platform.python_version()}"
    lines = []

    plain = [("Python's `http.client`", python, http_client)]
    if shutil.which("curl"):
        version = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout.split()[1]
        plain.append(("`curl --fail`", f"curl {version}", curl))
    else:
        print("skipped: curl is not installed")
    for title, version, client in plain:
        outcomes, _ = drive(options.midstream, client, names)
        broken, whole, silent, alarms = summary(verdicts, outcomes, False)
        lines.append(
            f"- {title} ({version}) reads {len(silent)} of {len(broken)} broken responses without an error, "
            f"and reports an error for {len(alarms)} of {len(whole)} complete ones."
        )
    try:
        import anthropic
    except ImportError:
        anthropic = None
        print("skipped: the Python package anthropic is not installed; install it with pip install anthropic")
    text = README.read_text()
    if anthropic:
        version = f"anthropic {anthropic.__version__}, {python}"
        outcomes, _ = drive(options.midstream, anthropic_client(0), names)
        broken, whole, silent, alarms = summary(verdicts, outcomes, True)
        lines.insert(
            0,
            f"- The official Python SDK ({version}) returns {len(silent)} of {len(broken)} broken responses as complete, "
            f"and {len(alarms)} of {len(whole)} complete ones as failed or with another text.",
        )
        # A long delay that the response asks for would only take time.
        quick = [name for name in names if not (verdicts[name].get("retryAfterSeconds") or 0) > 2]
        quick = [name for name in quick if "retryAfter" not in verdicts[name]]
        _, report = drive(options.midstream, anthropic_client(anthropic.DEFAULT_MAX_RETRIES), quick)
        counts = ", ".join(f"{kind} {count}" for kind, count in report["counts"].items()) or "no findings"
        lines.append(
            f"- With its default of {anthropic.DEFAULT_MAX_RETRIES} retries, the SDK sends {report['attempts']} requests "
            f"for {len(quick)} responses. The server's verdict: {counts}."
        )
        title = f"## What the Python SDK makes of {len(broken)} broken streams\n\nOn {date}, {version}, without retries.\n\n"
        text = replace(text, "table", title + table(verdicts, outcomes, broken))
        if alarms:
            note = "\n\nOf the complete responses, these were not returned as such:\n\n"
            text = replace(text, "alarms", note.strip() + "\n\n" + table(verdicts, outcomes, alarms))
    text = replace(text, "summary", f"On {date}:\n\n" + "\n".join(lines))
    print("\n".join(lines), flush=True)
    if options.write:
        with tempfile.NamedTemporaryFile("w", dir=README.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        pathlib.Path(file.name).replace(README)
        README.chmod(0o644)


if __name__ == "__main__":
    main()
