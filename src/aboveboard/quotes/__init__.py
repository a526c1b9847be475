"""Quotes: the bridge between a person's choices and a price.

Here, and only here, the two towers meet: the gate says whether personal facts may be used, the facts that it lets through
become `AllowedFacts`, and `pricing`, which never sees a customer, makes the price with them and without. Every price given
is an entry of the record, and can be replayed under the edition of the book it was made from.
"""
