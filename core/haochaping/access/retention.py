"""What is personal in the database, what it is for, and how long it is kept.

One register for all tables of the core; plugins declare their own with their `TableSet`. A
column of numbers, moments or flags is no personal data unless its name says so; a column of
words or bytes is personal unless its name is a known code word (`CODE_WORDS`) or it is
named in `NEUTRAL`. What is neither is a fault that a test finds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from haochaping.hooks.deployment import TableSet
from haochaping.hooks.values import Words
from haochaping.store import types


class Keep(StrEnum):
    """How long something is kept."""

    PERSON = "person"
    """`privacy.keep_days.person` after the last service and rating of the person."""
    WORDS = "words"
    """`privacy.keep_days.words` after it was received."""
    MESSAGE = "message"
    """`privacy.keep_days.message` after it was queued."""
    PHOTO = "photo"
    """`privacy.keep_days.photo` after it was received."""
    DAYS = "days"
    """A few days: deleted by a nightly job as soon as it has no use."""
    FIGURES = "figures"
    """As long as the figures: a number that names nobody once the person is erased."""
    ACCOUNT = "account"
    """As long as the account of a member of staff, and the audit of what it did."""
    AUDIT = "audit"
    """As long as the journal: it proves who did what."""
    PUBLISHED = "published"
    """Until it is withdrawn from publication."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Why a column is there and how long it stays."""

    purpose: Words
    keep: Keep


RATER: Final = Personal(
    Words("联系和核实评价人，处理差评", "To reach and verify raters about bad reviews"),
    Keep.PERSON,
)
SEARCH: Final = Personal(
    Words("凭证件号或电话查找本人，不能反推", "To find a person by number; cannot be reversed"),
    Keep.PERSON,
)
LINK: Final = Personal(
    Words("把评价与办事人对应，防止代评和重复", "To tie a rating to who was served"),
    Keep.FIGURES,
)
SAID: Final = Personal(
    Words("评价人写的话，供整改和公开前审核", "What raters wrote, for rectification"), Keep.WORDS
)
CASE_WORDS: Final = Personal(
    Words("办理差评的往来文字", "What was written while a case was handled"), Keep.WORDS
)
STAFF: Final = Personal(
    Words("工作人员登录和留痕", "For staff to sign in, and a trace of what they did"), Keep.ACCOUNT
)
TRACE: Final = Personal(
    Words("记录谁在何时做了什么", "A record of who did what and when"), Keep.AUDIT
)
SENT: Final = Personal(
    Words("发送通知和验证码", "To send notices and one-time codes"), Keep.MESSAGE
)
PROOF: Final = Personal(
    Words("验证手机号，限制次数", "To prove a number and limit attempts"), Keep.DAYS
)
TRAIL: Final = Personal(
    Words("识别异常评价的密钥哈希，只在当天可比", "Keyed hashes of a day, to find odd ratings"),
    Keep.DAYS,
)
VOTE: Final = Personal(
    Words("每位访客只投一票，防止刷票", "One vote of a visitor, and against floods of votes"),
    Keep.DAYS,
)
HANDED_IN: Final = Personal(
    Words("办理评价和差评时提交的图片和文件", "Pictures and files handed in about a rating"),
    Keep.PHOTO,
)
SHOWN: Final = Personal(
    Words("经审核公开的评价文字", "Texts of raters, reviewed and published"), Keep.PUBLISHED
)
REFUSAL: Final = Personal(
    Words("记住不愿收短信的号码", "To remember who wants no texts"), Keep.PERSON
)

PERSONAL: Final[Mapping[str, Personal]] = MappingProxyType(
    {
        "vault_person.sealed": RATER,
        "vault_person.commitment": RATER,
        "vault_person.index_mac": SEARCH,
        "vault_person.mobile_mac": SEARCH,
        "vault_key.wrapped": RATER,
        "evaluation.person_id": LINK,
        "evaluation.text_sealed": SAID,
        "evaluation.receipt": LINK,
        "service_case.person_id": LINK,
        "service_case.agent_person_id": LINK,
        "service_case.case_no": LINK,
        "opinion.text_sealed": SAID,
        "review.text": SHOWN,
        "open_data_piece.content": SHOWN,
        "review_search.grams": SHOWN,
        "review_vote.visitor": VOTE,
        "review_vote.network": VOTE,
        **dict.fromkeys(
            (
                *("typical_case.title", "typical_case.said", "typical_case.found"),
                *("typical_case.done", "typical_case.learnt", "typical_case.english"),
                "typical_search.grams",
            ),
            SHOWN,
        ),
        "typical_case.note": TRACE,
        "attachment.sealed": HANDED_IN,
        "attachment.name_sealed": HANDED_IN,
        "inspection_sample.text_sealed": SAID,
        "paper_sheet.first_sealed": SAID,
        "paper_sheet.second_sealed": SAID,
        "paper_scan.sealed": SAID,
        "case_message.text_sealed": CASE_WORDS,
        "case_contact.note_sealed": CASE_WORDS,
        "case_visit.note_sealed": CASE_WORDS,
        "case_visit.place": CASE_WORDS,
        "case_visit.code": LINK,
        "case_joint.task": CASE_WORDS,
        "case_joint.result": CASE_WORDS,
        "case_finding.improvement": CASE_WORDS,
        "case_finding.process": CASE_WORDS,
        "appeal_audit.note": CASE_WORDS,
        "case_extension.reason": CASE_WORDS,
        "case_appeal.reason_sealed": CASE_WORDS,
        "case_appeal.decision": CASE_WORDS,
        "case_reply.text": CASE_WORDS,
        "case_reply.aside": CASE_WORDS,
        "case_event.note": CASE_WORDS,
        "case_event.public_note": CASE_WORDS,
        "rater_binding.sealed": RATER,
        "rater_binding.person_id": LINK,
        "message.receiver": SENT,
        "message.body_zh": SENT,
        "message.body_en": SENT,
        "message.link": SENT,
        "phone_proof.mobile_mac": PROOF,
        "phone_proof.scope": PROOF,
        "sms_ask.mobile_mac": PROOF,
        "sms_ask.person_id": PROOF,
        "ivr_call.recording": LINK,
        "ivr_call.receipt": LINK,
        "sms_stop.mobile_mac": REFUSAL,
        "appraisal_measure.reason": TRACE,
        "bulletin_move.note": TRACE,
        "appraisal_objection.reason": TRACE,
        "appraisal_objection.decision": TRACE,
        "profile_change.decision": TRACE,
        "profile_change.reason": TRACE,
        "pressure_report.decision": TRACE,
        "rating_trace.device": TRAIL,
        "rating_trace.network": TRAIL,
        "staff_device.device": TRAIL,
        "integrity_flag.about": TRACE,
        "integrity_flag.note": TRACE,
        "account.login": STAFF,
        "account_address.sealed": STAFF,
        "account.name": STAFF,
        "account.password_hash": STAFF,
        "account.totp_sealed": STAFF,
        "session.token_mac": STAFF,
        "session.client": STAFF,
        "login_attempt.login_mac": STAFF,
        "recovery_code.code_mac": STAFF,
        "identity_binding.subject_mac": STAFF,
        "identity_binding.hint": STAFF,
        "identity_attempt.sealed": PROOF,
        "identity_attempt.state_mac": PROOF,
        "identity_attempt.browser_mac": PROOF,
        "staff.number": STAFF,
        "staff.person_id": STAFF,
        "uplink_item.subject": LINK,
        "uplink_item.source_no": LINK,
        "exchange_received.subject": LINK,
        "exchange_ticket.source_no": LINK,
        "exchange_ticket.sealed": SAID,
        "reveal.person_id": TRACE,
        "reveal.purpose": TRACE,
    }
)
"""Columns that hold or point to personal data."""

CODE_WORDS: Final = frozenset(
    "region place path county code name name_en public_name level parent alias uscc kind type state"
    " status stage channel service_channel provenance identity rater_role role queue complexity"
    " outcome confirm reason via by to side gateway gateways provider subject_kind period plugin"
    " business_id subject_zh subject_en reference outcome short_code form_version notice"
    " idempotency_key body_digest public_id origin_kind options from_state to_state source"
    " profile_digest frame_digest seed region_path organization_path media digest client call_id"
    " message_id software signal origin truth handling responsible cause share unit".split()
)
"""Names of columns that hold code words, keys and names of units: never of raters."""

NEUTRAL: Final = frozenset(
    {
        *("journal.subject", "journal.payload", "journal_cursor.name", "journal_parked.reader"),
        *("journal_parked.subject", "journal_parked.error"),
        *(f"journal_seal.{name}" for name in ("leaves", "root", "head", "signature")),
        *("journal_seal.public_key", "rater_binding.consent"),
        *("api_key.key_mac", "api_key.scopes", "device.key_mac", "device.refusals"),
        *("device.keeping", "queue_key.private_sealed", "queue_key.public"),
        *("hall.opening", "import_run.counts", "import_run.rejects", "message_attempt.detail"),
        *("photo_decision.public_code", "open_data_release.made_of"),
        *("typical_case.masked", "typical_case.failure"),
        *(
            "review.masks",
            "review.failure",
            "review_tag.option",
            "period_closing.failures",
            "frozen_figure.cases",
        ),
        *("attachment.owner", "job.dedup", "job.payload", "job.error", "tally_cursor.name"),
        *("rectification_case.plan", "rectification_case.plan_failure"),
        *("case_deadline.text", "case_deadline.rule", "case_deadline.lines"),
        *("case_event.details", "integrity_flag.evidence", "rectification_case.extension"),
        *("bulletin.edition", "bulletin.content", "bulletin.number", "bulletin.remarks"),
        *("bulletin_move.move", "bulletin_file.name", "bulletin_file.content"),
        *("appraisal_measure.evidence", "appraisal_objection.evidence"),
        *("appraisal_objection.matter", "award.evidence"),
        *("analysis_count.month", "analysis_count.facet", "analysis_count.value"),
        *("score_basis.data", "score.basis", "score.code_version", "score.inputs", "score.detail"),
        *("uplink_item.target", "uplink_item.batch_id", "uplink_item.fault_zh"),
        *("uplink_item.fault_en", "uplink_item.mended", "uplink_batch.id", "uplink_batch.target"),
        *("uplink_batch.answer", "uplink_batch.error", "exchange_received.sender"),
        *("exchange_received.batch_id", "exchange_ticket.fault_zh", "exchange_ticket.fault_en"),
        *("exchange_cursor.cursor", "exchange_cursor.error"),
        *("profile_change.key", "profile_change.value"),
        *("process_beat.process", "process_beat.code_version", "process_beat.settings_digest"),
        *("process_beat.failures", "process_beat.paused", "ops_fact.value"),
        *(
            "audit_sample.population",
            "audit_sample.drawn",
            "visit_sample.share",
            "visit_sample.population",
            "visit_sample.drawn",
        ),
    }
)
"""Columns of words or bytes that hold no personal data, by what is written there."""

_TEXTUAL: Final = (types.Words, types.Json, types.Blob, Text)
_PLAIN: Final = (types.Id, types.Int, types.Flag, types.Moment, types.Day, types.Scaled, Integer)
_TELLING: Final = ("person_id", "_mac", "person_index", "mobile", "certificate")
"""Endings of names that always need a declaration, whatever the type."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the core or a plugin declares: personal columns, and those that are not."""

    personal: Mapping[str, Personal]
    neutral: Collection[str]

    def missing(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Return the columns that are declared neither way."""
        return tuple(name for name, column in columns_of(tables) if self._open(name, column))

    def stale(self, tables: Iterable[Table]) -> tuple[str, ...]:
        """Return declarations of columns that are not there."""
        known = {name for name, _ in columns_of(tables)}
        return tuple(sorted({*self.personal, *self.neutral} - known))

    def _open(self, name: str, column: Column[object]) -> bool:
        if name in self.personal or name in self.neutral:
            return False
        if column.name.endswith(_TELLING):
            return True
        if isinstance(column.type, _TEXTUAL) and not isinstance(column.type, types.Day):
            return column.name not in CODE_WORDS
        return not isinstance(column.type, _PLAIN)


CORE: Final = Declared(PERSONAL, NEUTRAL)


def of_plugin(tables: TableSet) -> Declared:
    """Return what a plugin declares of its own tables. Raises ValueError for an unknown `keep`."""
    personal = {one.column: Personal(one.purpose, Keep(one.keep)) for one in tables.personal}
    return Declared(personal, tables.neutral)


def columns_of(tables: Iterable[Table]) -> Iterator[tuple[str, Column[object]]]:
    """Yield every column with its name, `table.column`."""
    for table in tables:
        for column in table.columns:
            yield f"{table.name}.{column.name}", column
