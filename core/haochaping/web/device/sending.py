"""What the window screen asks for and hands in while it is open; all of it JSON.

Answers to a rating are alike whatever the grade: the same words, the same length.
"""

from __future__ import annotations

from flask import Response, jsonify, make_response

from haochaping.evaluation import kept
from haochaping.web import limits
from haochaping.web.codes import grouped
from haochaping.web.device import asking, door
from haochaping.web.device.blueprint import device
from haochaping.web.routes import route
from haochaping.web.site import site


@route(device, "/device/<int:device_id>/next")
def next_service(device_id: int) -> Response:
    """Return the service that was received here just now and can be rated, or 204."""
    found = asking.own(device_id)
    door.heard_of(site(), found)
    service = door.offered(site(), found)
    return Response(status=204) if service is None else jsonify(service)


@route(device, "/device/<int:device_id>/rate", methods=("POST",))
def rate(device_id: int) -> Response:
    """Take in the rating that was given on the screen."""
    limits.spend(limits.RATE, asking.subject(device_id))
    found = asking.own(device_id)
    receipt = door.rate(site(), found, asking.said(device_id))
    return make_response(jsonify(receipt=grouped(receipt.code)), 201)


@route(device, "/device/<int:device_id>/ratings", methods=("POST",))
def take_kept(device_id: int) -> Response:
    """Take in ratings that were kept while the line was down, each with its own answer."""
    found = asking.own(device_id)
    batch = kept.batch_of(found.id, asking.said(device_id))
    limits.spend(limits.KEPT, asking.subject(device_id), len(batch.items))
    fared = kept.take(site().intake, batch)
    results = [{"id": one.id, "status": one.fate, "reason": one.reason} for one in fared]
    return jsonify(results=results, queue_key=door.queue_key(site()))


@route(device, "/device/<int:device_id>/report", methods=("POST",))
def report(device_id: int) -> Response:
    """Note the device's health and tell it the key to seal kept ratings to."""
    limits.spend(limits.REPORT, asking.subject(device_id))
    found = asking.own(device_id)
    door.heard_of(site(), found, door.report_of(asking.said(device_id)))
    return jsonify(queue_key=door.queue_key(site()))
