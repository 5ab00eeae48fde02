"""The rules that administrators keep as files: read, checked as a whole, made ready to use."""

from bridge.rules.faults import Fault, RulesInvalid
from bridge.rules.load import Texts, load, load_texts
from bridge.rules.watch import RulesFolder

__all__ = ["Fault", "RulesFolder", "RulesInvalid", "Texts", "load", "load_texts"]
