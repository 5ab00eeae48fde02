"""Placeholder."""
from __future__ import annotations
from aiohttp import web
from .system import System
class Pages:
    def __init__(self, system: System) -> None:
        self._system = system
    def add_to(self, app: web.Application) -> None:
        return
