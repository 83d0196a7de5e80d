"""Work that comes in numbered parts, divided among threads of this process."""

from collections.abc import Callable
from threading import Thread


def work_off(take: Callable[[], int | None], do: Callable[[int], None], *, workers: int) -> None:
    """Do parts until there are no more, or one of them has failed; that failure is raised.

    Args:
        take: the number of the next part, ``None`` behind the last; called by every thread.
        do: the part of this number.
        workers: threads, this one included.
    """
    failures: list[Exception] = []

    def work() -> None:
        try:
            while not failures and (part := take()) is not None:
                do(part)
        except Exception as error:
            failures.append(error)

    # daemons: a process that is told to stop does not wait until they have done their parts
    helpers = [Thread(target=work, daemon=True) for _ in range(workers - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
