"""A real engine on this machine: ``transformers serve`` with a tiny random model, whose answers are garbage."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from crisis_turns.llm.beliefs import read_answers
from tests.support.asked import asked
from tests.support.invented import dialogue

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
NEEDED = ("openai", "fastapi", "uvicorn", "accelerate")
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
TALK = dialogue("U hi", "L hello", "U bye")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Its address, and the folder that it takes for the model's name."""
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        pytest.skip(f"transformers serve needs {', '.join(missing)} (transformers[serving])")
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    from crisis_turns.model.encoders.random_weights import tiny_tokenizer

    folder, port = tmp_path_factory.mktemp("model"), free_port()
    torch.manual_seed(0)
    sizes = {
        "vocab_size": 261, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 8192, "eos_token_id": None, "pad_token_id": 1,
    }  # fmt: skip
    AutoModelForCausalLM.from_config(LlamaConfig(**sizes)).save_pretrained(folder)
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    start = "from transformers.cli.transformers import main; main()"
    options = ["serve", str(folder), "--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-c", start, *options]
    with subprocess.Popen(command, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(process, port)
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}/v1", model=str(folder))
        finally:
            process.kill()


def _wait(process, port) -> None:
    for _ in range(600):
        if process.poll() is not None:
            pytest.skip(f"transformers serve ends with status {process.returncode} here")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("transformers serve does not listen")


@pytest.mark.parametrize("stream", [False, True])
def test_garbage_is_counted_and_no_tag(engine, tmp_path, stream):
    changed = {"model": engine.model, "stream": stream, "max_tokens": 8, "retries": 0}
    replies, who = asked(engine, tmp_path / "calls.jsonl", [TALK], **changed)
    found = read_answers(who, [TALK], replies)
    assert found.kinds.total() == 2
    assert found.kinds["exact"] == found.kinds["mended"] == 0
    assert not found.onset[TALK.id].any()
    assert all(reply.tokens_read > 1000 and 0 < reply.tokens_written <= 8 for reply in replies.values())
