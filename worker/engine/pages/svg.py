"""matplotlib's figures as SVG that stands inside a page, and reads in the light as in the dark."""

import io
import re
import warnings
from collections.abc import Callable
from typing import Any

INK = "#010203"  # of text and axes: stands for the page's own colour, whichever that is
FONT = "system-ui, sans-serif"
_ID = re.compile(r'(\bid="|url\(#|xlink:href="#)')
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text, which can be searched and read aloud
    "svg.hashsalt": "distillery",  # the same numbers, the same bytes
    "text.parse_math": False,  # a dollar in the name of a class is a dollar
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.2,
    "grid.color": INK,
    "legend.frameon": False,
    "font.size": 10,
}


def drawn(name: str, title: str, draw: Callable[[Any], None], size: tuple[float, float]) -> str:
    """The figure as an element of a page.

    draw   paints on a set of axes
    size   in inches
    """
    import matplotlib  # here: only a report waits for it
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's browser has it
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        content = io.StringIO()
        figure.savefig(content, format="svg", transparent=True, metadata={"Date": None})
    return _inline(content.getvalue(), name, title)


def _inline(document: str, name: str, title: str) -> str:
    """Without prologue and metadata; its names are its own among all figures of the page."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = _ID.sub(rf"\g<1>{name}-", body).replace(INK, "currentColor")
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", rf"font: \1 {FONT}", body)
    return body.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
