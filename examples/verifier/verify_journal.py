"""Walk the sealed journal of haochaping without haochaping.

    python verify_journal.py data/haochaping.db [PUBLIC_KEY_HEX]
    python verify_journal.py postgresql://reader@host/name [PUBLIC_KEY_HEX]

Prints every seal's head, names each row that was changed, exits with 5 when anything was.
Needs `cryptography`, and `psycopg` for PostgreSQL. Give the key that was published elsewhere.
"""

import hashlib
import sqlite3
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def digest(kind, subject, at, payload):
    parts = (kind, subject, str(at), payload)
    return hashlib.sha256("\n".join(f"{len(p)}:{p}" for p in parts).encode()).digest()


def root_of(leaves):
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2])]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else bytes(32)


def signed(key, signature, head):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, head)
    except InvalidSignature:
        return False
    return True


def check(conn, order, pinned=None):
    """Yield what does not fit: (seal, row or None, words)."""
    columns = "number, last_xid, last_seq, count, leaves, root, head, signature, public_key"
    cursor = conn.cursor()
    cursor.execute(f"SELECT {columns} FROM journal_seal ORDER BY number")
    seals, previous, end = [tuple(map(plain, row)) for row in cursor.fetchall()], bytes(32), None
    for number, xid, seq, count, leaves, root, head, signature, key in seals:
        leaves = [leaves[i : i + 32] for i in range(0, len(leaves), 32)]
        told = (str(number).encode(), previous, root, str(count).encode())
        sound = root_of(leaves) == root and len(leaves) == count
        chained = hashlib.sha256(b"|".join(told)).digest() == head
        if not (sound and chained and signed(key, signature, head) and key == (pinned or key)):
            yield number, None, "root, chain or signature does not fit"
        here = (xid, seq) if len(order) == 2 else (seq,)
        span = f"({', '.join(order)}) <= ({', '.join(map(str, here))})"
        span += f" AND ({', '.join(order)}) > ({', '.join(map(str, end))})" if end else ""
        cursor.execute(f"SELECT seq, kind, subject, at, payload FROM journal WHERE {span}")
        rows = cursor.fetchall()
        yield from ((number, r[0], "was changed") for r in rows if digest(*r[1:]) not in leaves)
        if len(rows) != count:
            yield number, None, f"has {len(rows)} rows, {count} were sealed"
        previous, end = head, here
        print(f"seal {number}\t{head.hex()}")


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def main(place, key=""):
    if place.startswith("postgresql:"):
        import psycopg

        conn, order = psycopg.connect(place), ("xid", "seq")
    else:
        conn, order = sqlite3.connect(f"file:{place}?mode=ro", uri=True), ("seq",)
    found = list(check(conn, order, bytes.fromhex(key)))
    for number, row, words in found:
        print(f"seal {number}\trow {row if row is not None else '-'}\t{words}")
    print("changed" if found else "sound")
    return 5 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
