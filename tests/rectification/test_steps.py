"""How the room hangs in the flow: steps by event, handlers by job."""

from __future__ import annotations

from haochaping.jobs import NotYet
from haochaping.journal import Event, Journal
from haochaping.rectification import steps
from haochaping.rectification.records import by_origin

from .conftest import World


def flow(world: World) -> Journal:
    """Return a journal with the room's steps, as the deployment wires them."""
    named = {
        "evaluation.recorded": steps.open_case_if_bad,
        "evaluation.amended": steps.review_case,
        "evaluation.released": steps.open_case_if_bad,
        "evaluation.voided": steps.close_as_void,
    }
    return Journal({kind: (steps.bound(world.context, step),) for kind, step in named.items()})


def emit(world: World, kind: str, event: Event) -> None:
    told = Event(kind, event.subject, event.payload, event.region)
    with world.store.write() as conn:
        flow(world).emit(conn, told, world.clock.now())


def case_of(world: World, event: Event):
    with world.store.read() as conn:
        return by_origin(conn, "evaluation", int(event.subject.rpartition(":")[2]))


def test_a_rating_opens_changes_and_ends_its_case_through_the_flow(world: World):
    event = world.rate(2)
    emit(world, "evaluation.recorded", event)
    assert case_of(world, event).state == "opened"
    worse = world.amend(event, 1)
    emit(world, "evaluation.amended", worse)
    assert case_of(world, event).grade == 1
    emit(world, "evaluation.voided", world.mark(worse, "void"))
    assert case_of(world, event).outcome == "void"


def test_a_better_rating_that_is_released_ends_the_case_of_the_one_before(world: World):
    event = world.rate(2)
    emit(world, "evaluation.recorded", event)
    better = world.amend(event, 5, status="held")
    emit(world, "evaluation.amended", better)
    assert case_of(world, event).outcome is None
    emit(world, "evaluation.released", world.mark(better, "effective"))
    assert case_of(world, event).outcome == "withdrawn"


def test_a_transaction_that_fails_leaves_no_case(world: World):
    event = world.rate(1)
    try:
        with world.store.write() as conn:
            flow(world).emit(conn, event, world.clock.now())
            raise NotYet(world.clock.now(), "anything")
    except NotYet:
        assert case_of(world, event) is None


def test_a_rating_that_nobody_stored_opens_nothing(world: World):
    stranger = Event("evaluation.recorded", "evaluation:330106:202611:7", {"grade": 1}, "330106")
    emit(world, "evaluation.recorded", stranger)
    assert case_of(world, stranger) is None


def test_every_job_of_the_room_has_a_handler(world: World):
    assert set(steps.handlers(world.context)) == {
        "plan",
        "release",
        "deadline",
        "visits",
        "rectification.sample",
        "rectification.audit",
    }
