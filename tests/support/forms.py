"""What a browser sends back of a page's form without being told: its hidden fields."""

import re


def ask_on(page: str) -> str:
    """Return the number (`ask`) that the form for a one-time code carries."""
    found = re.search(r'name="ask" value="([^"]*)"', page)
    assert found is not None, page[-500:]
    return found[1]
