"""
The fault matrix: each fault, what must hold, and the tests that try it.

The rows stand here; which test covers which row is said at the test (`@pytest.mark.covers`). The
table in `docs/explanation/reliability.md` is made of both: ``python -m tests.docs.fault_matrix``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "explanation" / "reliability.md"
BEGIN, END = "<!-- fault matrix: begin -->", "<!-- fault matrix: end -->"

ROWS: Final[dict[str, tuple[str, str]]] = {
    "F1": ("a hint is lost", "the next sweep finds what it was about"),
    "F2": ("a hint comes many times", "one look, no extra write"),
    "F3": ("hints come late, in another order", "one look, nothing else"),
    "F4": ("a hint for a case that is unknown, deleted or not ours", "nothing is made"),
    "F5": ("a read fails", "tried again, then only that side waits"),
    "F6": ("a read shows what stood before our own write", "no edit, nothing is reverted"),
    "F7": ("a list is cut short, or never ends", "never taken for deletion"),
    "F8": ("an answer makes no sense", "the case waits, the worker lives"),
    "F9": ("a write is refused", "that field waits, with the system's words"),
    "F10": ("a write is done, and no answer comes", "no second effect, nothing reverted"),
    "F11": ("that write lands after a newer one", "no edit is lost"),
    "F12": ("half of a write is done", "it becomes whole, no item twice"),
    "F13": ("creates get no answer, several times", "one counterpart"),
    "F14": ("a new case cannot be found at once", "one counterpart"),
    "F15": ("a system cuts, re-cases, rounds, reorders", "nothing comes back damaged"),
    "F16": ("a system sets fields by itself", "an edit of that side, in the journal"),
    "F17": ("a colleague types between our read and our write", "the window is stated below"),
    "F18": ("both sides change one field", "the agreement decides, the loser is told"),
    "F19": ("a system asks to come back later", "waits as told"),
    "F20": ("a system is away for long", "one write for each case that changed"),
    "F21": ("a system accepts and hangs", "a deadline; others go on as before"),
    "F22": ("our account is refused", "that side pauses, says so once, comes back by itself"),
    "F23": ("a certificate that ended, is another's or unknown", "nothing is said; why is told"),
    "F24": ("a redirect, or a link to another place", "not followed; nobody else hears of us"),
    "F25": ("a case is deleted", "waits for a person; never carried over"),
    "F26": ("closed or reopened while a Command flies", "policy; the end goes last"),
    "F27": ("a catalogue changes", "only what it is about waits"),
    "F28": ("clocks differ", "order never hangs on a clock"),
    "F29": ("a transfer is cut", "not delivered in part; tried again"),
    "F30": ("a content is another than was announced", "not delivered; read anew"),
    "F31": ("there is no room for content, or it is gone", "asked for again; nothing else waits"),
    "F32": ("a very large document", "bounded memory; nobody waits for it"),
    "F33": ("a document is withdrawn or replaced while it is brought", "the newest stays"),
    "F34": ("a document is infected, or the scanner is away", "stays out alone; away: waits"),
    "F35": ("a message comes again after its commit", "no second effect"),
    "F36": ("a confirm is lost, a message is returned", "sent again from the outbox"),
    "F37": ("a message that nobody can read, or in another's name", "kept apart with its reason"),
    "F38": ("a connection to the broker breaks", "works again within seconds"),
    "F39": ("the line to the broker goes dead", "noticed, no hang"),
    "F40": ("the broker is killed", "nothing lost, nothing twice"),
    "F41": ("the broker runs out of memory", "everybody waits, hints stay durable"),
    "F42": ("the broker refuses us", "the cause and the way out are told"),
    "F43": ("a queue is purged or deleted", "the outbox and the sweep bring all back"),
    "F44": ("an edge is cut off from the broker", "its side waits, then catches up"),
    "F45": ("two edges for one agency", "the second waits; a frozen one is fenced off"),
    "F46": ("a backlog, and what kills its reader each time", "caught up with; set aside with why"),
    "F47": ("a transaction is undone, or its state is stale", "decided again, the same way"),
    "F48": ("the database is killed, restarted, away", "goes on by itself, nothing is gone"),
    "F49": ("no connection is free, a query is slow", "a deadline, no deadlock"),
    "F50": ("the disk is full", "hints refused, nothing half; goes on when there is room"),
    "F51": ("SQLite is locked", "waits, then says so"),
    "F52": ("a crash between commit and publish", "the outbox sends"),
    "F53": ("a crash between publish and its mark", "sent twice, one effect"),
    "F54": ("power is lost", "synced before it is answered"),
    "F55": ("the store is brought back from a backup", "look first, write later"),
    "F56": ("an older and a newer release beside each other", "what is unknown is left alone"),
    "F57": ("any process is killed at any step", "all laws"),
    "F58": ("a process is frozen, and goes on", "no stale write"),
    "F59": ("a process is asked to end under load", "ends in order, nothing lost"),
    "F60": ("hostile sizes", "refused at once, in bounded memory"),
    "F61": ("the loop stands still, no file can be opened", "the place is told; goes on by itself"),
    "F62": ("our clock jumps", "no storm, no law broken"),
    "F63": ("an agreement starts, changes or ends meanwhile", "nothing crosses without one"),
    "F64": ("tables change meanwhile", "no edit is made up"),
    "F65": ("two operators do the same", "once"),
    "F66": ("a copy of the store is started elsewhere", "refused"),
}


def covering() -> dict[str, list[str]]:
    """Give for each row the tests that say they cover it, by file and name."""
    found: dict[str, list[str]] = {row: [] for row in ROWS}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for row, name in _marked(ast.parse(path.read_text("utf-8"))):
            found.setdefault(row, []).append(f"{path.relative_to(ROOT).as_posix()}::{name}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".covers"):
                for argument in decorator.args:
                    if isinstance(argument, ast.Constant):
                        yield str(argument.value), node.name


def table() -> str:
    """Give the table as it stands in the page."""
    covered = covering()
    lines = ["| | fault | what must hold | tried by |", "|---|---|---|---|"]
    for row, (fault, holds) in ROWS.items():
        tests = [f"[`{each.partition('::')[2]}`](../../{each.partition('::')[0]})"
                 for each in covered[row]]  # fmt: skip
        tried = ", ".join(tests) or "*nothing yet*"
        lines.append(f"| {row} | {fault} | {holds} | {tried} |")
    return "\n".join(lines)


def renewed(text: str) -> str:
    """Give the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
