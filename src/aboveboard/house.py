"""The house: every service of one installation, wired once, in one place to read what exists.

Doors (`app`, `cli`, `worker`, `tour`, `demo`) open a house and hand its services to the rooms' handlers. Nothing here
decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aboveboard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from sqlalchemy.engine import Connection

    from aboveboard.agreements.ledger import Purses
    from aboveboard.agreements.renewals import Renewals
    from aboveboard.agreements.service import Agreements
    from aboveboard.book.model import Book
    from aboveboard.choices.gate import Gate
    from aboveboard.choices.service import Choices
    from aboveboard.costs.service import Bills
    from aboveboard.duties.service import Duties
    from aboveboard.editions.concern import Concern
    from aboveboard.editions.service import Editions
    from aboveboard.editions.witnesses import Witnesses
    from aboveboard.law.engine import Sourced
    from aboveboard.partners.service import Partners
    from aboveboard.people.messages import Messages, Ways
    from aboveboard.people.service import People
    from aboveboard.quotes.law_review import Reached
    from aboveboard.quotes.service import Quotes
    from aboveboard.record.keys import KeyRing
    from aboveboard.record.service import Record
    from aboveboard.record.stamping import Authority
    from aboveboard.store import Store
    from aboveboard.web.signin import Staff


@dataclass
class House:
    """One installation. Services are made when first asked for, so that a small command loads little."""

    settings: Settings

    @classmethod
    def open(cls, settings: Settings | None = None) -> House:
        """Return the house of the given settings, or of those in the environment."""
        return cls(settings or Settings.load())

    def prepare(self) -> House:
        """Make what a new installation lacks (folder, key ring) and bring the database to this version's schema."""
        from aboveboard.record.keys import KeyRing

        Path(self.settings.home).mkdir(parents=True, exist_ok=True)
        if not (self.settings.keys_folder / "keys.json").exists():
            KeyRing.create(
                self.settings.keys_folder,
                wrap_key=self.settings.wrap_key,
                wrap_device=self.settings.wrap_device,
            )
        self.store.migrate()
        return self

    def close(self) -> None:
        """Finish what is being written and give everything back."""
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def store(self) -> Store:
        """The database."""
        from aboveboard.store import Store

        return Store(self.settings.database)

    @cached_property
    def keys(self) -> KeyRing:
        """The secrets that live outside the database."""
        from aboveboard.record.keys import KeyRing

        return KeyRing.load(self.settings.keys_folder, self.settings.wrap_key, self.settings.wrap_device)

    @cached_property
    def record(self) -> Record:
        """The append-only record."""
        from aboveboard.record.service import Record

        return Record(self.keys)

    @cached_property
    def people(self) -> People:
        """Identities, facts and one-time codes."""
        from aboveboard.people.service import People

        return People(self.record)

    @cached_property
    def messages(self) -> Messages:
        """Outgoing mail and text messages."""
        from aboveboard.people.messages import Messages

        return Messages(self.record)

    def ways(self) -> Ways:
        """How mail and text messages leave the house; mail is sent as from the business, unless a setting says otherwise."""
        from aboveboard.people.messages import Ways

        settings, sender = self.settings, self.settings.mail_from
        if not sender:
            with self.store.read() as conn:
                edition = self.editions.current(conn)
            sender = edition.book.business.contact.email if edition else ""
        return Ways(settings.smtp_url, sender, settings.sms_url, self.partners.gateway_secret())

    @cached_property
    def duties(self) -> Duties:
        """What is due."""
        from aboveboard.duties.service import Duties

        return Duties(self.record)

    @cached_property
    def editions(self) -> Editions:
        """The book as published, edition by edition."""
        from aboveboard.editions.service import Editions

        editions = Editions(self.record, self.settings.law_packs)
        editions.concerning += [self._holding, self._agreed]
        return editions

    def _holding(self, conn: Connection, draft: Book, on: date) -> Concern | None:
        """Whom a draft concerns among those who hold a price."""
        from aboveboard.quotes.concerned import by_book

        return by_book(self.quotes, conn, draft, on)

    def _agreed(self, conn: Connection, draft: Book, on: date) -> Concern | None:
        """Whom a draft concerns among those who have an agreement."""
        from aboveboard.agreements.concerned import by_book

        return by_book(self.renewals, conn, draft, on)

    def reaching(
        self,
        conn: Connection,
        old: Mapping[str, Sourced],
        new: Mapping[str, Sourced],
        names: Collection[str],
        on: date,
    ) -> Mapping[str, Reached]:
        """Which agreements the rules of a pack meet, as they are and as they would be."""
        from aboveboard.agreements.concerned import by_rules

        return by_rules(self.renewals, conn, old, new, names, on)

    def authority(self) -> Authority | None:
        """Whoever stamps heads of the record with the time, if the settings name one."""
        from datetime import timedelta

        from aboveboard.record.stamping import Authority

        settings = self.settings
        if not settings.timestamp_url and not settings.timestamp_roots:
            return None
        every = timedelta(hours=1 if settings.timestamp_every == "hour" else 24)
        return Authority(settings.timestamp_url, settings.timestamp_roots, every)

    @cached_property
    def witnesses(self) -> Witnesses:
        """Those outside who keep the newest heads of the record."""
        from aboveboard.editions.witnesses import Witnesses

        home, setting = Path(self.settings.home), self.settings.witnesses
        return Witnesses(self.record, self.editions, self.duties, home, setting)

    @cached_property
    def choices(self) -> Choices:
        """What people said yes and no to."""
        from aboveboard.choices.service import Choices

        return Choices(self.record, self.people, self.editions)

    @cached_property
    def gate(self) -> Gate:
        """The one way to ask whether a use of data is allowed."""
        from aboveboard.choices.gate import Gate
        from aboveboard.choices.gate.kept import NAME, KeptMemory

        return Gate(self.record, self.editions, kept=KeptMemory(Path(self.settings.home) / NAME, self.record))

    @cached_property
    def bills(self) -> Bills:
        """What things really cost."""
        from aboveboard.costs.service import Bills

        return Bills(self.record)

    @cached_property
    def quotes(self) -> Quotes:
        """Prices given, with their explanation."""
        from aboveboard.quotes.service import Quotes

        quotes = Quotes(
            self.record, self.people, self.gate, self.editions, self.duties, self.settings.law_packs
        )
        quotes.taken.append(self.purses.taken)
        return quotes

    @cached_property
    def purses(self) -> Purses:
        """Points and credit that customers hold."""
        from aboveboard.agreements.ledger import Purses

        return Purses(self.people, self.editions)

    @cached_property
    def agreements(self) -> Agreements:
        """Who has agreed to what for longer than one sale."""
        from aboveboard.agreements.service import Agreements

        return Agreements(self.record, self.people, self.editions, self.quotes, self.duties)

    @cached_property
    def renewals(self) -> Renewals:
        """Renewals and notices, in time by law."""
        from aboveboard.agreements.renewals import Renewals

        settings = self.settings
        return Renewals(self.agreements, self.messages, settings.law_packs, settings.address)

    @cached_property
    def partners(self) -> Partners:
        """Who was told what, and what they answered."""
        from aboveboard.partners.service import Partners

        return Partners(self.record, self.people, self.editions, self.duties)

    @cached_property
    def staff(self) -> Staff:
        """Accounts, sessions and API tokens of the people who work here."""
        from aboveboard.web.signin import Staff

        return Staff()
