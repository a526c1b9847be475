"""People: who someone is, by the identities they use, and the few facts a price may be told about them.

A person is a dense number that the record hands out. Identities (e-mail, phone, customer number, browser) lead to it
through keyed digests; the identities themselves are encrypted under the person's own key.
"""
