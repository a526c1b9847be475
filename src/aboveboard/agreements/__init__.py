"""What binds both sides for longer than one sale: agreements, and what customers hold in points and credit.

An agreement begins with an accepted price and ends as easily as it began. This room remembers who has agreed to what, counts its
months, prepares renewals, finds the day by which law wants a notice out, and keeps the ledger of points and credit. The sums
are made in `pricing.agreement`, which knows nobody.
"""
