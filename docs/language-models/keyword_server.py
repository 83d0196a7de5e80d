"""A chat server without a model, to try ``python -m src.llm`` with: it answers by a few words of the last turn.

    python docs/language-models/keyword_server.py 8000

Content note: the words name self-harm and violence plainly.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = {
    "confirm_SI_passive_ongoing": r"wish i (was|were) dead|not wake up|better off without me|never been born",
    "confirm_SH_ongoing": r"(cut|hurt|harm)(ting|ing)? myself",
    "confirm_RA_past": r"raped me|he raped",
    "confirm_DV_ongoing": r"(husband|boyfriend|wife|girlfriend) (hit|hits|choked|chokes) me",
    "alert_ongoing": r"can.t (do this|go on|cope)|falling apart|not myself",
}


class Keywords(BaseHTTPRequestHandler):
    """Answers as a chatty model does: some prose, then JSON."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One completion."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        turns = re.findall(r"^\[\d+\] .*$", request["messages"][-1]["content"], re.M)
        tags = [tag for tag, pattern in WORDS.items() if re.search(pattern, turns[-1], re.I)]
        text = f"The last turn:\n```json\n{json.dumps({'tags': tags})}\n```"
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": len(str(request["messages"])) // 4, "completion_tokens": len(text) // 4}
        body = json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: what is asked is private."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Keywords).serve_forever()
