"""Places that only some systems have."""

from pathlib import Path

import pytest

OF_LINUX = pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc, in which nothing can be made")
