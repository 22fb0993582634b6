"""From a figure to SVG text: small, the same bytes every time, and with words for who does not see it."""

from __future__ import annotations

import io
import re

from matplotlib.figure import Figure

from nasrank.bench.foundation.escaping import one_line

FONTS = "'DejaVu Sans', Verdana, sans-serif"

_ROOT = f'role="img" font-family="{FONTS}" stroke-linejoin="round" stroke-linecap="butt"'

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML may hold."""

# a style element would hold for the whole of a page; the root says the same
_UNUSED = re.compile(r"<metadata>.*?</metadata>|<style .*?</style>|<!--.*?-->", re.DOTALL)
_UNUSED_IN_TAG = re.compile(r"(?<=<g) id=\"[^\"]*\"| font-family: [^;\"]*;?| transform=\"rotate\(-?0 [^)]*\)\"")
_MANY = 100
"""Characters of an outline that is a curve of many points, or an area."""
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_OUTLINE = re.compile(r' d="([^"]*)"')
_POINTS = re.compile(r"M (\S+) (\S+)\s+L \1 \2(?=\s)")
"""Strokes without length."""
_GROUP_OF_MARKS = re.compile(r"<g([^>]*)>\n((?:<use [^>]*/>\n)+)</g>")
_STYLE = re.compile(r" style=\"[^\"]*\"")


def svg(figure: Figure, title: str, description: str) -> str:
    """The figure as SVG text with a title and a description for screen readers; call it within `style.drawing`."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = _NO_XML.sub("", buffer.getvalue())
    text = text[text.index("<svg") :]  # no XML prologue, whose document type names an external file
    text = re.sub(r"<[^>]*>", _tag, _UNUSED.sub("", text))
    text = re.sub(r"\n\s*", "\n", re.sub(r"<g[^>]*/>", "", text))
    text = _GROUP_OF_MARKS.sub(_style_once, _without_bare_groups(text))
    label = f"\n<title>{_escape(title)}</title>\n<desc>{_escape(description)}</desc>"
    return re.sub(r"<svg ([^>]*)>", lambda match: f"<svg {_ROOT} {match[1]}>{label}", text, count=1)


def _tag(tag: re.Match[str]) -> str:
    """With coordinates of a hundredth of a point: a third of the bytes, and nothing that anyone sees."""
    text = _OUTLINE.sub(lambda outline: f' d="{_shorter(outline[1])}"', _UNUSED_IN_TAG.sub("", tag[0]))
    return _NUMBER.sub(lambda number: f"{float(number[0]):.2f}", text)


def _without_bare_groups(text: str) -> str:
    """Without groups that say nothing of what is in them."""
    kept, said = [], []
    for line in text.splitlines(keepends=True):
        if line.startswith("<g"):
            said.append(line != "<g>\n")
        if not line.startswith(("<g", "</g>")) or said[-1]:
            kept.append(line)
        if line.startswith("</g>"):
            said.pop()
    return "".join(kept)


def _style_once(group: re.Match[str]) -> str:
    """Of marks that all look alike, said of their group."""
    styles = set(_STYLE.findall(group[2]))
    if len(styles) != 1:
        return group[0]
    return f"<g{group[1]}{styles.pop()}>\n{_STYLE.sub('', group[2])}</g>"


def _shorter(outline: str) -> str:
    """On one line, with tenths of a point where it is long; points alone as steps from one to the next."""
    if _POINTS.sub("", outline).strip():
        outline = re.sub(r"\s+", " ", outline).strip()
        if "C" not in outline:
            outline = outline.replace("L ", "")  # what follows a point without a letter is a line to it
        return _NUMBER.sub(lambda number: f"{float(number[0]):.1f}", outline) if len(outline) > _MANY else outline
    tenths = [(round(10 * float(x)), round(10 * float(y))) for x, y in _POINTS.findall(outline)]
    steps = [(x - left, y - top) for (x, y), (left, top) in zip(tenths, [(0, 0), *tenths], strict=False)]
    return "".join(f"m{_decimal(x)}{'' if y < 0 else ' '}{_decimal(y)}h0" for x, y in steps)


def _decimal(tenths: int) -> str:
    return f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"


def _escape(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
