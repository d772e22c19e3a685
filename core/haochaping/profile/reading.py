"""A safe reader of one YAML file that keeps the line of every key.

YAML's own typing turns `no` into false, `12:30` into 750 and `010` into 8; its aliases
let 300 bytes grow to gigabytes. Here only true, false, null and decimal numbers without
a leading zero are typed, all else is the text that was written, and aliases, anchors
and tags are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import yaml

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nodes import Branch, Leaf, Node, Row, Scalar

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 12
MAX_VALUES: Final = 6000
"""Values in one file; the largest profile that makes sense has a few hundred."""
MAX_DIGITS: Final = 18

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_WORDS: Final[dict[str, Scalar]] = {"true": True, "false": False, "null": None}
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been read yet."""

    line: int
    is_map: bool
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: str | None = None
    key_line: int = 0


@dataclass(slots=True)
class Reading:
    """What became of reading one file: its tree, its faults, the paths that cannot be judged."""

    file: str
    root: Node | None = None
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    stopped: bool = False


class _Reader:
    """Builds the tree from parser events, without recursion."""

    def __init__(self, file: str) -> None:
        self.reading = Reading(file)
        self.open: list[_Open] = []
        self.values = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Take one event; False means that reading on is useless."""
        line = _line(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            return self.documents == 1 or self._stop(line, _ONE_DOCUMENT)
        if isinstance(event, yaml.AliasEvent):
            return self._stop(line, _ALIAS)  # what an alias stands for may be gigabytes
        if isinstance(event, yaml.NodeEvent):
            self._refuse_marks(event, line)
            return self._count(line) and self._node(event, line)
        if isinstance(event, yaml.CollectionEndEvent):
            self._close()
        return True

    def _node(self, event: yaml.NodeEvent, line: int) -> bool:
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event) if self._expects_value else event.value
            return self._put(Leaf(self.reading.file, line, value))
        if not self._expects_value:
            return self._stop(line, _PLAIN_KEYS)
        if len(self.open) >= MAX_DEPTH:
            return self._stop(line, _DEPTH)
        self.open.append(_Open(line, isinstance(event, yaml.MappingStartEvent)))
        return True

    @property
    def _expects_value(self) -> bool:
        top = self.open[-1] if self.open else None
        return top is None or not top.is_map or top.key is not None

    def _put(self, node: Node) -> bool:
        """Put a finished value (or a map's key) in its place."""
        top = self.open[-1] if self.open else None
        if top is None:
            self.reading.root = node
        elif not top.is_map:
            top.items.append(node)
        elif top.key is None:
            self._key(top, node)
        else:
            top.entries[top.key] = _at(node, top.key_line)
            top.key = None
        return True

    def _key(self, top: _Open, node: Node) -> None:
        key = str(node.value) if isinstance(node, Leaf) else ""
        if key in top.entries:
            self._fault(node.line, _DUPLICATE, (*self._path(), key), shown(key))
        top.key, top.key_line = key, node.line

    def _close(self) -> None:
        done = self.open.pop()
        file = self.reading.file
        if done.is_map:
            self._put(Branch(file, done.line, done.entries))
        else:
            self._put(Row(file, done.line, tuple(done.items)))

    def _count(self, line: int) -> bool:
        self.values += 1
        return self.values <= MAX_VALUES or self._stop(line, _MANY)

    def _refuse_marks(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None:
            self._broken(line, _ANCHOR)
        if getattr(event, "tag", None) is not None:
            self._broken(line, _TAG)

    def _broken(self, line: int, words: Words) -> None:
        self._fault(line, words, self._path())
        self.reading.broken.add(".".join(self._path()))

    def _stop(self, line: int, words: Words) -> bool:
        self._fault(line, words, self._path())
        self.reading.stopped = True
        return False

    def _fault(self, line: int, words: Words, path: tuple[str, ...], value: str = "") -> None:
        message = Words(words.zh.replace("{}", value), words.en.replace("{}", value))
        self.reading.faults.append(Fault(self.reading.file, line, ".".join(path)[:200], message))

    def _path(self) -> tuple[str, ...]:
        return tuple(
            part
            for level in self.open
            for part in [level.key if level.is_map else str(len(level.items))]
            if part is not None
        )


def read(raw: bytes, file: str) -> Reading:
    """Read the bytes of one profile file; never raises, faults are in the result."""
    reader = _Reader(file)
    text = _text(raw, reader.reading)
    if text is None:
        return reader.reading
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not reader.take(event):
                break
    except yaml.YAMLError as error:
        _syntax(reader.reading, error)
    return _finished(reader.reading)


def _line(event: yaml.Event) -> int:
    """Return the line an event starts on, counted from 1."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _text(raw: bytes, reading: Reading) -> str | None:
    """Return the file's text, or None with a fault."""
    problem = _SIZE if len(raw) > MAX_BYTES else None
    try:
        text = raw[:MAX_BYTES].decode("utf-8-sig")
    except UnicodeDecodeError:
        text, problem = "", problem or _ENCODING
    if "\0" in text:
        problem = problem or _ENCODING
    if not text.strip():
        problem = problem or _EMPTY
    if problem is not None:
        _whole(reading, problem)
    return None if problem else text


def _whole(reading: Reading, words: Words) -> None:
    """Note a fault of the file as a whole."""
    reading.faults.append(Fault(reading.file, 0, "", words))
    reading.stopped = True


def _finished(reading: Reading) -> Reading:
    """Note what the tree as a whole lacks."""
    if reading.stopped:
        return reading
    if reading.root is None:
        _whole(reading, _EMPTY)
    elif not isinstance(reading.root, Branch):
        _whole(reading, _NOT_A_MAP)
    return reading


def _syntax(reading: Reading, error: yaml.YAMLError) -> None:
    """Note the place at which the parser gave up."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = shown(getattr(error, "problem", None) or "invalid character")
    line = mark.line + 1 if mark else 0
    message = Words(f"不是合法的 YAML：{problem}", f"this is not valid YAML: {problem}")
    reading.faults.append(Fault(reading.file, line, "", message))
    reading.stopped = True


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    """Return the value of a scalar: typed when it is plain and one of the few typed forms."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MAX_DIGITS and _NUMBER.fullmatch(text):
        return Decimal(text) if "." in text else int(text)
    return text


def _at(node: Node, line: int) -> Node:
    """Return the node with the line of its key."""
    if isinstance(node, Leaf):
        return Leaf(node.file, line, node.value)
    if isinstance(node, Branch):
        return Branch(node.file, line, node.entries)
    return Row(node.file, line, node.items)


_ALIAS = Words("不允许使用别名（*）", "aliases (*) are refused: write the value out")
_ANCHOR = Words("不允许使用锚点（&）", "anchors (&) are refused: write the value out")
_TAG = Words("不允许使用标签（!）", "tags (!) are refused: write plain values")
_DUPLICATE = Words(
    "键“{}”重复出现；请只保留一个", "the key “{}” appears twice: keep only one of them"
)
_PLAIN_KEYS = Words("键必须是普通文本", "a key must be plain text")
_DEPTH = Words(f"嵌套超过 {MAX_DEPTH} 层", f"nested more than {MAX_DEPTH} levels deep")
_MANY = Words(f"超过 {MAX_VALUES} 个值", f"more than {MAX_VALUES} values in one file")
_ONE_DOCUMENT = Words("一个文件只能有一个 YAML 文档", "one file holds one YAML document")
_SIZE = Words("文件超过 256 KB", "the file is larger than 256 KB")
_ENCODING = Words("文件不是 UTF-8 文本", "the file is not UTF-8 text")
_EMPTY = Words(
    "文件是空的；最短的配置档是一行“extends: base”",
    "the file is empty; the shortest profile is the one line `extends: base`",
)
_NOT_A_MAP = Words("文件应是“键: 值”的映射", "the file must be a map of `key: value`")
