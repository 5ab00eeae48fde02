"""Accounts on a RabbitMQ for the tests, with the rights that the documentation gives them."""

from __future__ import annotations

import asyncio
from typing import Final

from yarl import URL

from bridge.broker.accounts import Rights
from tests.services.rabbitmq import RabbitMQ

PASSWORD: Final = "made-up"


class Grant:
    """Makes accounts for one virtual host."""

    def __init__(self, rabbitmq: RabbitMQ, vhost_url: str) -> None:
        """Take the URL of the virtual host."""
        self._rabbitmq = rabbitmq
        self._url = URL(vhost_url)

    def user(self, name: str) -> str:
        """Name an account: the server has all of them, of every virtual host."""
        return f"{self._url.path[1:]}-{name}"

    async def account(self, name: str, rights: Rights) -> str:
        """Make an account and return the URL with which it connects; takes seconds."""
        user = self.user(name)
        commands = [
            ("add_user", user, PASSWORD),
            *(tuple(each) for each in rights.commands(user, self._url.path[1:])),
        ]
        for command in commands:
            await asyncio.to_thread(self._rabbitmq.ctl, *command)
        return str(self._url.with_user(user).with_password(PASSWORD))
