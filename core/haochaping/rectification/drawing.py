"""The state machine as a diagram and a table, for the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from haochaping.hooks.rectification import CaseState
from haochaping.rectification.machine import MOVES, NEEDS, Move


def diagram() -> str:
    """Return the moves that change the state as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", "    [*] --> opened", *_arrows(), "    closed --> [*]"])


def table() -> str:
    """Return every move as a Markdown table."""
    head = "| action | from | to | who | needs |\n|---|---|---|---|---|"
    return "\n".join([head, *map(_row, MOVES)])


def _arrows() -> Iterator[str]:
    for move in MOVES:
        for before in move.before:
            if move.after is not None and move.after is not before:
                yield f"    {before} --> {move.after}: {move.action}"


def _row(move: Move) -> str:
    after = "stays" if move.after is None else _ended(move)
    needs = "; ".join(NEEDS[need].en for need in move.needs) or "–"
    return (
        f"| `{move.action}` {move.words.zh} ({move.words.en}) | {_states(move.before)} "
        f"| {after} | {_who(move)} | {needs} |"
    )


def _who(move: Move) -> str:
    return " or ".join(f"`{permission}`" for permission in move.who)


def _ended(move: Move) -> str:
    return f"{move.after}" if move.outcome is None else f"{move.after}, {move.outcome}"


def _states(states: tuple[CaseState, ...]) -> str:
    return ", ".join(states)
