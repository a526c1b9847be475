"""The record: one append-only, provable list of everything the business did to a customer.

`keys` holds the secrets that live outside the database, `service.Record` appends and reads entries, `sealing` gives them
their place in the tree, `verify` proves the whole.
"""
