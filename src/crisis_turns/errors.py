"""The one exception a user of the commands is meant to see."""


class InputError(ValueError):
    """Something the user gave is wrong; the message is one sentence that names it.

    The commands print the message alone and exit with status 2. Anything else that escapes is our bug and
    keeps its traceback.
    """
