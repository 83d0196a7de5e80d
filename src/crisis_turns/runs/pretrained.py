"""``run=pretrained``: the run folder that the package carries, and what names it."""

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "pretrained"
PRETRAINED = Path(__file__).parents[1] / NAME
"""Written by ``python -m notebooks.packaged.make`` of a checkout, and by nothing else."""


def run_path(given: str | Path) -> Path:
    """The folder that ``run=…`` names: of the text ``pretrained`` the one in the package, of all else the path.

    A folder of one's own that is called so is ``./pretrained``, or a :class:`Path`.
    """
    if given != NAME:
        return Path(os.path.expanduser(given))  # Path.expanduser raises for a user who is not there
    if Path(NAME).is_dir():
        log.warning("run=%s is the tagger in the package; the folder of that name here is ./%s", NAME, NAME)
    return PRETRAINED
