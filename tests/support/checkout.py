"""Where the checkout is: commands are started from it as ``python -m src.COMMAND``."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
