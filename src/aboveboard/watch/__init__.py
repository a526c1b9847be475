"""Watching the market: prices of others taken into the book, looked at beside ours, and looked up again in time.

`market` knows what a price of others comes to; this room is about keeping it true. The book stays the only source: an import
writes lines into the owner's file and stores nothing of its own, so that the next edition carries the prices of others as it
carries ours, with the same check, the same plan and the same history.
"""
