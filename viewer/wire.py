"""How a caller and the render server speak over a stream socket.

Caller: 32 bytes that stand for the box. Server: ``STARTED`` when it is this one's turn.
Caller: head and content, each after its length. Renderer: the result after its length. When
a renderer dies without one, the server sends a single byte that says why.
"""

import socket
import struct

BOX_BYTES = 32
STARTED = b"S"
TIME, MEMORY, OUTPUT, CRASH = b"T", b"M", b"O", b"C"
REASONS = {TIME: "time", MEMORY: "memory", OUTPUT: "output", CRASH: "crash"}

_LENGTH = struct.Struct(">Q")


class Ended(Exception):
    """The other side closed the line; ``rest`` is what came before."""

    def __init__(self, rest: bytes) -> None:
        super().__init__(len(rest))
        self.rest = rest


def send_block(line: socket.socket, *blocks: bytes) -> None:
    for block in blocks:
        line.sendall(_LENGTH.pack(len(block)))
        line.sendall(block)


def receive_block(line: socket.socket, at_most: int) -> bytes:
    """One block. Raises Ended, or ValueError when it is announced as larger than that."""
    (length,) = _LENGTH.unpack(receive(line, _LENGTH.size))
    if length > at_most:
        raise ValueError(length)
    return receive(line, length)


def receive(line: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        piece = line.recv(min(count - len(found), 1 << 20))
        if not piece:
            raise Ended(bytes(found))
        found += piece
    return bytes(found)
