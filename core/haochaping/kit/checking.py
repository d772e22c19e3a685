"""All checks of a plugin, by group, and what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.values import Words
from haochaping.kit import check_data as data
from haochaping.kit import check_hooks as hooks
from haochaping.kit import check_package as package
from haochaping.kit import check_settings as settings
from haochaping.kit import check_sources as sources
from haochaping.kit import contract
from haochaping.kit.findings import Finding, Weight, fault
from haochaping.kit.target import Target


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its group, its name, what it makes sure of, and the look that it takes."""

    group: str
    name: str
    title: Words
    look: Callable[[Target], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found; nothing when all is well."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """True when there is a fault among the findings; remarks are only told."""
        return any(one.weight is Weight.FAULT for one in self.findings)

    def document(self, language: str) -> dict[str, Any]:
        """Return the outcome for a program to read."""
        return {
            "group": self.check.group,
            "check": self.check.name,
            "title": self.check.title.into(language),
            "ok": not self.failed,
            "findings": [
                {
                    "weight": one.weight.value,
                    "where": one.where,
                    "message": one.message.into(language),
                }
                for one in self.findings
            ],
        }


def _of(group: str, name: str, zh: str, en: str, look: Any) -> Check:
    return Check(group, name, Words(zh, en), look)


CHECKS: Final[tuple[Check, ...]] = (
    _of("package", "name", "名称一致", "one name everywhere", package.named),
    _of("package", "titles", "中英文标题", "titles in Chinese and English", package.titled),
    _of("package", "api", "契约版本", "a version of the contract", package.fits_the_contract),
    _of("package", "licence", "许可证", "a licence is stated", package.licensed),
    _of("package", "contact", "联系人", "somebody to turn to", package.reachable),
    _of("package", "readme", "说明文件", "a README", package.documented),
    _of(
        "package",
        "readme-example",
        "说明中的示例可用",
        "README examples run",
        package.readme_example,
    ),
    _of("package", "profiles", "自带配置档可用", "its profiles are accepted", package.profiles),
    _of("settings", "schema", "设置模式", "the schema of settings", settings.schema_valid),
    _of("settings", "closed", "不接受未知设置", "unknown settings are refused", settings.closed),
    _of("settings", "described", "设置有说明", "every key is described", settings.keys_documented),
    _of("settings", "examples", "设置有示例", "every key shows a value", settings.keys_exemplified),
    _of("settings", "defaults", "默认值合规", "defaults fit the schema", settings.defaults_valid),
    _of("hooks", "some", "实现了钩子", "it does something", hooks.some),
    _of("hooks", "known", "钩子存在", "hooks exist", hooks.marked_as_agreed("unknown")),
    _of("hooks", "arguments", "参数存在", "arguments exist", hooks.marked_as_agreed("arguments")),
    _of("hooks", "options", "标注无选项", "no options", hooks.marked_as_agreed("options")),
    _of(
        "hooks",
        "marked",
        "同名方法已标注",
        "methods are marked",
        hooks.marked_as_agreed("unmarked"),
    ),
    _of("hooks", "synchronous", "不是 async", "nothing async", hooks.marked_as_agreed("async")),
    _of("hooks", "since", "契约版本够新", "not newer than stated", hooks.marked_as_agreed("since")),
    _of("hooks", "deprecated", "没有弃用的钩子", "no deprecated hooks", hooks.not_deprecated),
    _of("hooks", "assembled", "能够装配", "it can be assembled", hooks.assembled),
    _of("hooks", "references", "指名的代码存在", "code that is named exists", sources.references),
    _of(
        "answers",
        "types",
        "回答类型正确",
        "answers of the right type",
        hooks.asked(contract.answers),
    ),
    _of("answers", "junk", "经得起意外输入", "60 odd inputs", hooks.asked(contract.unexpected)),
    _of(
        "answers",
        "repeatable",
        "回答可重复",
        "the same answer again",
        hooks.asked(contract.repeatable),
    ),
    _of(
        "answers",
        "harmless",
        "不改动传入值",
        "values stay as given",
        hooks.asked(contract.harmless),
    ),
    _of("answers", "pure", "纯函数", "no clock, network, writes", hooks.asked(contract.pure)),
    _of("answers", "quick", "在时间限额内", "within the time budget", hooks.asked(contract.quick)),
    _of("answers", "observers", "重复送达也可", "events may come again", data.reacts),
    _of("data", "prefix", "表名前缀", "tables carry its name", data.prefixed),
    _of("data", "declared", "个人信息列已声明", "personal columns are declared", data.declared),
    _of("data", "sqlite", "迁移（SQLite）", "migrations on SQLite", data.migrates_on_sqlite),
    _of("data", "postgresql", "迁移（PostgreSQL）", "on PostgreSQL", data.migrates_on_postgresql),
    _of("data", "uninstall", "卸载干净", "nothing is left but the journal", data.uninstalls),
    _of("texts", "translations", "翻译完整", "every text has English", sources.translated),
    _of("texts", "words", "贡献项有英文", "contributions have English", sources.worded),
    _of("texts", "templates", "模板有效", "templates are templates", sources.templates),
    _of(
        "source", "plugins", "不依赖别的插件", "no other plugin is imported", sources.other_plugins
    ),
    _of("source", "core", "不依赖核心内部", "no internals are imported", sources.core_internals),
    _of(
        "source", "careful", "时钟网络进程归核心", "clock and network by services", sources.careful
    ),
    _of("source", "exceptions", "不吞掉异常", "exceptions are named", sources.contained_errors),
)
"""Every check, in the order in which they are told."""

GROUPS: Final = {
    "package": Words("软件包", "Package"),
    "settings": Words("设置", "Settings"),
    "hooks": Words("钩子", "Hooks"),
    "answers": Words("回答", "Answers"),
    "data": Words("数据", "Data"),
    "texts": Words("文字", "Texts"),
    "source": Words("源代码", "Source"),
}


def run(target: Target, only: tuple[str, ...] = ()) -> Iterator[Outcome]:
    """Take every look, or those whose group or name is in `only`; a look that fails is a fault."""
    for check in CHECKS:
        if not only or check.group in only or check.name in only:
            yield Outcome(check, _found(check, target))


def _found(check: Check, target: Target) -> tuple[Finding, ...]:
    looked = contained(check.name, lambda: tuple(check.look(target)))
    if looked.value is not None:
        return looked.value
    said = looked.message[:300]
    return (fault(f"检查时出错：{said}", f"the check itself failed: {said}"),)
