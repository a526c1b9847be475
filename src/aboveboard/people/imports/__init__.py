"""Imports: a firm's own CSV becomes people and visits, and every row of it is accounted for.

The steps, each in a file of its own: `reading` makes lines of cells out of bytes (which encoding, which delimiter, where a
quotation mark was never closed); `columns` finds out which column is which; `values` reads days and amounts, and learns from
the whole file what a single cell cannot say (is 3/4 the third of April?); `customers` and `visits` hand people and visits to
`People`.

Nothing is guessed in silence. Each row ends in exactly one of four ways: *taken*, *mended* (taken with a small change that is
named), *already there*, or *set aside* with its reason and line. What had to be assumed about the file is said in sentences.

A file may be imported any number of times: people are found by their identities, and a visit is named by its content (whose,
when, how much, the how-manieth such row). So an import that was cut off is finished by running it again, and a longer export of
the same list adds only what is new in it.
"""

from aboveboard.people.imports.model import ImportFileError
from aboveboard.people.imports.report import Report
from aboveboard.people.imports.service import import_customers, import_visits

__all__ = ["ImportFileError", "Report", "import_customers", "import_visits"]
