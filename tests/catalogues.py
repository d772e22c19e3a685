"""A small catalogue for tests of whole deployments, and a push body that fits it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from haochaping.catalog import tables as catalog
from haochaping.deployment import Deployment
from haochaping.rectification.actors import Actor

REGION = "330106"
ORGANIZATION = "11990000MB2000004B"
MANAGING = "12990000E00000010A"
HALL, WINDOW, STAFF, ITEM = "H1", "08", "A0017", "I-5"

HANDLER = Actor(
    account_id=71,
    permissions=frozenset({"case.handle", "case.contact", "appeal.file"}),
    organization_paths=("/2/1/",),
)
SUPERVISOR = Actor(account_id=72, permissions=frozenset({"case.supervise"}))


def fill(deployment: Deployment) -> None:
    """Put one hall with one window into the catalogue."""
    place = {"region": REGION, "place": REGION}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (
            catalog.region,
            {
                "code": REGION,
                "name": "西湖区",
                "level": "county",
                "path": f"/{REGION}/",
                "county": REGION,
            },
        ),
        (
            catalog.organization,
            {"id": 2, "code": MANAGING, "uscc": MANAGING, "name": "区政府", "path": "/2/", **place},
        ),
        (
            catalog.organization,
            {
                "id": 1,
                "code": ORGANIZATION,
                "uscc": ORGANIZATION,
                "name": "区人力社保局",
                "parent_id": 2,
                "path": "/2/1/",
                **place,
            },
        ),
        (
            catalog.hall,
            {"id": 3, "code": HALL, "name": "区政务服务中心", "organization_id": 1, **place},
        ),
        (
            catalog.window,
            {"id": 4, "hall_id": 3, "code": WINDOW, "name": "8号窗口", "organization_id": 1},
        ),
        (catalog.staff, {"id": 5, "number": STAFF, "organization_id": 1}),
        (catalog.item, {"id": 6, "code": ITEM, "name": "社保登记"}),
    ]
    with deployment.store.write() as conn:
        for table, row in rows:
            conn.execute(insert(table), row)


def body(deployment: Deployment, number: int = 1, **applicant: str) -> dict[str, Any]:
    """Return the body of a push: one case, one service, received a minute ago."""
    person = {
        "type": "1",
        "name": "测试用户",
        "certificate_type": "111",
        "certificate_no": "990000199001010017",
        "mobile": "13800001234",
        **applicant,
    }
    return {
        "cases": [
            {
                "case_no": f"I-5-20261116-{number:04}",
                "item_code": ITEM,
                "organization_code": ORGANIZATION,
                "status": "concluded",
                "hall_code": HALL,
                "window_code": WINDOW,
                "staff_no": STAFF,
                "applicant": person,
                "occurrences": [
                    {
                        "no": 1,
                        "stage": "conclusion",
                        "service_channel": "hall",
                        "served_at": deployment.clock.now().isoformat(),
                    }
                ],
            }
        ]
    }
