"""Costs as they really came: bills, kept and compared with what the book plans.

`pricing.costs` says what things should cost, from the book alone. This room remembers what they did cost: bills are imported
from a firm's own CSV or spreadsheet, matched with the cost items of the book, and each month is compared with a normal one,
with the reason where they part. Bills name suppliers, which is the firm's business and nobody's personal data; the record
keeps only that an import took place, by its hash and its counts.
"""
