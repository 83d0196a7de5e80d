"""Where an encoder's files are: a folder, the hub, or what the hub once gave; and what their configurations say.

No code of theirs is run.
"""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import constants, get_hf_file_metadata, get_token, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from transformers.utils.hub import cached_file

from crisis_turns.errors import InputError

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_PATIENCE = 5.0
"""Seconds that the hub has for its first answer."""
_CUSTOM = {"AutoConfig", "AutoModel", "AutoTokenizer"}
"""Entries of ``auto_map`` whose code would make what we load."""

_POOLINGS = {"cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"}


@dataclass(frozen=True)
class EncoderFiles:
    """The files of one encoder.

    Attributes:
        source: folder, or hub name.
        origin: what messages call it.
        unreachable: why nothing is asked of the hub, so that files are taken from where it once put them; ``None`` if
            it can be asked.
    """

    source: str
    origin: str
    unreachable: str | None = None

    @property
    def offline(self) -> bool:
        return self.unreachable is not None

    def config(self, name: str) -> dict[str, Any]:
        """A JSON file's content; empty if there is none."""
        path = cached_file(
            self.source,
            name,
            local_files_only=self.offline,
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
            _raise_exceptions_for_gated_repo=False,
        )
        if path is None:
            return {}
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:  # of JSON, or of UTF-8
            raise InputError(f"encoder={self.origin}: {name} is no JSON file ({error})") from None
        return found if isinstance(found, dict) else {}

    def refuse_custom_code(self) -> None:
        """Raises: InputError: if the encoder or its tokenizer is made by code that comes with the files."""
        for name in ("config.json", "tokenizer_config.json"):
            custom = self.config(name).get("auto_map")
            if isinstance(custom, dict) and _CUSTOM & custom.keys():
                raise InputError(
                    f"encoder={self.origin}: {name} asks for code of its own (auto_map), which is never run; expected "
                    "an encoder that the transformers library knows"
                )

    @property
    def pooling(self) -> str:
        """How its makers pool word pieces, by sentence-transformers' ``1_Pooling/config.json``; mean if none says."""
        found = self.config("1_Pooling/config.json")
        modes = {key.removeprefix("pooling_mode_") for key, value in found.items() if value is True}
        named = found.get("pooling_mode")
        return str(named) if named else " + ".join(sorted(modes & _POOLINGS)) or "mean"


def encoder_files(name: str) -> EncoderFiles:
    """Find the files by what ``encoder.name`` holds.

    Raises:
        InputError: if it is the path of a folder that is not there or has no ``config.json``.
    """
    folder = Path(name)
    if name.startswith((".", "/", "~")) or folder.exists() or not _HUB_NAME.fullmatch(name):
        if not (folder / "config.json").is_file():
            raise InputError(f"encoder={name}: expected a folder with config.json, found none at {folder}")
        return EncoderFiles(str(folder), name)
    return EncoderFiles(name, name, unreachable=_unreachable(name))


def _unreachable(name: str) -> str | None:
    """Why the hub cannot be asked, or ``None``: one try, where the library alone makes dozens."""
    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        get_hf_file_metadata(hf_hub_url(name, "config.json"), token=get_token(), timeout=_PATIENCE)
    except HfHubHTTPError as error:  # it answered: that there is none, or what it wants first
        return None if error.response.status_code < 500 else str(error).splitlines()[0]
    except Exception as error:  # of the HTTP library, which changes its name with the hub's version
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None
