"""The desk: what people can ask of the bridge, and have it do. The views are made of it."""

from bridge.desk.cures import Healer
from bridge.desk.desk import Desk
from bridge.desk.errors import NotToBeDone
from bridge.desk.explain import Explained, Shown
from bridge.desk.parked import Group
from bridge.desk.state import State, state_of

__all__ = ["Desk", "Explained", "Group", "Healer", "NotToBeDone", "Shown", "State", "state_of"]
