"""How often one recorded price asks the database: once for each thing, however many neighbours are priced with it."""

import pytest
import sqlalchemy as sa

from aboveboard.pricing.alternatives import alternatives
from aboveboard.quotes import service as quotes_service
from aboveboard.sample import BOOK
from tests.quotes.conftest import ANN, MONDAYS

#: The edition; who asks (3); codes; what the gate has not read yet (3); the visits; where they live (3); what is left of the
#: offers (2); the editions; what was sold before (2); the person's key (2) and the row. The entry itself is the commit's.
MOST = 20


def statements(clinic, subject, **asked):
    """Return the statements that one price asks of the database."""
    asked = {"service": "treatment", "at": "2027-01-15"} | asked
    clinic.ask(subject, **asked)
    seen = []
    with clinic.store.write() as tx:

        def note(_conn, _cursor, statement, *_rest):
            seen.append(statement)

        sa.event.listen(tx.conn, "before_cursor_execute", note)
        clinic.quotes.quote(tx, quotes_service.QuoteRequest(**asked), subject, "web")
        sa.event.remove(tx.conn, "before_cursor_execute", note)  # what follows is the commit, shared by many
    return seen


def regular(clinic):
    with clinic.store.write() as tx:
        clinic.editions.publish(tx, BOOK.read_text(encoding="utf-8"))
    clinic.visits(ANN, *MONDAYS)
    return clinic.says(ANN, "allow")


@pytest.mark.parametrize("asked", [{}, {"quantity": 3}, {"service": "exercise_class"}, {"place": "DE"}])
def test_a_recorded_price_asks_the_database_a_few_times(clinic, asked):
    found = statements(clinic, regular(clinic), **asked)
    assert len(found) <= MOST, "\n".join(found)


def test_its_neighbours_ask_nothing_more(clinic, monkeypatch):
    """Other days, other tiers, a course: all of them together cost no statement."""
    subject = regular(clinic)
    with_all = statements(clinic, subject)
    tried = []

    def counted(*args):
        *most, priced = args

        def one(request):
            tried.append((request.service, request.tier))
            return priced(request)

        return alternatives(*most, one)

    monkeypatch.setattr(quotes_service, "alternatives", counted)
    assert len(statements(clinic, subject)) == len(with_all)
    assert len(set(tried)) > 2
    assert len(tried) > 30
    monkeypatch.setattr(quotes_service, "alternatives", lambda *_: ())
    assert len(statements(clinic, subject)) == len(with_all)
