"""Files as accidents leave them: bytes flipped, cut and put in, lines swapped and repeated, other encodings."""

import random
from collections.abc import Callable

_HUGE = (b"9" * 25, b"9" * 5000, b"1e999", b"-1", b"NaN", b"0.1", b"1_0", b"")
_PUT_IN = (
    b'"',
    b"'",
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"{",
    b"]",
    b"\xff",
    b"\xe2\x80\xa8",
    b"\\",
    b"\\ud83d",
    b": ",
    b"\x85",
)
Mutation = Callable[[bytes, random.Random], bytes]


def _place(data: bytes, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def flipped(data: bytes, rng: random.Random) -> bytes:
    """One bit of one to four bytes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: _place(data, rng)]


def cut_out(data: bytes, rng: random.Random) -> bytes:
    start = _place(data, rng)
    return data[:start] + data[start + rng.randint(1, 60) :]


def put_in(data: bytes, rng: random.Random) -> bytes:
    at = _place(data, rng)
    return data[:at] + rng.choice(_PUT_IN) + data[at:]


def lines_swapped(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def line_repeated(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"\n".join(lines)


def line_lost(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


def number_changed(data: bytes, rng: random.Random) -> bytes:
    digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return data
    at = rng.choice(digits)
    return data[:at] + rng.choice(_HUGE) + data[at + 1 :]


def nested(data: bytes, rng: random.Random) -> bytes:
    at, depth = _place(data, rng), rng.choice((3, 100_000))
    return data[:at] + rng.choice((b"[", b'{"a":', b"- ")) * depth + data[at:]


def crlf(data: bytes, rng: random.Random) -> bytes:
    return data.replace(b"\n", rng.choice((b"\r\n", b"\r")))


def with_mark(data: bytes, rng: random.Random) -> bytes:
    return rng.choice((b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xff\xfe")) + data


def recoded(data: bytes, rng: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "latin-1", "utf-7")), "replace")


MUTATIONS: tuple[Mutation, ...] = (
    flipped, cut_off, cut_out, put_in, lines_swapped, line_repeated, line_lost, number_changed, nested, crlf, with_mark,
    recoded,
)  # fmt: skip
