"""One example of every hook: shown in the reference, written by `plugin new --hooks`, tested."""

from __future__ import annotations

import re
from collections.abc import Iterable

from haochaping.hooks.deployment import (
    ApiResource,
    Command,
    ConsolePanel,
    DeviceProtocol,
    IdentityProvider,
    ImportKind,
    MessageGateway,
    MessageReceiver,
    Page,
    PayloadCrypto,
    PublicPanel,
    ReceiptPrinter,
    Scene,
    ScheduledJob,
    TableSet,
    TicketGateway,
    UplinkDialect,
)
from haochaping.hooks.disclosure import (
    BoardSpec,
    BulletinView,
    PublishedEvent,
    Redaction,
    ReviewView,
    Section,
)
from haochaping.hooks.evaluation import (
    Admission,
    ChannelSpec,
    EvaluationEvent,
    EvaluationView,
    PromptField,
    Question,
    ReceiptBlock,
    Signal,
    Submission,
    Verdict,
)
from haochaping.hooks.grading import (
    Award,
    Indicator,
    Measures,
    MeasureSpec,
    PeriodEvent,
)
from haochaping.hooks.kinds import hookimpl
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.rectification import (
    CaseEvent,
    CaseView,
    DeadlineEvent,
    Plan,
    PlanStep,
    Route,
    Rung,
    Visit,
)
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Channel, Duration, Occurrence, Period, Subject, Unit, Words


class Examples(Plugin):
    """Every hook once. A plugin implements the few that it needs."""

    name = "examples"
    api_version = 1
    title_zh = "钩子示例"
    title_en = "Examples of hooks"

    @hookimpl
    def evaluation_channels(self) -> Iterable[ChannelSpec]:
        """Add ratings on the television set, counted with those of the web."""
        label = Words("电视端", "Television")
        return [ChannelSpec(f"{self.name}.tv", label, Channel.WEB)]

    @hookimpl
    def evaluation_questions(self, occurrence: Occurrence, channel: Channel) -> Iterable[Question]:
        """Ask visitors of a hall whether they came once only."""
        if occurrence.hall is None:
            return []
        text = Words("是否只跑一次？", "Was one visit enough?")
        options = {
            f"{self.name}.once": Words("是", "Yes"),
            f"{self.name}.again": Words("否", "No"),
        }
        return [Question(f"{self.name}.visits", text, options)]

    @hookimpl
    def evaluation_prompt(self, occurrence: Occurrence) -> Iterable[PromptField]:
        """Show the case number on the rating screen."""
        return [PromptField("case_no", Words("办件编号", "Case"), occurrence.case_no[:40])]

    @hookimpl
    def evaluation_receipt(self, occurrence: Occurrence) -> Iterable[ReceiptBlock]:
        """Print whom to call above the QR code."""
        call = Words("监督电话", "Complaints")
        return [ReceiptBlock("field", "12345", call, order=10), ReceiptBlock("qr", order=20)]

    @hookimpl
    def evaluation_admit(self, submission: Submission) -> Admission | None:
        """Hold a bad rating on paper that says nothing, until somebody has looked at the sheet."""
        empty = not submission.text.strip() and not submission.options
        if submission.channel is Channel.PAPER and submission.grade <= 2 and empty:
            return Admission(Verdict.HOLD, "paper_without_words")
        return None

    @hookimpl
    def evaluation_signals(self, evaluation: EvaluationView) -> Iterable[Signal]:
        """Flag ratings that were received long after the service."""
        served = evaluation.occurrence.served_at
        if served is None or (evaluation.received_at - served).days < 90:
            return []
        return [Signal(f"{self.name}.late", Words("服务后超过 90 日评价", "Rated after 90 days"))]

    @hookimpl
    def evaluation_recorded(self, event: EvaluationEvent) -> None:
        """Note in the sealed journal that somebody was very satisfied."""
        if event.evaluation.grade == 5:
            self.services.audit("praised", event.idempotency_key, {"grade": 5})

    @hookimpl
    def evaluation_amended(self, event: EvaluationEvent) -> None:
        """Note in the sealed journal which way a rating was changed."""
        before = int(event.details.get("previous_grade", event.evaluation.grade))
        better = event.evaluation.grade > before
        self.services.audit("amended", event.idempotency_key, {"better": better})

    @hookimpl
    def evaluation_voided(self, event: EvaluationEvent) -> None:
        """Note in the sealed journal why a rating became void."""
        reason = str(event.details.get("reason", ""))
        self.services.audit("voided", event.idempotency_key, {"reason": reason})

    @hookimpl
    def grading_indicators(self) -> Iterable[Indicator]:
        """Add an indicator that the formula `active_rate` feeds."""
        return [Indicator(f"{self.name}.active", Words("主动评价率", "Active"), "active_rate")]

    @hookimpl
    def grading_measures(self) -> Iterable[MeasureSpec]:
        """Add the share of cases that were opened again."""
        label = Words("重开率", "Reopened")
        return [MeasureSpec(f"{self.name}.reopened", label, "cases_reopened", "cases_opened")]

    @hookimpl
    def grading_appraise(
        self, subject: Subject, period: Period, measures: Measures
    ) -> Iterable[Award]:
        """Take half a point off units with more than two bad ratings in a hundred."""
        rate = measures.named.get("bad_rate")
        share = rate.value if rate is not None else None
        if subject.kind != "organization" or share is None or share * 100 <= 2:
            return []
        name, reason = Words("差评率偏高", "Bad ratings"), Words("高于 2%", "Above 2 %")
        return [Award("points", name, reason, points=-50)]

    @hookimpl
    def grading_period_closed(self, event: PeriodEvent) -> None:
        """Note in the sealed journal that a month was closed."""
        self.services.audit("closed", event.period.name, {"first": str(event.period.first)})

    @hookimpl
    def rectification_plan(self, case: CaseView) -> Plan | None:
        """Answer simple cases within 7 calendar days, complex ones within 15."""
        days = 15 if case.complexity == "complex" else 7
        reply = Duration(days, Unit.CALENDAR_DAY)
        return Plan((PlanStep("reply", reply, holiday_end="stays", source="§ 12"),))

    @hookimpl
    def rectification_route(self, case: CaseView) -> Route | None:
        """Send a case to the unit that the person at the window belongs to."""
        service = case.occurrence
        if service is None or service.staff_organization_id is None:
            return None
        return Route(service.staff_organization_id, reason="窗口人员所属单位")

    @hookimpl
    def rectification_warnings(self, case: CaseView) -> Iterable[Rung]:
        """Warn the head of the unit one working day before the reply is due."""
        return [Rung(2, "reply", Duration(1, Unit.WORKDAY), before=True, to="unit_head")]

    @hookimpl
    def rectification_visits(self, case: CaseView) -> Iterable[Visit]:
        """Call whoever was very dissatisfied within three working days of the reply."""
        if case.grade != 1:
            return []
        return [Visit("phone", Duration(3, Unit.WORKDAY), "非常不满意逐件回访")]

    @hookimpl
    def case_opened(self, event: CaseEvent) -> None:
        """Note in the sealed journal that a case was opened."""
        self.services.audit("opened", event.case.public_id, {"grade": int(event.case.grade)})

    @hookimpl
    def case_moved(self, event: CaseEvent) -> None:
        """Note in the sealed journal between which states a case moved."""
        way = {"from": str(event.details.get("from")), "to": str(event.details.get("to"))}
        self.services.audit("moved", event.idempotency_key, way)

    @hookimpl
    def case_closed(self, event: CaseEvent) -> None:
        """Tell the supervisor's inbox that a case has ended; the business id keeps it to once."""
        case = event.case
        message = OutgoingMessage(
            business_id=f"{self.name}:{event.idempotency_key}",
            to="supervisor",
            organization_id=case.organization_id,
            gateway="inbox",
            subject=Words("差评工单已办结", "A case was closed"),
            body=Words(f"工单 {case.public_id} 已办结", f"Case {case.public_id} was closed"),
        )
        self.services.messages.send(message)

    @hookimpl
    def deadline_reached(self, event: DeadlineEvent) -> None:
        """Note in the sealed journal that a reply was late."""
        if event.deadline == "reply" and event.level == 0:
            self.services.audit("late", event.case.public_id, {"deadline": event.deadline})

    @hookimpl
    def disclosure_boards(self) -> Iterable[BoardSpec]:
        """Add a board of halls by the share of services that were rated."""
        title = Words("大厅主动评价榜", "Halls by active ratings")
        return [BoardSpec(f"{self.name}.halls", title, "hall", "active_rate", descending=True)]

    @hookimpl
    def disclosure_redact(self, review: ReviewView) -> Iterable[Redaction]:
        """Mask licence plates in a comment."""
        found = re.finditer(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}", review.text)
        return [Redaction(plate.start(), plate.end(), "plate") for plate in found]

    @hookimpl
    def disclosure_sections(self, bulletin: BulletinView) -> Iterable[Section]:
        """Add a section to the internal edition of a bulletin."""
        if bulletin.edition != "internal":
            return []
        heading = Words("本地情况", "Local matters")
        months = Words(f"{bulletin.period.name} 无补充", "Nothing to add")
        return [Section(heading, (months,))]

    @hookimpl
    def disclosure_published(self, event: PublishedEvent) -> None:
        """Note in the sealed journal what was published."""
        self.services.audit("published", event.idempotency_key, {"kind": event.kind})

    @hookimpl
    def database_tables(self) -> Iterable[TableSet]:
        """Add the table of notes; its words are no personal data."""
        package = self.package()
        neutral = (f"{self.name}_note.public_id", f"{self.name}_note.outcome")
        return [TableSet(f"{package}.tables:metadata", f"{package}.migrations", neutral=neutral)]

    @hookimpl
    def web_pages(self) -> Iterable[Page]:
        """Add a public page at /x/<plugin>/."""
        return [Page("/", f"{self.package()}.handlers:show", "public")]

    @hookimpl
    def api_resources(self) -> Iterable[ApiResource]:
        """Add a resource at /api/v1/x/<plugin>/state that everybody may read."""
        return [ApiResource("/state", f"{self.package()}.handlers:state", "public")]

    @hookimpl
    def cli_commands(self) -> Iterable[Command]:
        """Add the command `haochaping <plugin> hello`."""
        return [Command("hello", "问候 / greet", f"{self.package()}.handlers:hello")]

    @hookimpl
    def console_panels(self) -> Iterable[ConsolePanel]:
        """Lead from the console's menu to a page of the plugin."""
        return [ConsolePanel("overview", Words("本地概览", "Overview"), "/", "case.read")]

    @hookimpl
    def public_panels(self) -> Iterable[PublicPanel]:
        """Lead from the public pages to a page of the plugin."""
        return [PublicPanel("local", Words("本地服务", "Local"), "/")]

    @hookimpl
    def scheduled_jobs(self) -> Iterable[ScheduledJob]:
        """Tidy every night at twenty past three."""
        return [ScheduledJob("tidy", "20 3 * * *", f"{self.package()}.handlers:tidy")]

    @hookimpl
    def import_kinds(self) -> Iterable[ImportKind]:
        """Take in a file of notes."""
        title, columns = Words("备注", "Notes"), ("case_no", "note")
        take = f"{self.package()}.handlers:take_rows"
        return [ImportKind(f"{self.name}_notes", title, columns, take)]

    @hookimpl
    def message_gateways(self) -> Iterable[MessageGateway]:
        """Send messages through a messenger of one's own."""
        title = Words("本地消息平台", "Local messenger")
        return [
            MessageGateway(f"{self.name}_chat", title, f"{self.package()}.handlers:make_sender")
        ]

    @hookimpl
    def message_receivers(self) -> Iterable[MessageReceiver]:
        """Read the replies that an SMS platform hands in, in its own form."""
        title = Words("本地短信平台", "Local SMS platform")
        make = f"{self.package()}.handlers:make_receiver"
        return [MessageReceiver(f"{self.name}_sms", title, make)]

    @hookimpl
    def ticket_gateways(self) -> Iterable[TicketGateway]:
        """Take tickets from the city's hotline and report back."""
        title = Words("市民热线", "City hotline")
        return [
            TicketGateway(f"{self.name}_hotline", title, f"{self.package()}.handlers:make_other")
        ]

    @hookimpl
    def identity_providers(self) -> Iterable[IdentityProvider]:
        """Let staff sign in with the government's own identity service."""
        title, make = Words("统一身份认证", "Single sign-on"), "handlers:make_other"
        return [IdentityProvider(f"{self.name}-sso", title, f"{self.package()}.{make}")]

    @hookimpl
    def device_protocols(self) -> Iterable[DeviceProtocol]:
        """Speak the language of a maker's window devices."""
        title = Words("某厂评价器", "A maker's device")
        return [
            DeviceProtocol(f"{self.name}_device", title, f"{self.package()}.handlers:make_other")
        ]

    @hookimpl
    def receipt_printers(self) -> Iterable[ReceiptPrinter]:
        """Print receipts as plain text."""
        title = Words("纯文本小票", "Plain text")
        return [
            ReceiptPrinter(f"{self.name}_text", title, f"{self.package()}.handlers:make_printer")
        ]

    @hookimpl
    def uplink_dialects(self) -> Iterable[UplinkDialect]:
        """Speak the language of the province's platform."""
        title = Words("省级平台", "Provincial platform")
        return [
            UplinkDialect(f"{self.name}_uplink", title, f"{self.package()}.handlers:make_other")
        ]

    @hookimpl
    def payload_crypto(self) -> Iterable[PayloadCrypto]:
        """Sign payloads as the province's platform wants it."""
        title = Words("省级平台签名", "Provincial signature")
        return [PayloadCrypto(f"{self.name}_seal", title, f"{self.package()}.handlers:make_other")]

    @hookimpl
    def demonstration_scenes(self) -> Iterable[Scene]:
        """Play a scene while a demonstration is made."""
        return [Scene(self.name, f"{self.package()}.handlers:play")]
