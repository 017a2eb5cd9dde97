"""HTML as a test sees it: a tree that is well formed, and forms as a browser would send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

VOID = {"br", "col", "hr", "img", "input", "link", "meta", "wbr"}
# Of these a browser sends a name and a value, where they have a name.
CONTROLS = ("input", "textarea", "select")
BUTTONS = ("button", "image", "reset", "submit")


@dataclass
class Element:
    """An element and what is in it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def __iter__(self) -> Iterator["Element"]:
        """All elements in this one, in the order of the document."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    def find(self, *tags: str, **attributes: str) -> list["Element"]:
        """The elements with one of these tags and with these attributes; `type_` stands for `type`."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            e
            for e in self
            if (not tags or e.tag in tags) and wanted.items() <= e.attributes.items()
        ]

    def one(self, *tags: str, **attributes: str) -> "Element":
        """The only such element."""
        found = self.find(*tags, **attributes)
        assert len(found) == 1, (
            f"{len(found)} elements {tags} {attributes} and not one: {self.text}"
        )
        return found[0]

    @property
    def raw(self) -> str:
        """All text in it, as it was written."""
        return "".join(c if isinstance(c, str) else c.raw for c in self.children)

    @property
    def text(self) -> str:
        """All text in it, as a person reads it."""
        return " ".join(self.raw.split())

    @property
    def value(self) -> str:
        """What a browser would send of a control that nobody touched."""
        if self.tag == "textarea":
            # A newline right after the tag is not part of the value.
            return self.raw.removeprefix("\n")
        if self.tag == "select":
            options = self.find("option")
            chosen = [option for option in options if "selected" in option.attributes] or options[
                :1
            ]
            assert len(chosen) == 1
            return chosen[0].attributes.get("value", chosen[0].text)
        default = "on" if self.attributes.get("type") in ("checkbox", "radio") else ""
        return self.attributes.get("value", default)


class Page(HTMLParser):
    """A page, which has to be well formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        assert text.startswith("<!doctype html>"), text[:80]
        self.feed(text)
        self.close()
        assert self._open == [self.root], f"not closed: {[e.tag for e in self._open]}"
        ids = [e.attributes["id"] for e in self.root if "id" in e.attributes]
        assert len(ids) == len(set(ids)), f"the same id twice: {ids}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {self.get_starttag_text()}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    @property
    def title(self) -> str:
        return self.root.one("title").text

    @property
    def heading(self) -> str:
        return self.root.one("h1").text

    @property
    def main(self) -> Element:
        return self.root.one("main")

    @property
    def flash(self) -> str:
        """What was done before; nothing where the page does not say."""
        return " ".join(e.text for e in self.root.find(role="status"))

    @property
    def alerts(self) -> str:
        """What is wrong."""
        return " ".join(e.text for e in self.root.find(role="alert"))

    @property
    def errors(self) -> dict[str, str]:
        """The errors at fields, each of which a screen reader finds from the field."""
        found = {}
        for control in self.root.find(aria_invalid="true"):
            name = control.attributes["name"]
            assert f"{name}-error" in control.attributes["aria-describedby"].split()
            found[name] = self.root.one(id=f"{name}-error").text
        described = [e for e in self.root if e.attributes.get("id", "").endswith("-error")]
        assert len(described) == len(found)
        return found

    @property
    def links(self) -> dict[str, str]:
        """Where the links of the page lead, by their texts; the last of several."""
        return {e.text: e.attributes["href"] for e in self.root.find("a") if "href" in e.attributes}

    def form(self, action: str | None = None) -> "Form":
        """The form that goes to this path; without one, the only form of the page's main part that is sent."""
        forms = [
            e
            for e in (self.root if action else self.main).find("form")
            if action in (None, e.attributes.get("action"))
            and (action or e.attributes.get("method", "get").lower() == "post")
        ]
        assert len(forms) == 1, f"{len(forms)} forms to {action} and not one"
        return Form(self, forms[0])

    def forms(self) -> list["Form"]:
        """All forms that are posted."""
        return [Form(self, e) for e in self.root.find("form", method="post")]


@dataclass
class Form:
    """A form of a page."""

    page: Page
    element: Element

    @property
    def action(self) -> str:
        return self.element.attributes["action"]

    @property
    def controls(self) -> dict[str, Element]:
        """The controls by their names."""
        controls = [e for e in self.element.find(*CONTROLS) if e.attributes.get("name")]
        named = {e.attributes["name"]: e for e in controls}
        assert len(named) == len(controls)
        return named

    @property
    def labels(self) -> dict[str, str]:
        """What stands at each control that is seen: its label, which a click on it finds."""
        return {
            name: self.page.root.one("label", for_=control.attributes["id"]).text
            for name, control in self.controls.items()
            if control.attributes.get("type") != "hidden"
        }

    def values(self, **typed: str | None) -> dict[str, str]:
        """What a browser would send; a control that is None is not sent, as an empty checkbox is not."""
        found = {}
        for name, control in self.controls.items():
            if control.attributes.get("type") in BUTTONS:
                continue
            if control.attributes.get("type") != "checkbox" or "checked" in control.attributes:
                found[name] = control.value
        for name, value in typed.items():
            assert name in self.controls, f"the form has no field {name}"
            if value is None:
                found.pop(name, None)
            else:
                found[name] = value
        return found

    def encoded(self, **typed: str | None) -> bytes:
        """The body of the request."""
        return encode(self.values(**typed))


def encode(values: dict[str, str]) -> bytes:
    """A form as a browser writes it: in UTF-8, a line ends in CRLF."""
    lines = {
        name: value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
        for name, value in values.items()
    }
    return urlencode(lines, errors="surrogatepass").encode()
