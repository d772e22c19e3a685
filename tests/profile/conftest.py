"""What the tests of profiles share: writing a profile and asking for its faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from haochaping.profile import Fault, Known, Profile, ProfileError, load

Write = Callable[..., Path]
FaultsOf = Callable[..., tuple[Fault, ...]]
Loaded = Callable[..., Profile]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(content: str | bytes, name: str = "place") -> Path:
        path = tmp_path / f"{name}.yaml"
        raw = content if isinstance(content, bytes) else dedent(content).encode()
        path.write_bytes(raw)
        return path

    return writing


@pytest.fixture
def loaded(write: Write) -> Loaded:
    def loading(content: str, known: Known | None = None) -> Profile:
        return load(write("extends: base\n" + dedent(content)), known=known or Known())

    return loading


@pytest.fixture
def faults_of(write: Write) -> FaultsOf:
    def faulty(content: str | bytes, known: Known | None = None) -> tuple[Fault, ...]:
        with pytest.raises(ProfileError) as caught:
            load(write(content), known=known or Known())
        return caught.value.faults

    return faulty
