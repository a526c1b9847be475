"""Global Privacy Control: the request header `Sec-GPC`, and the six rules for reading it.

The rules are those of the W3C specification, section *The Sec-GPC Header Field for HTTP Requests*, as they bind a server:

1. No header: no signal. Nobody is taken to have said anything.
2. The value is exactly the character `1`: the signal is there.
3. Any other value is as if the header had not been sent. `0`, `true`, `01` and `1;x` are not a weaker signal but none; the field
   has no extensions, on purpose.
4. Several headers, of which at least one is exactly `1`: as if there were one, with `1`. The others do not take it back.
5. Several headers, none of them exactly `1`: as if there were none.
6. The method of the request does not matter, and a trailer is not a header: callers pass what came before the body.

The space around a field's value is not part of it (RFC 9110, section 5.5). A server between us and the browser may have
joined several headers into one with commas (RFC 9110, section 5.3); they are taken apart again, because a no that was sent
twice must not be lost on the way. In doubt the no counts.
"""

from __future__ import annotations

from collections.abc import Sequence

HEADER = "sec-gpc"


def signalled(values: Sequence[str]) -> bool:
    """Return whether a request carries the signal; `values` are the values of all its `Sec-GPC` headers, in any order."""
    return any(part.strip(" \t") == "1" for value in values for part in value.split(","))
