"""The address of a receipt as a QR code: paper is kept longest, and this is the way back from it.

Drawn as one SVG path in black on white, with the quiet edge of four modules that readers need (ISO/IEC 18004), whatever the
colours of the page around it.
"""

from __future__ import annotations

import segno
from markupsafe import Markup

QUIET = 4


def svg(address: str, words: str) -> Markup:
    """Return an inline SVG of `address`; `words` is what a screen reader says instead. Sizes are left to the style sheet."""
    rows = segno.make(address, error="m", micro=False).matrix
    path = "".join(
        f"M{column + QUIET} {line + QUIET}h1v1h-1z"
        for line, row in enumerate(rows)
        for column, dark in enumerate(row)
        if dark
    )
    size = len(rows) + 2 * QUIET
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(words, size=size, path=path)
