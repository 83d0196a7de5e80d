"""Commands as a user calls them: ``called("predict", "run=…")`` is ``python -m src.predict run=…``.

Most of such a process is the import of torch. So there is one process that has imported what the commands need, and
each command is a fork of it: with its own folder, environment, arguments and streams, and its own end. ``fresh=True``
starts a Python of its own, where that is what is tested, or where the test changes what a process inherits.
"""

import atexit
import gc
import importlib
import io
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.checkout import ROOT

SECONDS = 200
OFFLINE = """
import socket
def refuse(*_, **__):
    raise OSError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""
IMPORTED = (
    *("annotate", "benchmark", "cascade", "compare", "evaluate", "export", "llm", "predict", "thresholds", "train"),
    "app", "sweep",
)  # fmt: skip
"""Of ``crisis_turns.commands``."""
HEAVY = ("torch", "transformers", "pytorch_lightning", "torchmetrics")


def called(name, *arguments, cwd=ROOT, stdin=b"", text=False, offline=False, fresh=False, **environment):
    """The finished process, what it wrote as bytes or text; ``environment`` is beside this process's own."""
    done = _called(name, arguments, cwd, stdin.encode() if text and stdin else stdin, offline, fresh, environment)
    if text:
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def _called(name, arguments, cwd, stdin, offline, fresh, environment):
    environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    command = [f"src.{name}", *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        if fresh:
            if offline:
                Path(folder, "sitecustomize.py").write_text(OFFLINE)
                environment["PYTHONPATH"] = os.pathsep.join((folder, str(ROOT)))
            return subprocess.run(
                [sys.executable, "-m", *command], cwd=cwd, env=environment, input=stdin, capture_output=True,
                timeout=SECONDS,
            )  # fmt: skip
        streams = [Path(folder, stream) for stream in ("stdin", "stdout", "stderr")]
        streams[0].write_bytes(stdin or b"")
        asked = {"command": command, "cwd": str(cwd), "environment": environment, "offline": offline}
        server = _server()
        server.stdin.write(json.dumps(asked | {"streams": list(map(str, streams))}) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess(command, status, streams[1].read_bytes(), streams[2].read_bytes())


@cache
def _server():
    server = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(server.kill)
    return server


def _next_command():
    """Forks for each command that is asked for; returns what is asked in the fork alone."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return json.loads(line)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(status, flush=True)
    sys.exit()


def _become(asked):
    """Another process: its folder, environment, arguments and streams."""
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    for number, (path, name) in enumerate(zip(asked["streams"], ("stdin", "stdout", "stderr"), strict=True)):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
        mode, errors = ("r" if number == 0 else "w"), ("backslashreplace" if number == 2 else "strict")
        raw = open(number, mode + "b", closefd=False)  # noqa: SIM115 - it is the process's own
        setattr(sys, name, io.TextIOWrapper(raw, encoding, errors, line_buffering=number == 2))
    signal.alarm(SECONDS)
    if asked["offline"]:
        exec(OFFLINE, {})
    sys.argv = asked["command"]


if __name__ == "__main__":
    for module in (*HEAVY, *(f"crisis_turns.commands.{name}" for name in IMPORTED)):
        importlib.import_module(module)
    gc.freeze()
    request = _next_command()
    _become(request)
    runpy.run_module(request["command"][0], run_name="__main__", alter_sys=True)
