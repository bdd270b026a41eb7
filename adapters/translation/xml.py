"""Hardened XML: a stranger's file piece by piece as plain documents, and plain documents as XML again.

A document is a JSON-like dict: elements by their local names (their namespace is checked, then left out), attributes as
`@name`, repeated elements as a list, an element without attributes and children as its text; else its text is `#text`.
Spaces around a text do not belong to it; comments and processing instructions are not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeAlias

from lxml import etree

from adapters.contract import RefusedFileError
from adapters.translation.encodings import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Names: TypeAlias = tuple[str, ...]

#: A message as sent has 1 to 8 kB. Limits are in characters of XML, elements and attributes, and nested elements.
RECORD_LIMIT = 512 * 1024
_NODES_LIMIT = 20_000
_DEPTH_LIMIT = 24
#: One text or one attribute: what an unmapped entry can hold, even if each letter takes four bytes.
_TEXT_LIMIT = 16_000
#: What elements that are stepped over are called; no other element can have such a name.
_IGNORED = "-"
#: Names of nested elements together: what the path of an unmapped entry can hold, with an index per element.
_PATH_LIMIT, _INDEX_CHARACTERS = 480, 7
_NO_ENTITY = "The file names an entity that it may not have; only the five of XML are known."
_NAME = re.compile(r"[^\W\d][\w.-]{0,119}")
#: What libxml2 may find at the end that is not a missing end.
_MALFORMED_AT_END = frozenset({"ERR_DOCUMENT_END", "ERR_TAG_NAME_MISMATCH"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element with everything in it."""

    path: Names  #: the names that lead to it, the root's first
    line: int  #: on which it begins
    content: dict[str, Any]
    above: tuple[dict[str, str], ...] = ()  #: attributes of the elements around it, the root's first, as "@name"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file may look like."""

    namespaces: frozenset[str]  #: of its elements; "" stands for none
    is_record: Callable[[Names], bool]  #: whether the element at this path is read as one; those in it are not asked
    ignored: frozenset[str] = frozenset()  #: namespaces whose elements are stepped over, with all that is in them


def elements(file: BinaryIO, shape: Shape) -> Iterator[Element]:
    """Yield each record of a file as it ends, then the root without them; memory does not grow with the records.

    Where the root is a record itself, it is all there is.

    Raises:
        RefusedFileError: not XML, half-written, with a DOCTYPE or an entity, in another encoding than UTF-8, UTF-16,
            ISO-8859-1 or windows-1252, too deep or too large, or of a namespace nobody expects here.
    """
    file.seek(0)
    reading = _Reading(shape)
    for text in texts(file):
        reading.feed(text)
        yield from reading.found()
    reading.end()
    yield from reading.found()


def message(file: BinaryIO, *, namespaces: frozenset[str]) -> Element:
    """Return a whole small file as one element.

    Raises:
        RefusedFileError: as for elements; also if it is larger than one record may be.
    """
    (root,) = elements(file, Shape(namespaces, is_record=lambda path: len(path) == 1))
    return root


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - any part of a document
    """Return what stands at a place as a list: none, one or several of it."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def built(path: Names, content: Any, namespace_of: Callable[[Names], str]) -> etree._Element:  # noqa: ANN401 - any document
    """Return a document as an element; the last name of the path is its own.

    Args:
        namespace_of: of the element at a path, "" for none.

    Raises:
        ValueError: a text or a name that XML cannot hold.
    """
    namespace = namespace_of(path)
    made = etree.Element(f"{{{namespace}}}{path[-1]}" if namespace else path[-1])
    for name, value in content.items() if isinstance(content, dict) else [("#text", content)]:
        if name == "#text":
            made.text = value or None
        elif name.startswith("@"):
            made.set(name[1:], value)
        else:
            made.extend([built((*path, name), one, namespace_of) for one in listed(value)])
    return made


def written(element: etree._Element) -> bytes:
    """Return an element as UTF-8 without a declaration, ready to stand in a file."""
    written: bytes = etree.tostring(element, encoding="utf-8", xml_declaration=False)
    return written


@dataclass(slots=True)
class _Open:
    """A begun element of which everything is read before it is looked at."""

    depth: int
    path: Names
    line: int
    is_ignored: bool
    nodes: int = 0
    characters: int = 0


@dataclass(slots=True)
class _Reading:
    """The state of reading one file: where we are, what is complete, what may be forgotten."""

    shape: Shape
    parser: Any = field(init=False)
    path: list[str] = field(default_factory=list)
    above: list[dict[str, str]] = field(default_factory=list)
    records: list[Element] = field(default_factory=list)
    around: _Open = field(default_factory=lambda: _Open(0, (), 1, is_ignored=False))  #: everything outside records
    open: _Open | None = None
    #: the last record of each open element; it cannot be removed before its successor has ended
    last: dict[int, Any] = field(default_factory=dict)
    head: str = ""  #: what was read before the root began
    has_begun: bool = False  #: whether the root has
    locals: dict[str, str] = field(default_factory=dict)
    line: int = 1

    def __post_init__(self) -> None:
        # the encoding is ours: the text was decoded, whatever the file declares
        self.parser = etree.XMLPullParser(
            events=("start", "end"),
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def feed(self, text: str) -> None:
        """Read on; what is complete waits in `found`."""
        if not self.has_begun:
            self.head += text
            if self.head.strip() and not self.head.lstrip().startswith("<"):
                self._refuse("xml.malformed", "The file is not XML: it does not begin with an element.")
        try:
            self.parser.feed(text.encode())
        except etree.XMLSyntaxError as wrong:
            self._malformed(wrong)
        self._events()
        began = self.open or self.around
        began.characters += len(text)
        if began is self.open and began.characters > RECORD_LIMIT:
            self._too_large(began.line)
        if not self.has_begun and len(self.head) > RECORD_LIMIT:
            self._too_large(1)

    def end(self) -> None:
        """Say that there is no more."""
        try:
            self.parser.close()
        except etree.XMLSyntaxError as wrong:
            self._malformed(wrong, is_end=True)
        self._events()

    def found(self) -> Iterator[Element]:
        """Yield what is complete and forget it."""
        ready, self.records = self.records, []
        yield from ready

    def _events(self) -> None:
        for event, element in self.parser.read_events():
            if event == "start":
                self._start(element)
            else:
                self._end(element)

    def _start(self, element: Any) -> None:  # noqa: ANN401 - lxml has no types
        self.line = element.sourceline
        if not self.path:
            self._check_head(element)
        if len(self.path) == _DEPTH_LIMIT:
            self._refuse("xml.too-deep", f"Elements are nested deeper than {_DEPTH_LIMIT} levels.")
        inside = self.open
        if inside is None:
            self._begin(element)
            inside = self.open or self.around
        else:
            self.path.append("")
        inside.nodes += 1 + len(element.attrib)
        if inside.nodes > _NODES_LIMIT:
            self._too_large(inside.line)

    def _begin(self, element: Any) -> None:  # noqa: ANN401 - lxml has no types
        name = self.locals.get(element.tag) or self._learned(element)
        is_ignored = name == _IGNORED
        if is_ignored and not self.path:
            self._refuse(
                "file.ours", "An export wrote this file for people to read; it is nothing that your system sends."
            )
        self.path.append(name)
        path = tuple(self.path)
        if is_ignored or self.shape.is_record(path):
            self.open = _Open(len(path), path, self.line, is_ignored)
        else:
            self.above.append(self._attributes(element))

    def _end(self, element: Any) -> None:  # noqa: ANN401 - lxml has no types
        depth = len(self.path)
        complete = self.open
        if complete is not None and complete.depth == depth:
            self.open = None
            if not complete.is_ignored:
                content = self._as_dict(element, complete.path)
                self.records.append(Element(complete.path, complete.line, content, tuple(self.above)))
            self._forget(element, depth)
        elif complete is None:
            self.above.pop()
            self.last.pop(depth + 1, None)
            if depth == 1:
                root = self._as_dict(element, (self.path[0],), without_records=True)
                self.records.append(Element((self.path[0],), element.sourceline, root))
        self.path.pop()

    def _forget(self, element: Any, depth: int) -> None:  # noqa: ANN401 - lxml has no types
        """Empty what was read; remove the one before it, because the parser may still hang a text to this one."""
        element.clear(keep_tail=True)
        before = self.last.get(depth)
        if before is not None:
            if before.tail and before.tail.strip():
                self._refuse("xml.malformed", "A text stands between two records.")
            before.getparent().remove(before)
        if depth > 1:
            self.last[depth] = element

    def _as_dict(self, element: Any, path: Names, *, without_records: bool = False) -> dict[str, Any]:  # noqa: ANN401 - lxml has no types
        used = sum(map(len, path)) + len(path) * _INDEX_CHARACTERS
        content = self._content(element, used, around=path if without_records else None)
        return content if isinstance(content, dict) else {"#text": content}

    def _content(self, element: Any, used: int, *, around: Names | None = None) -> dict[str, Any] | str:  # noqa: ANN401 - lxml has no types
        """Return what an element holds.

        Args:
            used: characters of the path so far.
            around: the path, where records may stand below it: they are left out.
        """
        text = element.text or ""
        content: dict[str, Any] = self._attributes(element) if element.attrib else {}
        for child in element:
            text += child.tail or ""
            name = self.locals.get(child.tag) or self._learned(child)
            below = None if around is None else (*around, name)
            if name == _IGNORED or (below and self.shape.is_record(below)):
                continue
            longer = used + len(name) + _INDEX_CHARACTERS
            if longer > _PATH_LIMIT:
                self._path_too_long(child)
            _add(content, name, self._content(child, longer, around=below))
        return self._with_text(content, text, element)

    def _with_text(self, content: dict[str, Any], raw: str, element: Any) -> dict[str, Any] | str:  # noqa: ANN401 - lxml has no types
        text = raw.strip()
        if len(text) > _TEXT_LIMIT:
            self._too_large(element.sourceline, f"A text has more than {_TEXT_LIMIT} characters.")
        if not content:
            return text
        return content | {"#text": text} if text else content

    def _attributes(self, element: Any) -> dict[str, str]:  # noqa: ANN401 - lxml has no types
        found: dict[str, str] = {}
        for tag, value in element.attrib.items():
            name = "@" + self._named(tag)
            if name in found:
                self._refuse("xml.namespace", "An element has two attributes of one name in different namespaces.")
            if len(value) > _TEXT_LIMIT:
                self._too_large(element.sourceline, f"An attribute has more than {_TEXT_LIMIT} characters.")
            found[name] = value
        return found

    def _learned(self, element: Any) -> str:  # noqa: ANN401 - lxml has no types
        """Return what an element is called here, and remember it: a file has few names and many elements."""
        tag = element.tag
        if not isinstance(tag, str):
            self.line = element.sourceline or self.line
            self._refuse("xml.entity", _NO_ENTITY)
        namespace = _namespace(tag)
        if namespace not in self.shape.namespaces | self.shape.ignored:
            self._refuse("xml.namespace", "An element is of a namespace that does not belong here.")
        name = _IGNORED if namespace in self.shape.ignored else self._named(tag)
        self.locals[tag] = name
        return name

    def _named(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        if not _NAME.fullmatch(name):
            self._refuse("xml.name", "The name of an element or attribute is longer than 120 characters or unusual.")
        return name

    def _path_too_long(self, element: Any) -> NoReturn:  # noqa: ANN401 - lxml has no types
        self.line = element.sourceline
        self._refuse("xml.too-deep", f"Names of nested elements have more than {_PATH_LIMIT} characters together.")

    def _check_head(self, root: Any) -> None:  # noqa: ANN401 - lxml has no types
        self._refuse_doctype(is_there=root.getroottree().docinfo.internalDTD is not None)
        self.head, self.has_begun = "", True

    def _malformed(self, wrong: etree.XMLSyntaxError, *, is_end: bool = False) -> NoReturn:
        self._refuse_doctype(is_there="<!DOCTYPE" in self.head)
        kind = etree.ErrorTypes._getName(wrong.code, "")  # noqa: SLF001 - lxml has no public name for it
        self.line = wrong.lineno or self.line
        if kind == "ERR_INTERNAL_ERROR" or "ENTITY" in kind:
            self._refuse("xml.entity", _NO_ENTITY)
        if is_end and kind not in _MALFORMED_AT_END:
            self._refuse("xml.truncated", "The file ends in the middle of an element.")
        said = kind.removeprefix("ERR_").replace("_", " ").lower() or "malformed"
        self._refuse("xml.malformed", f"Not well-formed XML: {said}.")

    def _refuse_doctype(self, *, is_there: bool) -> None:
        if is_there:
            self.line = self.head.partition("<!DOCTYPE")[0].count("\n") + 1
            self._refuse("xml.doctype", "The file has a DOCTYPE; such files are not read.")

    def _too_large(self, line: int, reason: str = "One record is larger than records may be.") -> NoReturn:
        self.line = line
        self._refuse("xml.too-large", reason)

    def _refuse(self, code: str, reason: str) -> NoReturn:
        raise RefusedFileError(reason, line=self.line, code=code)


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _add(content: dict[str, Any], name: str, value: dict[str, Any] | str) -> None:
    """Put a child beside the others; the second of a name makes a list of them."""
    if name not in content:
        content[name] = value
    elif isinstance(content[name], list):
        content[name].append(value)
    else:
        content[name] = [content[name], value]
