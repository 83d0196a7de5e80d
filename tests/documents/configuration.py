"""The generated parts of ``conf/README.md`` and ``docs/sweeps.md``: ``python -m tests.documents.configuration`` writes
them anew.

Keys come with the docstrings of their attributes, choices with the comments that open their files.
"""

import importlib
import re
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from crisis_turns.__main__ import COMMANDS
from crisis_turns.commands.command import CONF, command
from crisis_turns.config import ChatConfig, RunConfig
from crisis_turns.config.keys import Key, keys_of
from tests.support.checkout import ROOT

PAGES = {
    ROOT / "conf" / "README.md": ("choices", "training", "conversations", "commands"),
    ROOT / "docs" / "sweeps.md": ("experiments",),
}
"""Each page with the names of its generated parts."""
MODELS = ("hier_crf", "tfidf", "fast")
"""Between them they have every key of a training run."""


def generated(path: Path) -> str:
    """The page with every part between ``<!-- NAME -->`` and ``<!-- /NAME -->`` as it should be."""
    page, told = path.read_text(encoding="utf-8"), parts()
    for name in PAGES[path]:
        page, n = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\1\n{_literal(told[name])}\n\n\2", page, flags=re.S
        )
        assert n == 1, f"{path}: expected the part '{name}' once, found {n}"
    return page


def parts() -> dict[str, str]:
    return {
        "choices": _choices(("data", "encoder", "model", "trainer", "optim")),
        "training": _training(),
        "conversations": _table(keys_of(ChatConfig).values(), _plain_defaults(ChatConfig)),
        "commands": _commands(),
        "experiments": _experiments(),
    }


def _choices(groups: tuple[str, ...]) -> str:
    rows = [f"| `{group}={name}` | {_comment(group, name)} |" for group in groups for name in _names(group)]
    return "\n".join(("| choice | what |", "|---|---|", *rows))


def _experiments() -> str:
    rows = []
    for name in _names("experiment"):
        values = yaml.safe_load((CONF / "experiment" / f"{name}.yaml").read_text(encoding="utf-8"))
        axes = ", ".join(f"`{key}={text}`" for key, text in values["hydra"]["sweeper"]["params"].items())
        rows.append(f"| `{name}` | {_comment('experiment', name)} | {axes} |")
    return "\n".join(("| `experiment=` | question | what varies |", "|---|---|---|", *rows))


def _training() -> str:
    composed = [_composed("train", f"model={name}") for name in MODELS]
    shared = {f"data.{name}" for name in keys_of(ChatConfig)}
    sections: dict[str, list[Key]] = {}
    for key in keys_of(RunConfig).values():
        if key.name not in shared:
            sections.setdefault(key.name.partition(".")[0] if "." in key.name else "", []).append(key)
    alone = _table(sections.pop(""), *composed)
    return "\n\n".join(
        (f"### Alone\n\n{alone}", *(f"### {name}\n\n{_table(keys, *composed)}" for name, keys in sections.items()))
    )


def _commands() -> str:
    found = []
    for name, entry in COMMANDS.items():
        if name == "train":
            continue
        schema = getattr(importlib.import_module(f"crisis_turns.commands.{name}"), entry.config)
        foreign = {*keys_of(ChatConfig), *command(name, schema).groups}
        values = _composed(name)
        keys = [key for key in keys_of(schema, values).values() if key.name.partition(".")[0] not in _tops(foreign)]
        found.append(f"### {name}\n\n{entry.summary[0].upper()}{entry.summary[1:]}.\n\n{_table(keys, values)}")
    return "\n\n".join(found)


def _tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _table(keys: Any, *composed: dict[str, Any]) -> str:
    rows = [
        f"| `{key.name}` | {_default(key, composed)} | {_cell(key.values)} | {_cell(key.meaning)} |" for key in keys
    ]
    return "\n".join(("| key | default | values | meaning |", "|---|---|---|---|", *rows))


def _default(key: Key, composed: tuple[dict[str, Any], ...]) -> str:
    """From the first configuration that has the key."""
    for values in composed:
        found: Any = values
        for part in key.name.split("."):
            found = found.get(part, ...) if isinstance(found, dict) else ...
        if found is not ...:
            return "required" if found == "???" else f"`{_cell(_text(found))}`"
    return "required" if key.default is ... else f"`{_cell(_text(key.default))}`"


def _text(value: Any) -> str:
    text = (
        yaml.safe_dump(value, default_flow_style=True, width=1000, allow_unicode=True).removesuffix("\n...\n").strip()
    )
    return text.strip("'") if isinstance(value, str) else text


def _composed(name: str, *overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        composed = OmegaConf.to_container(compose(name, list(overrides)), resolve=True)
    assert isinstance(composed, dict)
    return {str(key): value for key, value in composed.items()}


def _plain_defaults(schema: type[ChatConfig]) -> dict[str, Any]:
    return schema().model_dump(mode="json")


def _names(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def _comment(group: str, name: str) -> str:
    """What the comments at the top of a choice's file say."""
    said = []
    for line in (CONF / group / f"{name}.yaml").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if "@package" not in line:
            said.append(line.removeprefix("#").strip())
    assert said, f"conf/{group}/{name}.yaml: expected a comment at the top that says what it is"
    return _cell(" ".join(said))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(generated(path), encoding="utf-8")
