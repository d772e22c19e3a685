"""Passwords: what is good enough, and how they are kept."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from werkzeug.security import check_password_hash, generate_password_hash

from haochaping.hooks.values import Words
from haochaping.ids import random_code
from haochaping.problems import Problem

METHOD: Final = "scrypt:32768:8:1"
"""Cost of one check: 32 MB and about a tenth of a second."""

SHORTEST: Final = 10
LONGEST: Final = 128
_PASSPHRASE: Final = 16
"""From this length on, the kinds of characters do not matter."""
_KINDS: Final = 3
_COMMON: Final = (
    "password", "passw0rd", "p@ssw0rd", "admin123", "administrator", "qwerty", "qwertyuiop",
    "1q2w3e4r", "1qaz2wsx", "abc123", "123456", "111111", "000000", "888888", "woaini",
    "iloveyou", "welcome", "letmein", "haochaping", "zhengwu",
)  # fmt: skip


class PasswordTooWeak(Problem):
    """The new password would be guessed too soon."""

    code = "HCP-PASSWORD-TOO-WEAK"
    status = 422
    title = Words("新密码不符合要求", "The new password is not strong enough")


def hashed(password: str) -> str:
    """Return the salted scrypt hash of a password."""
    return generate_password_hash(_folded(password), method=METHOD)


def matches(stored: str | None, password: str) -> bool:
    """Say whether the password fits; takes as long when there is no account (None)."""
    fits = check_password_hash(stored or _nobodys(METHOD), _folded(password))
    return fits and stored is not None


def initial() -> str:
    """Return a random password (60 bits) that is easy to type; it must be changed at once."""
    return "-".join(random_code(4) for _ in range(3)).lower()


def require_good(password: str, login: str) -> None:
    """Raise PasswordTooWeak with what is expected of a password for the account `login`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(
            Words(
                f"密码长度应为 {SHORTEST} 至 {LONGEST} 个字符",
                f"Use {SHORTEST} to {LONGEST} characters",
            )
        )
    _require_variety(password)
    _require_uncommon(password.casefold(), login.casefold())


def _require_variety(password: str) -> None:
    if len(set(password)) < 5:
        raise PasswordTooWeak(Words("密码中重复字符过多", "Too many repeated characters"))
    if len(password) < _PASSPHRASE and _kinds(password) < _KINDS:
        raise PasswordTooWeak(
            Words(
                "请混用大写字母、小写字母、数字、符号中的至少三类，"
                f"或使用 {_PASSPHRASE} 个字符以上的口令短语",
                "Mix at least three of capitals, small letters, digits and signs, "
                f"or use a phrase of {_PASSPHRASE} characters or more",
            )
        )


def _require_uncommon(password: str, login: str) -> None:
    if login and login in password:
        raise PasswordTooWeak(Words("密码中不能包含登录名", "Leave the account's name out"))
    letters = password.rstrip("0123456789!@#$%^&*.-_ ")
    if letters in _COMMON or any(
        word in password and len(password) - len(word) < 5 for word in _COMMON
    ):
        raise PasswordTooWeak(Words("密码过于常见", "This password is too common"))


def _kinds(password: str) -> int:
    tests = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    return sum(any(test(sign) for sign in password) for test in tests)


def _folded(password: str) -> str:
    return unicodedata.normalize("NFC", password[: 4 * LONGEST])


@cache
def _nobodys(method: str) -> str:
    return generate_password_hash(random_code(20), method=method)
