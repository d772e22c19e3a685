"""The Chinese pages of the site: their menu, the words of the theme, the language they state.

A page whose name ends in `.zh-CN` is one of them. The menu leads to every page that the English one
has; whatever is there in English alone says so.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CHINESE = ".zh-CN"
RUNBOOKS = "runbooks/"

MENU: dict[str, dict[str, str]] = {
    "从这里开始": {
        "index.zh-CN": "首页",
        "tutorial.zh-CN": "十五分钟接入一个新省份",
        "index": "English",
    },
    "使用": {
        "quickstart": "建立自己的部署（英文）",
        "operations": "运行维护（英文）",
        "profiles": "配置档：把各地规则写成数据（英文）",
        "cases": "整改工单的全过程（英文）",
        "grading": "考核：指标、权重、得分（英文）",
        "channels": "评价渠道（英文）",
        "devices": "窗口评价设备（英文）",
        "messages": "消息：站内、短信、邮件和工作平台",
        "platforms": "上下级平台（英文）",
        "exchange": "平台间数据交换（英文）",
        "open-data": "开放数据（英文）",
        "bulletins": "通报（英文）",
    },
    "建设一个地区": {
        "plugins": "插件：各地的不同做法（英文）",
        "cookbook": "十个配方（英文）",
        "regions": "八个地区怎样做的（英文）",
        "isolation": "在独立进程里运行的插件（英文）",
        "compatibility": "兼容：插件可以依靠什么（英文）",
        "tutorial": "教程的英文版",
    },
    "参考": {
        "hooks": "钩子一览（英文）",
        "values": "钩子的值和可用的服务（英文）",
        "doors": "核心向插件开放的函数（英文）",
        "profile-reference": "配置档各项",
        "settings": "部署设置（英文）",
        "commands": "命令",
        "errors": "错误代码",
        "tables": "数据表（英文）",
    },
    "怎样建成": {
        "architecture": "十分钟看懂结构（英文）",
        "security": "安全（英文）",
        "privacy": "谁能知道一次评价的什么（英文）",
        "privacy-impact-assessment": "个人信息保护影响评估（模板）",
        "scale": "规模（英文）",
        "decisions/index": "设计决定（英文）",
    },
    "出了问题": {"runbooks/README": "处置手册总目录"},
}
"""Captions with the pages below them and what they are called; runbooks follow the last one."""

WORDS = {
    "Search": "搜索",
    "Index": "索引",
    "Next": "下一页",
    "Previous": "上一页",
    "Home": "首页",
    "Menu": "菜单",
    "Expand": "展开",
    "Contents": "目录",
    "On this page": "本页内容",
    "Back to top": "回到页首",
    "Skip to content": "跳到正文",
    "Light mode": "浅色",
    "Dark mode": "深色",
    "Auto light/dark, in light mode": "随系统（现为浅色）",
    "Auto light/dark, in dark mode": "随系统（现为深色）",
    "Toggle site navigation sidebar": "打开或收起菜单",
    "Toggle table of contents sidebar": "打开或收起本页目录",
    "Toggle Light / Dark / Auto color theme": "切换浅色、深色或随系统",
    "Made with ": "制作工具：",
}
"""What the theme says on every page."""


class _Chinese(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return WORDS.get(message, message)


def is_chinese(page: str) -> bool:
    """Say whether a page of the site is a Chinese one."""
    return page.endswith(CHINESE)


def menu(titles: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return the menu with the runbooks that are among `titles` of pages."""
    books = {name: titles[name].partition(": ")[2] for name in sorted(titles) if _is_book(name)}
    *_, last = MENU
    return {**MENU, last: MENU[last] | books}


def _is_book(page: str) -> bool:
    return page.startswith(RUNBOOKS) and is_chinese(page)


def in_chinese(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Give a Chinese page its language, the theme in Chinese and the Chinese menu."""
    environment = app.builder.templates.environment  # type: ignore[attr-defined]
    if not is_chinese(page):
        environment.install_gettext_translations(gettext.NullTranslations())
        return
    environment.install_gettext_translations(_Chinese())
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    found, to = menu(titles), context["pathto"]
    context["language"] = "zh-CN"
    context["furo_navigation_tree"] = "".join(_written(found, page, to))
    order = [name for pages in found.values() for name in pages if is_chinese(name)]
    at = order.index(page)
    names = {name: title for pages in found.values() for name, title in pages.items()}
    for word, place in (("prev", at - 1), ("next", at + 1)):
        beside = order[place] if 0 <= place < len(order) else None
        context[word] = beside and {"link": to(beside), "title": escape(names[beside])}


def _written(found: dict[str, dict[str, str]], page: str, to: Any) -> Iterator[str]:
    """Yield the menu in the theme's own elements."""
    for caption, pages in found.items():
        yield f'<p class="caption" role="heading"><span class="caption-text">{caption}</span></p>'
        yield "<ul>"
        for name, title in pages.items():
            here = " current current-page" if name == page else ""
            address = "#" if here else escape(to(name))
            yield f'<li class="toctree-l1{here}"><a class="reference internal" href="{address}">'
            yield f"{escape(title)}</a></li>"
        yield "</ul>"
