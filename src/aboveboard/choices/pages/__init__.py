"""The pages on which a customer says yes and no: front page, choices, receipt, code, history; and the desk's form.

Each module is one of them. What they share is in `cards` (what the book asks, with the gate's answer) and in `who` (how
a form says whom it is about).
"""

from __future__ import annotations

from aboveboard.choices.pages.code import handlers as code_handlers
from aboveboard.choices.pages.desk import handlers as desk_handlers
from aboveboard.choices.pages.desk_history import handlers as desk_history_handlers
from aboveboard.choices.pages.find import handlers as find_handlers
from aboveboard.choices.pages.form import handlers as form_handlers
from aboveboard.choices.pages.front import handlers as front_handlers
from aboveboard.choices.pages.history import handlers as history_handlers
from aboveboard.choices.pages.place import handlers as place_handlers
from aboveboard.choices.pages.receipts import handlers as receipt_handlers

handlers = [
    *front_handlers,
    *form_handlers,
    *find_handlers,
    *receipt_handlers,
    *code_handlers,
    *history_handlers,
    *desk_handlers,
    *desk_history_handlers,
    *place_handlers,
]
