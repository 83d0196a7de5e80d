"""The extra ``.[llm]``: without it a language model's answers are read and scored, and no server is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from crisis_turns.errors import InputError


@contextmanager
def needing_openai() -> Iterator[None]:
    """Around the imports of what asks a server.

    Raises:
        InputError: if the package openai is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in ("openai", "httpx2"):
            raise
        raise InputError("language models are asked through the package openai (the extra .[llm])") from None
