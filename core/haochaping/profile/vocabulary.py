"""The words of a profile as people say them, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.profile.nodes import Source


def _table(*rows: tuple[str, str, str]) -> Mapping[str, Words]:
    return MappingProxyType({key: Words(zh, en) for key, zh, en in rows})


LEVELS: Final = _table(
    ("national", "国家", "national"),
    ("province", "省级", "province"),
    ("city", "市级", "city"),
    ("county", "县级", "county"),
)
STATUSES: Final = _table(
    ("in_force", "现行", "in force"),
    ("superseded", "已被取代", "superseded"),
    ("example", "一地示例", "example of one place"),
    ("assumption", "假定", "assumption"),
)
UNITS: Final = _table(
    ("same_day", "当日", "the same day"),
    ("workday", "个工作日", "workday"),
    ("calendar_day", "个自然日", "calendar day"),
)
DEADLINES: Final = _table(
    ("contact", "联系评价人", "Contact the rater"),
    ("reply", "整改答复", "Reply"),
    ("simple", "简单情形", "simple"),
    ("complex", "复杂情形", "complex"),
    ("opened", "收到差评", "the case was opened"),
    ("replied", "答复", "the reply"),
    ("24:00", "末日 24:00 截止", "until 24:00 of the last day"),
    ("hall_closing", "末日大厅下班时截止", "until the hall closes on the last day"),
    ("next_workday", "末日不上班则顺延至下一工作日", "moved on when the last day is not worked"),
    ("stays", "末日不上班也不顺延", "not moved when the last day is not worked"),
)
PEOPLE: Final = _table(
    ("handler", "承办人", "the handler"),
    ("unit_head", "单位负责人", "the unit's head"),
    ("supervisor", "监督人员", "the supervisor"),
    ("managing_department", "主管部门", "the managing department"),
)
CHOICES: Final = _table(
    ("window_device", "窗口评价器", "window device"),
    ("qr", "二维码", "QR code"),
    ("web", "网站", "web"),
    ("mobile", "移动端", "mobile"),
    ("sms", "短信", "SMS"),
    ("hotline", "热线电话", "hotline"),
    ("kiosk", "自助终端", "kiosk"),
    ("paper", "书面表格", "paper"),
    ("comprehensive", "综合点评", "comprehensive"),
    ("inspection", "监督查评", "inspection"),
    ("verified", "已核验", "verified"),
    ("presumed", "持办件链接推定", "presumed by the case's link"),
    ("anonymous", "匿名", "anonymous"),
    ("applicant", "申请人", "applicant"),
    ("agent", "代办人", "agent"),
    ("item", "事项", "item"),
    ("serial", "流水号", "serial number"),
    ("staff", "工号", "staff number"),
    ("before_publication", "公布前审核", "before publication"),
    ("after_publication", "公布后审核", "after publication"),
    ("relay", "由平台中转，不显示号码", "relayed without showing the number"),
    ("third_party", "由第三方代为联系", "through a third party"),
    ("liaison", "由指定联络员联系", "through a named liaison"),
    ("half_up", "四舍五入", "rounded half up"),
    ("truncate", "截去尾数", "truncated"),
    ("inbox", "站内消息", "inbox"),
    ("administrator", "系统管理员", "administrator"),
    ("security_officer", "安全管理员", "security officer"),
    ("auditor", "审计员", "auditor"),
    ("phone", "电话", "phone"),
    ("wechat", "微信", "WeChat"),
    ("in_person", "上门", "in person"),
    ("rater", "评价人", "the rater"),
    ("staff_name", "工作人员姓名", "names of staff"),
    ("open_data", "开放数据", "open data"),
    ("boards", "榜单", "boards"),
    ("reviews", "评价与答复", "reviews and replies"),
    ("appraisal", "考核结果", "appraisal results"),
    ("honours", "光荣榜", "honours"),
    ("typical_cases", "典型案例", "typical cases"),
    ("bulletins", "通报", "bulletins"),
    ("national", "国家选项表", "the national list"),
)
COUNTS: Final = _table(
    ("grade1", "非常不满意数", "grade 1"),
    ("grade2", "不满意数", "grade 2"),
    ("grade3", "基本满意数", "grade 3"),
    ("grade4", "满意数", "grade 4"),
    ("grade5", "非常满意数", "grade 5"),
    ("rated", "有效评价数", "effective ratings"),
    ("active", "主动评价数", "active ratings"),
    ("served", "服务次数", "services"),
    ("bad", "差评数", "bad reviews"),
    ("bad_at_first", "首次差评数", "bad at first rating"),
    ("cases_opened", "差评工单数", "cases opened"),
    ("cases_due", "到期工单数", "cases due"),
    ("cases_on_time", "按期答复数", "cases answered on time"),
    ("cases_real_name", "实名差评工单数", "real-name cases"),
    ("cases_contacted", "已联系评价人的工单数", "cases with a contact"),
    ("cases_open_overdue", "逾期未结数", "open and overdue cases"),
    ("cases_reopened", "重新办理数", "reopened cases"),
    ("cases_ended", "已办结工单数", "cases that ended"),
    ("cases_void", "评价作废数", "ratings found void"),
)
FORMULAS: Final = _table(
    ("bad_rate", "差评率", "Bad rate"),
    ("satisfaction", "满意率", "Satisfaction"),
    ("strict_satisfaction", "非常满意度", "Strict satisfaction"),
    ("active_rate", "主动评价率", "Active evaluation rate"),
    ("on_time_rate", "按期整改率", "On-time rate"),
    ("callback_rate", "回访率", "Call-back rate"),
    ("void_rate", "评价作废率", "Share found void"),
    ("mean_score", "平均得分", "Mean score"),
)


def say(table: Mapping[str, Words], word: str) -> Words:
    """Return the words for a profile's word, the word itself when there are none."""
    return table.get(word) or Words(word, word)


def say_duration(count: Any, unit: Any) -> Words:
    """Return a duration in words: `10 个自然日`, `当日`."""
    words = say(UNITS, str(unit))
    if unit == "same_day":
        return words
    return Words(f"{count} {words.zh}", f"{count} {words.into('en')}{'' if count == 1 else 's'}")


def say_source(source: Source | None) -> Words:
    """Return where a rule comes from, in words."""
    if source is None:
        return Words("未注明来源", "no source stated")
    level, status = LEVELS.get(source.level, Words("")), say(STATUSES, source.status)
    name = (source.document, source.number, source.date)
    zh = [*name, level.zh, status.zh, source.note]
    en = [*name, level.en, status.into("en"), source.note_en or source.note]
    return Words("，".join(part for part in zh if part), ", ".join(part for part in en if part))


def say_value(value: Any) -> Words:
    """Return a plain value in words."""
    if isinstance(value, bool):
        return Words("是" if value else "否", "yes" if value else "no")
    if isinstance(value, list | tuple):
        parts = [say_value(each) for each in value]
        zh = "、".join(part.zh for part in parts)
        return Words(zh or "无", ", ".join(part.into("en") for part in parts) or "none")
    if value == "":
        return Words("（空）", "(empty)")
    return say(CHOICES, str(value))
