"""A stretch of a file on its way into a socket, without a copy of it in this process."""

import asyncio
import os
import socket


class Passage:
    """`lead`, then `left` bytes of `file` from `offset`."""

    def __init__(self, lead: bytes, file: int, *, offset: int, left: int) -> None:
        self._lead = lead
        self._file = file
        self._offset = offset
        self.left = left
        self._spare: socket.socket | None = None
        self._end: asyncio.Future[None] | None = None

    def push(self, to: socket.socket) -> bool:
        """Whether the system has now taken all of it.

        Raises EOFError where the file ends before, OSError where it cannot be read or sent.
        """
        try:
            # Without MSG_MORE: one packet for both costs twice as much as two, on Linux 6.18.
            while self._lead:
                self._lead = self._lead[to.send(self._lead) :]
            while self.left:
                sent = os.sendfile(to.fileno(), self._file, self._offset, self.left)
                if not sent:
                    raise EOFError("the file ends before its stretch")
                self._offset += sent
                self.left -= sent
        except BlockingIOError:
            return False
        return True

    def own_file(self) -> None:
        """The file may be closed by whoever opened it; `let_file_go` closes ours."""
        self._file = os.dup(self._file)

    def let_file_go(self) -> None:
        os.close(self._file)

    async def pushed(self, spare: socket.socket, *, after: asyncio.WriteTransport) -> None:
        """Returns once the system has taken all of it, after what `after` has to write.

        Owns `spare`, a duplicate: loops watch no descriptor that a transport has. Raises as `push`,
        and ConnectionError when it was given up.
        """
        loop = asyncio.get_running_loop()
        self._spare, self._end = spare, loop.create_future()
        loop.add_writer(spare.fileno(), self._go_on, after)
        try:
            await self._end
        finally:
            self._let_go()

    def give_up(self) -> None:
        """Nobody takes the rest."""
        self._let_go()
        if self._end is not None and not self._end.done():
            self._end.set_exception(ConnectionResetError("the client is gone"))

    def _go_on(self, after: asyncio.WriteTransport) -> None:
        assert self._spare is not None
        assert self._end is not None
        if self._end.done() or after.get_write_buffer_size():
            return
        try:
            if self.push(self._spare):
                self._end.set_result(None)
        except (OSError, EOFError) as error:
            self._end.set_exception(error)

    def _let_go(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            asyncio.get_running_loop().remove_writer(spare.fileno())
            spare.close()
