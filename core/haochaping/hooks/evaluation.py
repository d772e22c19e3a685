"""Hooks and values of the evaluation family: how a rating comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Any

from haochaping.hooks.kinds import Combine, contributes, decides, observes
from haochaping.hooks.values import (
    Channel,
    EvaluationStatus,
    Grade,
    Identity,
    Occurrence,
    OccurrenceKey,
    Provenance,
    RaterRole,
    Words,
)

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A channel a plugin adds, kept in figures under one of the core's channels."""

    name: str
    label: Words
    counted_as: Channel


@dataclass(frozen=True, slots=True)
class Question:
    """One further question on the form, answered by choosing options.

    `options` maps option codes (own namespace, for example `zj.hall.01`) to labels.
    """

    code: str
    text: Words
    options: Mapping[str, Words]
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class PromptField:
    """One line of the rating screen: a label and the value shown beside it."""

    name: str
    label: Words
    value: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class ReceiptBlock:
    """One block of the paper receipt.

    kind: `heading`, `field`, `text`, `qr`, `code`, `rule` (a line across), `space`, `paper`
    (prints nothing: its value, `58`, `80` or `a4`, is the paper the receipt is laid out for).
    `label` is used by `field`; `value` is the text, or the address inside the QR code;
    a `qr` or `code` block with an empty value gets the rating link or short code.
    """

    kind: str
    value: str = ""
    label: Words | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class Submission:
    """A rating that wants in, validated against the form, not yet stored.

    `person_index` is the keyed hash of the rater's identity number, for look-ups
    in a plugin's own tables; None when the rater is not identified.
    `text` is the rater's own words, empty when there are none.
    """

    occurrence: Occurrence
    round: int
    grade: Grade
    options: tuple[str, ...]
    text: str
    channel: Channel
    provenance: Provenance
    identity: Identity
    rater_role: RaterRole
    person_index: str | None
    at: datetime


class Verdict(IntEnum):
    """What to do with a submission; the largest of several answers wins."""

    ACCEPT = 0
    EXCLUDE = 1
    """Stored and counted as excluded, in no other figure."""
    HOLD = 2
    """Stored, not counted until released."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer to `evaluation_admit`: a verdict and, unless accepted, the reason.

    `reason` is a stable word such as `malicious_rater`, `notice` is shown to the rater.
    """

    verdict: Verdict
    reason: str = ""
    notice: Words | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """An integrity flag for people to look at; it never voids anything by itself."""

    code: str
    reason: Words
    weight: int = 1


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """A stored evaluation as plugins see it: no rater, no text."""

    key: OccurrenceKey
    """Key of the evaluation: region, month served, evaluation id."""
    occurrence: Occurrence
    round: int
    grade: Grade
    options: tuple[str, ...]
    has_text: bool
    channel: Channel
    provenance: Provenance
    identity: Identity
    rater_role: RaterRole
    status: EvaluationStatus
    submitted_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class EvaluationEvent:
    """Something that happened to an evaluation.

    `idempotency_key` is the same whenever the same event is delivered again.
    """

    kind: str
    """recorded | amended | voided | withdrawn | released"""
    idempotency_key: str
    evaluation: EvaluationView
    at: datetime
    details: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


class EvaluationHooks:
    """Specs of the evaluation family."""

    @contributes(ChannelSpec)
    def evaluation_channels(self) -> Iterable[ChannelSpec]:  # type: ignore[empty-body]
        """Add channels by which ratings come in.

        Kind: contributes. Combination: all, names must be unique.
        Failure: the deployment refuses to start and names the plugin.

        :returns: the channels added.
        :since: 1
        """

    @decides(Question, Combine.ALL)
    def evaluation_questions(  # type: ignore[empty-body]
        self, occurrence: Occurrence, channel: Channel
    ) -> Iterable[Question]:
        """Add questions to the form of one occurrence.

        Kind: decides. When: as the form is shown. Combination: all, in plugin order.
        Failure: the form is shown without this plugin's questions; the failure is counted.

        :param occurrence: the service that will be rated.
        :param channel: where the form is shown.
        :returns: questions shown after the five grades.
        :since: 1
        """

    @decides(PromptField, Combine.ALL)
    def evaluation_prompt(self, occurrence: Occurrence) -> Iterable[PromptField]:  # type: ignore[empty-body]
        """Say what the rating screen shows about the service.

        Kind: decides. When: as the screen is shown. Combination: all, sorted by `order`;
        a field of the same `name` replaces the core's own.
        Failure: the core's own fields are shown; the failure is counted.

        :param occurrence: the service that will be rated.
        :returns: fields of the screen; an empty value hides the core's field.
        :since: 1
        """

    @decides(ReceiptBlock, Combine.ALL)
    def evaluation_receipt(self, occurrence: Occurrence) -> Iterable[ReceiptBlock]:  # type: ignore[empty-body]
        """Say what the paper receipt shows.

        Kind: decides. When: as the receipt is printed. Combination: all, sorted by `order`;
        the core's plain receipt is used when there is no answer.
        Failure: the plain receipt is printed; the failure is counted.

        :param occurrence: the service that can be rated with the receipt.
        :returns: blocks of the receipt.
        :since: 1
        """

    @decides(Admission, Combine.STRICTEST)
    def evaluation_admit(self, submission: Submission) -> Admission | None:
        """Accept, hold or exclude a rating.

        Kind: decides. When: at intake, before the transaction; again when a held
        rating is retried. Combination: strictest (hold over exclude over accept).
        Failure: the rating is held and shown to the supervisor; nothing is lost.

        :param submission: the rating, validated against its form.
        :returns: None or an admission.
        :since: 1
        """

    @decides(Signal, Combine.ALL)
    def evaluation_signals(self, evaluation: EvaluationView) -> Iterable[Signal]:  # type: ignore[empty-body]
        """Flag a rating for people to look at.

        Kind: decides. When: in the worker, after commit. Combination: all.
        Failure: no flag from this plugin; the failure is counted.

        :param evaluation: the stored evaluation.
        :returns: flags with reasons.
        :since: 1
        """

    @observes()
    def evaluation_recorded(self, event: EvaluationEvent) -> None:
        """React to a stored rating.

        Kind: observes. When: in the worker, after commit, in order per occurrence.
        Failure: retried with back-off, then parked and shown.

        :param event: what happened, with its idempotency key.
        :since: 1
        """

    @observes()
    def evaluation_amended(self, event: EvaluationEvent) -> None:
        """React to a rating changed or withdrawn by its rater.

        Kind: observes. When: in the worker, after commit, in order per occurrence.
        Failure: retried with back-off, then parked and shown.

        :param event: what happened; `details["previous_grade"]` is the grade before.
        :since: 1
        """

    @observes()
    def evaluation_voided(self, event: EvaluationEvent) -> None:
        """React to a rating declared void.

        Kind: observes. When: in the worker, after commit, in order per occurrence.
        Failure: retried with back-off, then parked and shown.

        :param event: what happened; `details["reason"]` says why.
        :since: 1
        """
