"""A chat server on the loopback that answers as it is told, and misbehaves in every way that real ones do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-a-secret-of-the-tests"


def completion(text, *, finish="stop", logprobs=None, **message) -> dict:
    """What a well-behaved server answers."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    if logprobs:
        choice["logprobs"] = {"content": logprobs}
    usage = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


def said(*tags) -> dict:
    return completion(json.dumps({"tags": list(tags)}))


@dataclass
class Answer:
    """What goes over the wire."""

    body: bytes | dict
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut: bool = False
    """Promise more than is sent, and hang up."""
    silence: float = 0
    """Seconds before anything is sent."""

    @classmethod
    def error(cls, status, message="no", *, code=None, param=None, **headers) -> "Answer":
        body = {"error": {"message": message, "type": "some_error", "code": code, "param": param}}
        return cls(body, status, {name.replace("_", "-"): str(value) for name, value in headers.items()})

    @classmethod
    def pieces(cls, *texts, ends=True, silence=0.0) -> "Answer":
        """A stream; one that does not end has no finish_reason."""
        chunks = [{"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts]
        if ends:
            chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            chunks.append({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 7}})
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"] * ends
        return cls("".join(lines).encode(), 200, {"content-type": "text/event-stream"}, silence=silence)


Behaviour = Callable[[dict, int], dict | Answer]
"""From a request and its number, from 0, to an answer."""


@dataclass
class ChatServer:
    """Where it listens, and every request that it has been sent."""

    url: str
    requests: list[dict] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def chat_server(behaviour: Behaviour) -> Iterator[ChatServer]:
    """Listen on a free port of the loopback while this lasts."""
    found = ChatServer("")
    lock, over = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self):
            with suppress(ConnectionResetError):  # the client has ended
                super().handle()

        def do_POST(self):
            sent = self.rfile.read(int(self.headers["content-length"]))
            if not sent:  # the client was killed
                return
            request = json.loads(sent)
            with lock:
                number = len(found.requests)
                found.requests.append(request)
                found.keys.append(self.headers["authorization"])
            given = behaviour(request, number)
            answer = given if isinstance(given, Answer) else Answer(given)
            over.wait(answer.silence)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            try:
                self.send_response(answer.status)
                for name, value in {"content-type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body) + 10 * answer.cut))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client has given up
                pass
            self.close_connection = answer.cut

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield found
    finally:
        over.set()
        server.shutdown()
        server.server_close()
