"""What the user is told about an encoder on standard error, and in ``train.log`` while a run trains: each line once."""

import functools
import logging

log = logging.getLogger(__name__)


@functools.cache
def tell(line: str) -> None:
    """Log the line as a warning, unless this process has done so before."""
    log.warning("%s", line)
