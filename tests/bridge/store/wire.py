"""A wire to the database server that can fall silent, with connections left open."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from sqlalchemy import make_url


class Wire:
    """Forwards bytes both ways while ``open`` is set."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self.open = asyncio.Event()
        self.open.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address of the server, through this wire."""
        port = self._server.sockets[0].getsockname()[1]
        return self._target.set(port=port).render_as_string(hide_password=False)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far, out = await asyncio.open_connection(self._target.host, self._target.port)
        with suppress(OSError, asyncio.CancelledError):
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(near, out))
                both.create_task(self._pump(far, back))
        self._tasks.discard(task)
        out.close()
        back.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self.open.wait()
            sink.write(data)
            await sink.drain()
        sink.close()
