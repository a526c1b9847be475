"""The words people read: a text is always a pair, English and Chinese, each written and neither translated.

`Text` is that pair. `catalogue` reads the page texts of a room, `plain` finds jargon and long sentences in either language.
"""

from aboveboard.words.text import LANGUAGES, Lang, Text, say

__all__ = ["LANGUAGES", "Lang", "Text", "say"]
