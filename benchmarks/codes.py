"""Signing and verifying the code of a rating link, beside itsdangerous (B14).

python benchmarks/codes.py
"""

from __future__ import annotations

from datetime import date

from itsdangerous import URLSafeTimedSerializer
from paired import Way, compare

from haochaping.evaluation.codes import Purpose, Signer
from haochaping.hooks.values import OccurrenceKey

ROUNDS = 5000
DAY = date(2026, 11, 16)


def main() -> None:
    """Measure and print."""
    signer, serializer = Signer({1: bytes(range(32))}), URLSafeTimedSerializer("k" * 32)

    def ours() -> None:
        for number in range(ROUNDS):
            code = signer.sign(Purpose.RATE, OccurrenceKey("330106", 202611, number), DAY)
            signer.verify(Purpose.RATE, code, DAY)

    def theirs() -> None:
        for number in range(ROUNDS):
            code = serializer.dumps(["330106", 202611, number])
            serializer.loads(code, max_age=3600)

    compare(
        "sign and verify one code",
        Way("itsdangerous, timed", theirs, ROUNDS),
        Way("evaluation.codes", ours, ROUNDS),
        most=1 / 3,
    )


if __name__ == "__main__":
    main()
