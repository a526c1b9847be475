"""Editions: the book as it was published, one after another; the newest is in force, none is ever lost.

Yesterday's price is explained by yesterday's book, so every edition stays and knows its number.
"""
