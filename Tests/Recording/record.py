#!/usr/bin/env python3
"""Records Corpus/recordings with curl, from a server that this script runs.

usage: record.py CURL...     for example: record.py /usr/bin/curl /opt/curl-8/bin/curl

The last curl also records the formats that need --trace-ids, which curl has since 8.2. The server sends only the header
fields below, so that the recordings name no host and no user.
"""

import http.server
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "Corpus" / "recordings"
PAUSE = 0.04


def frame(data):
    return f"event: {data['type']}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def delta(text):
    return frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})


START = frame({"type": "message_start", "message": {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1}}})
BLOCK = frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
STOP = frame({"type": "content_block_stop", "index": 0}) + frame({
    "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 12}}) + frame({"type": "message_stop"})
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

# One chunk for each write. A frame is cut in two, inside its JSON.
HELLO = delta("Hello. A dot, 3.14, \"..data: {\" and wörld…\nBye.")
MESSAGE = [START + b": keep-alive\n\n", BLOCK + b'event: ping\ndata: {"type": "ping"}\n\n', HELLO[:60], HELLO[60:], STOP]
CUT = [START, BLOCK, delta("Hello"), delta("wor")[:50]]
FAILED = [START, BLOCK, delta("Hello"), frame(OVERLOADED)]
BUSY = json.dumps(OVERLOADED).encode()

attempts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def head(self, status, fields):
        self.send_response_only(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()

    def stream(self, chunks, ends=True):
        self.head(200, {"Content-Type": "text/event-stream; charset=utf-8", "request-id": "req_1",
                        "Transfer-Encoding": "chunked"})
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            time.sleep(PAUSE)
        if ends:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(b"40\r\ndata: cut")
            self.close_connection = True

    def do_GET(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        path = self.path.split("?")[0]
        if path == "/redirect":
            self.head(302, {"Location": "/message", "Content-Length": "6"})
            self.wfile.write(b"Moved\n")
        elif path == "/busy" and attempts.setdefault(self.path, 0) == 0:
            attempts[self.path] = 1
            self.head(503, {"Content-Type": "application/json", "Content-Length": str(len(BUSY))})
            self.wfile.write(BUSY)
        elif path == "/hints":
            self.send_response_only(103)
            self.send_header("Link", "</style.css>; rel=preload")
            self.end_headers()
            self.stream(MESSAGE)
        elif path == "/cut":
            self.stream(CUT, ends=False)
        elif path == "/overloaded":
            self.stream(FAILED)
        elif path == "/length":
            body = b"".join(MESSAGE)
            self.head(200, {"Content-Type": "text/event-stream", "Content-Length": str(len(body))})
            self.wfile.write(body[:300])
            time.sleep(PAUSE)
            self.wfile.write(body[300:])
        else:
            self.stream(MESSAGE)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_HEAD(self):
        self.head(200, {"Content-Type": "text/event-stream"})

    def do_CONNECT(self):
        """A proxy to this server, whatever the destination is."""
        server = socket.create_connection(self.server.server_address)
        self.head(200, {})

        def copy(source, destination):
            while data := source.recv(65536):
                destination.sendall(data)

        threading.Thread(target=copy, args=(server, self.connection), daemon=True).start()
        try:
            copy(self.connection, server)
        except OSError:
            pass
        self.close_connection = True


def serve(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def response(status, chunks, ending="complete"):
    return {"status": status, "body": b"".join(chunks).decode(), "ending": ending}


# The arguments of curl, and the responses. A cut is the last chunk, which lacks bytes.
MESSAGE_RESPONSE = response(200, MESSAGE)
SCENARIOS = {
    "message": (["/message"], [MESSAGE_RESPONSE]),
    "redirect": (["-L", "/redirect"], [response(302, [b"Moved\n"]), MESSAGE_RESPONSE]),
    "retry": (["--retry", "1", "--retry-delay", "1", "/busy"], [response(503, [BUSY]), MESSAGE_RESPONSE]),
    "continue": (["-H", "Expect: 100-continue", "-H", "Content-Type: application/json", "-d", '{"stream":true}',
                  "/message"], [MESSAGE_RESPONSE]),
    "hints": (["/hints"], [MESSAGE_RESPONSE]),
    "cut": (["/cut"], [response(200, CUT + [b"data: cut"], "truncated")]),
    "overloaded": (["/overloaded"], [response(200, FAILED)]),
    "length": (["/length"], [MESSAGE_RESPONSE]),
    "two": (["/message", "/length"], [MESSAGE_RESPONSE, MESSAGE_RESPONSE]),
    "head": (["-I", "/message"], [response(200, [])]),
    "tls": (["-k", "TLS/message"], [MESSAGE_RESPONSE]),
    "proxy": (["-p", "-x", "PROXY", "/message"], [MESSAGE_RESPONSE]),
    "parallel": (["--parallel", "--parallel-immediate", "/message", "/overloaded"],
                 [MESSAGE_RESPONSE, response(200, FAILED)]),
}


def main(curls):
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        files = [f"{folder}/key", f"{folder}/certificate"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test",
                        "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[1], files[0])
        plain, secure = serve(), serve(context)

    def record(curl, scenario, name, options, output):
        arguments, _ = SCENARIOS[scenario]
        urls = sum(argument.startswith(("/", "TLS")) for argument in arguments)
        attempts.clear()
        words = [re.sub("^TLS/", f"https://127.0.0.1:{secure}/", re.sub("^/", f"http://127.0.0.1:{plain}/", word))
                 .replace("PROXY", f"http://127.0.0.1:{plain}") for word in arguments]
        path = FOLDER / name
        path.unlink(missing_ok=True)
        command = [curl, "-q", "-N"] + options(path) + ["-o", "/dev/null"] * (urls if output == "none" else 0) + words
        standard = open(path, "wb") if output in ("out", "both") else subprocess.DEVNULL
        errors = subprocess.STDOUT if output == "both" else subprocess.DEVNULL
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=standard, stderr=errors)
        print(name, path.stat().st_size)

    def trace(kind, *more):
        return lambda path: ["-s", kind, str(path), *more]

    first, last = curls[0], curls[-1]
    sequential = [name for name in SCENARIOS if name != "parallel"]
    for name in sequential:
        # curl 7.88 closes the trace before it repeats a request.
        record(last if name == "retry" else first, name, f"{name}.time.trace", trace("--trace", "--trace-time"), "none")
        record(first, name, f"{name}.v", lambda path: ["-s", "-v"], "both")
        if name != "two":
            record(first, name, f"{name}.i", lambda path: ["-s", "-i"], "out")
    for name in ["message", "redirect", "cut", "overloaded", "length"]:
        record(first, name, f"{name}.time.ascii", trace("--trace-ascii", "--trace-time"), "none")
    for name in ["message", "two"]:
        record(first, name, f"{name}.trace", trace("--trace"), "none")
        record(first, name, f"{name}.ascii", trace("--trace-ascii"), "none")
    record(first, "message", "message.body", lambda path: ["-s"], "out")
    record(first, "redirect", "redirect.meter.v", lambda path: ["-v"], "both")
    record(first, "redirect", "redirect.head.v", lambda path: ["-s", "-v", "-i"], "both")
    record(first, "redirect", "redirect.time.v", lambda path: ["-s", "-v", "--trace-time"], "both")
    # The trace and the body in one file.
    record(first, "redirect", "redirect.mixed.trace", lambda path: ["-s", "--trace", "-"], "out")
    record(first, "overloaded", "overloaded.time.meter.trace", lambda path: ["--trace", "%", "--trace-time"], "both")
    if last != first:
        for name in ["redirect", "two", "retry", "parallel", "proxy"]:
            record(last, name, f"{name}.ids.trace", trace("--trace", "--trace-ids"), "none")
            record(last, name, f"{name}.time-ids.trace", trace("--trace", "--trace-time", "--trace-ids"), "none")
        for name in ["two", "parallel"]:
            record(last, name, f"{name}.time-ids.ascii", trace("--trace-ascii", "--trace-time", "--trace-ids"), "none")
        record(last, "redirect", "redirect.ids.v", lambda path: ["-v", "--trace-ids"], "both")
        record(last, "message", "message.time-ids.v", lambda path: ["-v", "--trace-ids", "--trace-time"], "both")
        record(last, "tls", "tls.time-ids.trace", trace("--trace", "--trace-time", "--trace-ids"), "none")

    responses = {name: responses for name, (_, responses) in SCENARIOS.items()}
    (FOLDER / "responses.json").write_text(json.dumps(responses, indent=2, ensure_ascii=False) + "\n")


main(sys.argv[1:])
