"""The example jurisdictions can be imported as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.regions import REGIONS

from haochaping.catalog import importing

EXAMPLES = Path(__file__).parents[2] / "examples" / "catalog"
PLACES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "regions.csv").exists())


@pytest.mark.parametrize("place", PLACES)
def test_every_line_of_an_example_jurisdiction_is_good(store, tmp_path, clock, emit, place):
    context = importing.ImportContext(clock=clock, emit=emit)
    for kind in importing.OWN_KINDS:
        path = EXAMPLES / place / f"{kind.name}.csv"
        rejects = tmp_path / f"{kind.name}.csv"
        report = importing.run(
            importing.ImportJob(store.write, kind, path, context, rejects=rejects)
        )
        assert report.first_refused == ()
        assert report.created > 0


def test_there_is_an_example_for_every_region_with_a_plugin():
    assert PLACES == sorted(REGIONS)
