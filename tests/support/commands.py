"""Commands as a user calls them: ``called("predict", "run=…")`` is ``python -m src.predict run=…``.

Most of such a process is the import of torch. So there is one process that has imported what the commands need, and
each command is a fork of it: with its own folder, arguments, streams, environment and end. It imports nothing that
starts threads, since a fork has only the one that forked, and hangs when it waits for the others at its end.

``fresh=True`` starts a Python of its own: where that is what is tested, where the test changes what a process inherits
(limits), or a variable that is read as Python or torch start (``PYTHONIOENCODING``, ``OMP_NUM_THREADS``).
"""

import atexit
import gc
import importlib
import io
import json
import os
import random
import runpy
import select
import signal
import site
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from crisis_turns.__main__ import COMMANDS
from tests.support.checkout import ROOT

SECONDS = 300
OFFLINE = """
import socket
def refuse(*_, **__):
    raise OSError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""
"""A ``sitecustomize.py``, so that the processes that a command starts have it too."""
HEAVY = ("torch", "transformers", "pytorch_lightning", "torchmetrics")


def called(name, *arguments, cwd=ROOT, stdin=b"", text=False, offline=False, fresh=False, **environment):
    """The finished process, what it wrote as bytes or text; ``environment`` is beside this process's own."""
    command = [f"src.{name}", *map(str, arguments)]
    stdin = stdin.encode() if text and stdin else stdin or b""
    with tempfile.TemporaryDirectory() as folder:
        if offline:
            Path(folder, "sitecustomize.py").write_text(OFFLINE)
        kept = {key: value for key, value in os.environ.items() if key != "HYDRA_FULL_ERROR"}
        environment = {**kept, **environment, "PYTHONPATH": os.pathsep.join((folder, str(ROOT)))}
        run = _started if fresh else _forked
        done = run(command, cwd=str(cwd), stdin=stdin, environment=environment, folder=folder)
    if text:
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


def _started(command, *, cwd, stdin, environment, folder):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, env=environment, input=stdin, capture_output=True, timeout=SECONDS
    )


def _forked(command, *, cwd, stdin, environment, folder):
    streams = [Path(folder, stream) for stream in ("stdin", "stdout", "stderr")]
    streams[0].write_bytes(stdin)
    server = _server()
    asked = {"command": command, "cwd": cwd, "environment": environment, "streams": [*map(str, streams)]}
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    ready, _, _ = select.select([server.stdout], [], [], SECONDS + 30)
    answer = server.stdout.readline() if ready else ""
    if not answer:  # it is gone, or does not answer: the next command gets another
        server.kill()
        _server.cache_clear()
        raise RuntimeError(f"the process that forks commands ended or hung at {command}: status {server.wait()}")
    if int(answer) == -signal.SIGALRM:
        raise subprocess.TimeoutExpired(command, SECONDS)
    return subprocess.CompletedProcess(command, int(answer), streams[1].read_bytes(), streams[2].read_bytes())


@cache
def _server():
    server = subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # else numpy starts threads as it is imported
    )  # fmt: skip
    atexit.register(server.kill)
    return server


def _next_command():
    """Forks for each command that is asked for; returns what is asked, in the fork alone."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return json.loads(line)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with suppress(ProcessLookupError):  # what the command has left running
            os.killpg(child, signal.SIGKILL)
        print(status, flush=True)
    sys.exit()


def _become(asked):
    """Another process: its group, folder, environment, arguments and streams."""
    os.setpgid(0, 0)
    signal.alarm(SECONDS)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for number, (path, name) in enumerate(zip(asked["streams"], ("stdin", "stdout", "stderr"), strict=True)):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
        mode, errors = ("r" if number == 0 else "w"), ("backslashreplace" if number == 2 else "strict")
        raw = open(number, mode + "b", closefd=False)  # noqa: SIM115 - it is the process's own
        setattr(sys, name, io.TextIOWrapper(raw, "utf-8", errors, line_buffering=number == 2))
    sys.path[:1] = [asked["cwd"], *os.environ["PYTHONPATH"].split(os.pathsep)]
    sys.modules.pop("sitecustomize", None)  # the machine's own, if it has one
    site.execsitecustomize()
    sys.argv = asked["command"]
    random.seed()


def _one_thread():
    tasks = Path("/proc/self/task")
    return not tasks.is_dir() or len(list(tasks.iterdir())) == 1


if __name__ == "__main__":
    for module in (*HEAVY, *(f"crisis_turns.commands.{name}" for name in COMMANDS)):
        importlib.import_module(module)
        if not _one_thread():
            sys.exit(f"{module} starts threads as it is imported, so commands cannot be forked behind it")
    gc.freeze()
    request = _next_command()
    _become(request)
    runpy.run_module(request["command"][0], run_name="__main__", alter_sys=True)
