"""What happens in the background of a deployment: job handlers, periodic work, worker's duties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from haochaping import renewing, telling
from haochaping.access import lockout, queue_keys, sessions
from haochaping.analysis import counting as analysing
from haochaping.analysis.rules import AnalysisRules
from haochaping.appraisal import stages
from haochaping.appraisal.stages import Day
from haochaping.attachments import files
from haochaping.bulletins import desk, working
from haochaping.channels import daily_survey
from haochaping.channels import steps as channels
from haochaping.channels.inspections import Inspections
from haochaping.coverage import counting
from haochaping.coverage.rules import CoverageRules
from haochaping.delivery import deliver as delivery
from haochaping.delivery import messages, read_receipts
from haochaping.delivery.capping import Cap
from haochaping.disclosure import search, votes
from haochaping.disclosure.steps import PREPARE
from haochaping.evaluation import defaults, own_data, proofs, reminders
from haochaping.evaluation import sending as asking
from haochaping.evaluation.readmission import readmit_handler
from haochaping.evaluation.recording import READMIT
from haochaping.grading import appraisal, closing, periods, tallies
from haochaping.hooks.deployment import ScheduledJob
from haochaping.integrity import loading as examined
from haochaping.integrity.examining import Examiner
from haochaping.integrity.rules import IntegrityRules
from haochaping.jobs import Handler, Job, JobContext, NotYet, Periodic, Runner, enqueue
from haochaping.journal import read_on
from haochaping.journal.observing import Observer, deliver, retry_waiting
from haochaping.journal.sealing import latest, seal_next
from haochaping.logs import log
from haochaping.observers import observers_of
from haochaping.opendata import extracts, releases
from haochaping.operating import beats, partitions
from haochaping.plugins.contributed import LeftOut
from haochaping.plugins.references import load
from haochaping.rectification import audits, recomputing, sampling
from haochaping.rectification import steps as rectification
from haochaping.rectification.context import Context
from haochaping.uplink import collecting, fetching, packing, sending, ticketing
from haochaping.worktime import Calendar

if TYPE_CHECKING:
    from haochaping.deployment import Deployment

SEAL_SECONDS: Final = 5.0
PUBLISH_SECONDS: Final = 15.0
RETRY_SECONDS: Final = 5.0
PACK_SECONDS: Final = 1.0
FETCH_SECONDS: Final = 60.0
CALENDAR_SECONDS: Final = 5.0
SEARCH_SECONDS: Final = 3600.0
PROFILE_SECONDS: Final = 5.0
TIDY, RECOMPUTE = "access.tidy", "rectification.recompute"
REPLAN: Final = "rectification.replan"
EXPIRE: Final = "privacy.expire"
CLOSE_MONTH: Final = "grading.close_month"
APPRAISE: Final = stages.APPRAISE
EXAMINE: Final = "integrity.examine"
SHOW: Final = "analysis.show"
RELEASE: Final = "opendata.release"
_EXTRACTS_KEPT: Final = timedelta(days=7)
_MONTHS_REVISED: Final = 3
_FIRST_CLOSING_DAY: Final = 2


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing the worker does again and again; the call returns how much it did.

    `every` is the least number of seconds between two calls.
    """

    name: str
    call: Callable[[], int]
    every: float = 0.0


def handlers(deployment: Deployment) -> Mapping[str, Handler]:
    """Return the handlers of all jobs by kind."""
    found: dict[str, Handler] = {
        READMIT: readmit_handler(deployment.desk),
        EXPIRE: partial(_expire, deployment),
        reminders.REMIND: _reminding(deployment),
        defaults.JOB: defaults.Defaulting(
            deployment.desk, deployment.profile.rules.channels.default_rating
        ),
        asking.FOLLOW_UP: asking.follow_up_handler(deployment.desk, deployment.settings.base_url),
        TIDY: _tidy,
        RECOMPUTE: partial(_recompute, deployment),
        REPLAN: partial(_replan, deployment),
        **rectification.handlers(deployment.rectification),
        messages.JOB: _delivering(deployment),
        read_receipts.JOB: read_receipts.handler(deployment.gateways, deployment.vault),
        **channels.handlers(deployment.texting),
        daily_survey.JOB: _surveying(deployment),
        PREPARE: partial(_prepare, deployment),
        CLOSE_MONTH: partial(_close_month, deployment),
        APPRAISE: partial(_appraise, deployment),
        working.DRAFT: partial(_draft_bulletins, deployment),
        desk.RENDER: partial(_render_bulletin, deployment),
        EXAMINE: partial(_examine, deployment),
        SHOW: partial(_show_analysis, deployment),
        RELEASE: partial(_release, deployment),
        extracts.JOB: partial(_extract, deployment),
        partitions.JOB: partial(_months_ahead, deployment),
        packing.SEND: sending.handler(deployment.exchange),
    }
    for plugin, job in deployment.hooks.contributions("scheduled_jobs"):
        found[_kind(plugin, job)] = partial(_plugin_job, deployment, plugin, job)
    return found


def periodic(deployment: Deployment) -> tuple[Periodic, ...]:
    """Return all periodic work; cron expressions are local to the jurisdiction."""
    own = (
        Periodic(TIDY, "15 3 * * *"),
        Periodic(RECOMPUTE, "40 5 * * *"),
        Periodic(CLOSE_MONTH, "30 2 * * *"),
        Periodic(RELEASE, "30 5 * * *"),
        Periodic(working.DRAFT, working.CRON),
        Periodic(EXAMINE, "10 4 * * *"),
        Periodic(SHOW, "50 3 2 * *"),
        Periodic(sampling.JOB, sampling.CRON),
        Periodic(audits.JOB, audits.CRON),
        Periodic(daily_survey.JOB, daily_survey.CRON),
        Periodic(EXPIRE, "20 4 * * *"),
        Periodic(reminders.REMIND, reminders.CRON),
        Periodic(read_receipts.JOB, read_receipts.CRON),
        Periodic(defaults.JOB, defaults.CRON),
        Periodic(partitions.JOB, partitions.CRON),
        *channels.PERIODIC,
    )
    added = deployment.hooks.contributions("scheduled_jobs")
    return own + tuple(Periodic(_kind(plugin, job), job.cron) for plugin, job in added)


def duties(deployment: Deployment) -> tuple[Duty, ...]:
    """Return what the worker does in turn, the most urgent first."""
    store, clock = deployment.store, deployment.clock
    runner = Runner(store, clock, handlers(deployment), log)
    return (
        Duty("tallies", partial(_fold, deployment)),
        Duty("jobs", runner.run_due),
        Duty("integrity", partial(read_on, store, clock, examined.reader(deployment.zone.key))),
        Duty("coverage", partial(read_on, store, clock, counting.reader(_covering(deployment)))),
        Duty("analysis", partial(read_on, store, clock, analysing.reader(_analysing(deployment)))),
        *_exchanging(deployment),
        *(
            duty
            for one in observers_of(deployment.hooks, store)
            for duty in _watch(deployment, one)
        ),
        Duty("beat", partial(telling.tell, deployment, "worker"), beats.EVERY_SECONDS),
        Duty("calendar", partial(_refresh, deployment), CALENDAR_SECONDS),
        Duty("profile", partial(renewing.note_applied, deployment), PROFILE_SECONDS),
        Duty("figures", partial(_publish, deployment), PUBLISH_SECONDS),
        Duty("search", partial(search.complete, store), SEARCH_SECONDS),
        Duty("seal", partial(_seal, deployment), SEAL_SECONDS),
    )


def _exchanging(deployment: Deployment) -> tuple[Duty, ...]:
    """Return what a deployment that tells other platforms does; nothing for others."""
    exchange = deployment.exchange
    if not exchange.targets:
        return ()
    return (
        Duty("tickets", partial(fetching.fetch, exchange), FETCH_SECONDS),
        Duty("uplink", partial(collecting.collect, exchange)),
        Duty("batches", partial(packing.pack, exchange), PACK_SECONDS),
    )


def _watch(deployment: Deployment, observer: Observer) -> tuple[Duty, Duty]:
    store, clock = deployment.store, deployment.clock
    return (
        Duty(observer.name, partial(deliver, store, clock, observer)),
        Duty(
            f"{observer.name}:retry", partial(retry_waiting, store, clock, observer), RETRY_SECONDS
        ),
    )


def _show_analysis(deployment: Deployment, context: JobContext) -> None:
    """Let the rated units see the months that are over, once a month."""
    running = periods.of_month(deployment.calendar.local_day(context.clock.now()))
    with context.store.write() as conn:
        analysing.show(conn, running.name)


def _examine(deployment: Deployment, context: JobContext) -> None:
    """Look at the ratings of the day that is over, and forget old traces."""
    at = context.clock.now()
    today = deployment.calendar.local_day(at)
    rules = IntegrityRules.of(deployment.profile)
    examiner = Examiner(context.store, deployment.hooks, rules, deployment.journal.emit)
    examiner.examine(today - timedelta(days=1), at)
    examiner.forget(today)


def _covering(deployment: Deployment) -> CoverageRules:
    return CoverageRules.of(deployment.profile)


def _analysing(deployment: Deployment) -> AnalysisRules:
    return AnalysisRules.of(deployment.profile)


def _refresh(deployment: Deployment) -> int:
    return int(deployment.calendar.refresh(deployment.clock.now()))


def _fold(deployment: Deployment) -> int:
    with deployment.store.read() as conn:
        if not tallies.waiting(conn):
            return 0
    with deployment.store.write() as conn:
        return tallies.fold(conn).entries


def _tidy(context: JobContext) -> None:
    with context.transaction() as conn:
        sessions.tidy(conn, context.clock.now())
        lockout.tidy(conn, context.clock.now())
        proofs.tidy(conn, context.clock.now())
        queue_keys.tidy(conn, context.clock.now())


def _months_ahead(deployment: Deployment, context: JobContext) -> None:
    """Make the parts of the coming months, where logs are kept month by month."""
    with context.transaction() as conn:
        partitions.make(conn, context.clock.now(), deployment.zone)


def _expire(deployment: Deployment, context: JobContext) -> None:
    """Destroy what the profile keeps no longer, batch by batch."""
    rules, shown = deployment.profile.rules.privacy, deployment.profile.rules.disclosure
    kept = timedelta(days=rules.keep_days["photo"])
    while True:
        at = context.clock.now()
        with context.store.write() as conn:
            gone = own_data.expire(conn, deployment.vault, rules, at)
            handed_in = files.expire(conn, deployment.vault, at - kept, at)
            ticketing.forget(conn, at - timedelta(days=rules.keep_days["words"]))
            votes.forget(conn, at - timedelta(days=shown.useful.keep_days))
        if gone == own_data.Expired() and not handed_in:
            return


def _reminding(deployment: Deployment) -> Handler:
    settings = deployment.settings
    contributed = deployment.hooks.contribute("message_gateways")
    named = (*(one.name for one in contributed), *settings.gateways)
    can_text = bool(settings.sms_url) or asking.GATEWAY in named
    return reminders.Reminding(
        deployment.desk,
        deployment.invitations,
        deployment.profile.rules.channels.reinvite,
        settings.base_url,
        can_text,
    )


def _surveying(deployment: Deployment) -> Handler:
    """Return the handler of the daily lot of services."""
    room = Inspections(deployment.keyring, deployment.journal.emit, deployment.zone)
    profile = deployment.profile
    rule = profile.rules.rectification.visiting.services
    return partial(daily_survey.run, room, rule, profile.jurisdiction.code)


def _recompute(deployment: Deployment, context: JobContext) -> None:
    """Make provisional due moments certain once the calendar of their year is there.

    The files are read anew: a year may have come since this process started.
    """
    fresh = _by_fresh_calendar(deployment)
    _replan_once(fresh.calendar, context)
    last = 0
    while True:
        with context.store.write() as conn:
            at = context.clock.now()
            last = recomputing.recompute_all(fresh, conn, at, last)
        if not last:
            return


def _by_fresh_calendar(deployment: Deployment) -> Context:
    rules, home = deployment.profile.rules.calendar, deployment.home
    return replace(deployment.rectification, calendar=Calendar.load(rules, deployment_dir=home))


def _replan_once(calendar: Calendar, context: JobContext) -> None:
    """Ask for one computation over all open cases for each calendar that comes in force."""
    names = (f"{one.year}-{one.scope}-{one.revision}" for one in calendar.years)
    key = f"{REPLAN}:{calendar.version}:{','.join(names)}"
    at = context.clock.now()
    with context.store.write() as conn:
        enqueue(conn, Job(REPLAN, at, dedup=key), at)


def _replan(deployment: Deployment, context: JobContext) -> None:
    recomputing.replan(_by_fresh_calendar(deployment), context.store, context.clock)


def _delivering(deployment: Deployment) -> Handler:
    """Return the handler of messages; what went out is noted outside of the database as well."""
    handler = delivery.handler(
        deployment.gateways,
        deployment.vault,
        Cap(deployment.settings.person_per_day, deployment.zone),
    )

    def deliver(context: JobContext) -> None:
        handler(context)
        if deployment.settings.receipt_journal is None:
            return
        with context.store.read() as conn:
            stored = messages.load(conn, context.payload["message"])
        if stored is not None and stored.state == messages.SENT and stored.sent_at is not None:
            meant = stored.message
            deployment.receipts.message(meant.business_id, meant.gateway, stored.sent_at)

    return deliver


def _seal(deployment: Deployment) -> int:
    """Seal what is settled; the head is noted outside of the database as well."""
    store, clock = deployment.store, deployment.clock
    number = seal_next(store, clock, deployment.secrets.seal_key)
    if number:
        with store.read() as conn:
            newest = latest(conn)
        if newest is not None:
            deployment.receipts.seal(newest.number, newest.head, newest.at)
    return number


def _publish(deployment: Deployment) -> int:
    now = deployment.clock.now()
    today = deployment.calendar.local_day(now)
    return deployment.disclosing.publish(deployment.store, today, now)


def _prepare(deployment: Deployment, context: JobContext) -> None:
    review, at = int(context.payload["review"]), context.clock.now()
    deployment.disclosing.preparer.prepare(context.store, review, at)


def _close_month(deployment: Deployment, context: JobContext) -> None:
    """Freeze the month, quarter and year that are over and appraise them, once each.

    The first day is left for what arrives late.
    """
    at = context.clock.now()
    today = deployment.calendar.local_day(at)
    if today.day < _FIRST_CLOSING_DAY:
        return
    for period in periods.last_over(today):
        with context.store.write() as conn:
            deployment.disclosing.freezer.freeze(conn, period, Day(at, today))
            due = appraisal.is_due(conn, period)
        if due:
            deployment.disclosing.appraiser.appraise(context.store, period)


def _appraise(deployment: Deployment, context: JobContext) -> None:
    """Appraise a period that a person froze; one that is appraised stays as it is."""
    period = periods.parse(str(context.payload["period"]))
    with context.store.read() as conn:
        due = appraisal.is_due(conn, period)
    if due:
        deployment.disclosing.appraiser.appraise(context.store, period)


def _release(deployment: Deployment, context: JobContext) -> None:
    """Release the open data of closed months; one that says nothing new stays as it is."""
    at = context.clock.now()
    newest = closing.last_month_over(deployment.calendar.local_day(at))
    with context.store.read() as conn:
        months = [
            month
            for month in periods.months_until(newest, _MONTHS_REVISED)
            if closing.is_closed(conn, month)
        ]
    for month in months:
        releases.make(context.store, deployment.packer, month, at)
    with context.store.write() as conn:
        releases.forget_extracts(conn, at - _EXTRACTS_KEPT)


def _extract(deployment: Deployment, context: JobContext) -> None:
    wanted = extracts.Wanted.named(str(context.payload["name"]))
    extracts.make(context.store, wanted, context.clock.now())


def _draft_bulletins(deployment: Deployment, context: JobContext) -> None:
    """Draft the bulletins that are due and not there yet."""
    at = context.clock.now()
    deployment.bulletins.draft_due(context.store, deployment.calendar.local_day(at), at)


def _render_bulletin(deployment: Deployment, context: JobContext) -> None:
    number, at = int(context.payload["bulletin"]), context.clock.now()
    deployment.bulletins.render(context.store, number, at)


def _plugin_job(
    deployment: Deployment, plugin: str, job: ScheduledJob, context: JobContext
) -> None:
    """Run a plugin's job, once its pause is over if it failed often; that counts no attempt."""
    call: Callable[[Any, datetime], None] = load(job.call)
    slot = datetime.fromisoformat(str(context.payload["slot"]))
    loaded = deployment.hooks.plugin(plugin).plugin
    called = deployment.hooks.contributed.call(
        plugin, f"scheduled_jobs {job.name}", lambda: call(loaded, slot)
    )
    if isinstance(called.error, LeftOut):
        later = context.clock.now() + timedelta(seconds=called.error.left)
        raise NotYet(later, str(called.error))
    called.unwrap()


def _kind(plugin: str, job: ScheduledJob) -> str:
    return f"plugin:{plugin}:{job.name}"
