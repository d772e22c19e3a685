"""The exchange, the hotline and the bulletins of a profile in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.profile import vocabulary as v

Told = Callable[[Any], Words]
"""Tells the value at one place of a profile in a sentence."""

_INTAKE: Final = {
    "local": Words(
        "评价只在本平台收集；不另接上级平台或 12345 热线转来的评价",
        "Ratings are taken in here only; none come from the next platform or the hotline",
    ),
    "upstream": Words(
        "评价由上级平台或 12345 热线收集后转来，本平台的页面不收首次评价，只办理并回告",
        "Ratings come from the next platform or the hotline; the pages here take no first ratings,"
        " what comes is handled here and reported back",
    ),
    "both": Words(
        "本平台和上级平台、12345 热线都收集评价；同一次服务在两处都评的，只计一次",
        "Ratings are taken in here and by the next platform or the hotline; a service that was"
        " rated in both places counts once",
    ),
}
_DIALECTS: Final = {
    "haochaping": Words("本软件的格式", "this software's own form"),
    "national": Words("国家平台的字段名", "the national platform's field names"),
}
_CRYPTO: Final = {
    "none": Words("不签名", "without a signature"),
    "hmac-sha256": Words("用 HMAC-SHA256 签名", "signed by HMAC-SHA256"),
    "hmac-sm3": Words("用国密 HMAC-SM3 签名", "signed by HMAC-SM3"),
    "sm4-sm3": Words("用国密 SM4 加密、HMAC-SM3 签名", "encrypted by SM4 and signed by HMAC-SM3"),
}
_RECORDS: Final = {
    "service": Words("办件", "services"),
    "evaluation": Words("评价", "ratings"),
    "case": Words("差评工单", "cases"),
    "reply": Words("答复", "replies"),
}
_EDITIONS: Final = {
    "internal": Words("内部版", "an internal edition"),
    "public": Words("公开版", "a public edition"),
}
_PERIODS: Final = {
    "month": Words("每月", "each month"),
    "quarter": Words("每季度", "each quarter"),
    "year": Words("每年", "each year"),
}


def _intake(value: Any) -> Words:
    return _INTAKE[value]


def _platform(value: Any) -> Words:
    name = _text(value)
    return Words(f"上级平台是{name.zh}", f"The next platform is: {name.into('en')}")


def _dialect(value: Any) -> Words:
    form = _form(value)
    return Words(f"向上级平台上报时使用{form.zh}", f"What is sent up is written in {form.en}")


def _crypto(value: Any) -> Words:
    signed = _signed(value)
    return Words(f"上报的内容{signed.zh}", f"What is sent up goes {signed.en}")


def _send(value: Any) -> Words:
    if not value:
        return Words("不向上级平台上报任何内容", "Nothing is sent to the next platform")
    kinds = _listed(_RECORDS, value)
    return Words(f"设了上级地址后上报：{kinds.zh}", f"Once its address is set, sent up: {kinds.en}")


def _words(value: Any) -> Words:
    if value:
        return Words("评价人写的文字一并上报", "What raters wrote is sent up as well")
    return Words("评价人写的文字不上报", "What raters wrote is not sent up")


def _batch(value: Any) -> Words:
    count, size, seconds = value["count"], value["bytes"], value["seconds"]
    return Words(
        f"成批上报：满 {count} 条或 {size} 字节，或者最早一条等满 {seconds} 秒即发送",
        f"Sent in batches of at most {count} records or {size} bytes, or when the oldest has"
        f" waited {seconds} seconds",
    )


def _channels(value: Any) -> Words:
    codes = _codes(value)
    return Words(
        f"上级平台的渠道代码：{codes.zh}", f"Channel codes of the next platform: {codes.en}"
    )


def _receive(value: Any) -> Words:
    form, signed, codes = _form(value["dialect"]), _signed(value["crypto"]), value["channels"]
    more = _codes(codes)
    zh, en = (f"；渠道代码：{more.zh}", f"; channel codes: {more.en}") if codes else ("", "")
    return Words(
        f"下级平台上报到本平台时使用{form.zh}，{signed.zh}{zh}",
        f"Lower platforms report to this one in {form.en}, {signed.en}{en}",
    )


def _hotline(value: Any) -> Words:
    if value["recording_required"]:
        return Words(
            "热线话务员代录评价，须登记通话录音编号",
            "Operators of the hotline enter ratings by phone with the number of the recording",
        )
    return Words(
        "热线话务员代录评价，可不登记通话录音编号",
        "Operators of the hotline enter ratings by phone; the recording's number may be left out",
    )


def _issuer(value: Any) -> Words:
    name = _text(value)
    return Words(f"通报由{name.zh}印发", f"Bulletins are issued by: {name.into('en')}")


def _editions(value: Any) -> Words:
    if not value:
        return Words("不起草通报", "No bulletins are drafted")
    found = _listed(_EDITIONS, value)
    return Words(f"每期通报起草{found.zh}", f"Of each bulletin is drafted: {found.en}")


def _periods(value: Any) -> Words:
    if not value:
        return Words("不定期出通报", "No regular bulletins")
    found = _listed(_PERIODS, value)
    return Words(f"{found.zh}各出一期通报", f"A bulletin for {found.en}")


def _day(value: Any) -> Words:
    return Words(
        f"时期结束后的次月 {value} 日自动起草通报",
        f"Drafted by itself on day {value} of the month after the period",
    )


def _latest(value: Any) -> Words:
    if not value:
        return Words("没有规定通报最迟哪天发布", "No latest day is set for bulletins")
    return Words(
        f"通报最迟在时期结束后的次月 {value} 日发布，逾期由 haochaping doctor 指出",
        f"Published by day {value} of the month after the period at the latest; haochaping doctor"
        " names what is late",
    )


def _outlet(value: Any) -> Words:
    place = _text(value)
    return Words(
        f"通报公开版发布在{place.zh}", f"The public edition appears at: {place.into('en')}"
    )


def _staff(value: Any) -> Words:
    if value == "number":
        return Words(
            "通报内部版按工号列出工作人员，不写姓名",
            "The internal edition lists staff members by number, without names",
        )
    return Words("通报内部版不列工作人员", "The internal edition lists no staff members")


def _lines(value: Any) -> Words:
    return Words(
        f"通报正文中每个榜单列前 {value} 行，全部数据见附件",
        f"The text shows the first {value} lines of each board, the annexes show all",
    )


def _template(value: Any) -> Words:
    return Words(f"通报用 Word 模板 {value}", f"Bulletins use the Word template {value}")


def _receivers(value: Any) -> Words:
    if not value:
        return Words("通报批准后不自动发送", "An approved bulletin is sent to nobody by itself")
    parts = [_receiver(one) for one in value]
    zh, en = "；".join(one.zh for one in parts), "; ".join(one.en for one in parts)
    return Words(f"通报批准后发送：{zh}", f"An approved bulletin is sent to: {en}")


def _receiver(one: Mapping[str, Any]) -> Words:
    to, gateway = v.say(v.PEOPLE, str(one["to"])), v.say(v.CHOICES, str(one["gateway"]))
    codes = one.get("organizations") or ()
    zh = f"{'、'.join(codes)} 的" if codes else "各单位的"
    en = f"of {', '.join(codes)}" if codes else "of every unit"
    return Words(
        f"{zh}{to.zh}（{gateway.zh}）",
        f"{to.into('en')} {en} ({gateway.into('en')})",
    )


def _form(name: str) -> Words:
    return _DIALECTS.get(name) or Words(f"插件提供的方言 {name}", f"the plugin's dialect {name}")


def _signed(name: str) -> Words:
    return _CRYPTO.get(name) or Words(
        f"用插件提供的 {name} 签名或加密", f"signed or sealed by the plugin's {name}"
    )


def _codes(value: Mapping[str, Any]) -> Words:
    pairs = [(code, v.say(v.CHOICES, str(one))) for code, one in value.items()]
    zh = "、".join(f"{code} 为{one.zh}" for code, one in pairs)
    en = ", ".join(f"{code} is {one.into('en')}" for code, one in pairs)
    return Words(zh or "没有对照", en or "none are mapped")


def _listed(table: Mapping[str, Words], value: Any) -> Words:
    found = [table[one] for one in value]
    return Words("、".join(one.zh for one in found), ", ".join(one.en for one in found))


def _text(value: Any) -> Words:
    """Return a text of the profile, which may stand in one language only."""
    return Words(value["zh"], value.get("en", "")) if isinstance(value, Mapping) else Words(value)


PLACES: Final[Mapping[str, Told]] = {
    "uplink.intake": _intake,
    "uplink.platform": _platform,
    "uplink.dialect": _dialect,
    "uplink.crypto": _crypto,
    "uplink.send": _send,
    "uplink.words": _words,
    "uplink.batch": _batch,
    "uplink.channels": _channels,
    "uplink.receive": _receive,
    "channels.hotline": _hotline,
    "bulletins.issuer": _issuer,
    "bulletins.editions": _editions,
    "bulletins.periods": _periods,
    "bulletins.day": _day,
    "bulletins.latest": _latest,
    "bulletins.outlet": _outlet,
    "bulletins.staff": _staff,
    "bulletins.lines": _lines,
    "bulletins.template": _template,
    "bulletins.receivers": _receivers,
}
"""What tells the value at each of these places; it stands there in a valid form."""
