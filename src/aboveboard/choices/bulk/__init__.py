"""The gate for a whole list: who of these may be used?

A list comes as CSV, NDJSON or Parquet, one person a row, and is read in *batches* of some thousand rows: a hundred million rows
need no more memory than ten thousand. `text` and `parquet` read it, `judging` asks the gate about the people of one batch,
`writing` writes the rows that pass as they came, or each row with what was said of it, and `work` leads a list through all of
them. The command and the API are two doors to `work`.

Nothing half-written ever leaves. What is written goes to a file without a name first, on the installation's own disk, and is
handed out when the last row has been judged: a broken row at the end of the list means a sentence with its line, and not one
row. The file has no name, so that nothing of it stays if the process dies.

Each batch asks a gate that has read everything committed by then. A no that is saved while a long list is being judged counts
from the next batch on, and no reading of the database lasts longer than a batch.

Nobody can be found out by this: it needs the firm's own list and key ring, and someone we have never heard of is answered by
the default, as everywhere.
"""

from aboveboard.choices.bulk.errors import ListError
from aboveboard.choices.bulk.judging import NOT_AN_IDENTITY, Asked, Tally, Verdict
from aboveboard.choices.bulk.model import FORMS, MEDIA_TYPES, Form, Source
from aboveboard.choices.bulk.work import Kept, Stopped, form_of_name, source_of, work

__all__ = [
    "FORMS",
    "MEDIA_TYPES",
    "NOT_AN_IDENTITY",
    "Asked",
    "Form",
    "Kept",
    "ListError",
    "Source",
    "Stopped",
    "Tally",
    "Verdict",
    "form_of_name",
    "source_of",
    "work",
]
