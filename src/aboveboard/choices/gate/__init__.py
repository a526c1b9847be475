"""The gate: whoever wants to use personal data asks here, and nowhere else.

The order of the stations never changes, and the first that knows the answer gives it:

1. what the book does not declare is not allowed; 2. a law's ban; 3. a partner without a contract in force; 4. the person's
newest choice that covers the question; 5. a browser's standing signal; 6. the default for the place. Nothing said and no
default is a no.

Deny wins wherever order or identity is uncertain: between numbers that turned out to be one person (until that person says
something new), and between a yes and a signal that was seen after it.

`rules` works out, once for each question of the book, all that does not depend on the person. `slots` keeps, for each question,
one bit per person: that is all a gate needs to remember, because the newest choice simply overwrites the bit. `service.Gate`
follows the record and answers; `kept` puts its memory on disk for the next process that starts.
"""

from aboveboard.choices.gate.answer import Answer
from aboveboard.choices.gate.service import Gate

__all__ = ["Answer", "Gate"]
