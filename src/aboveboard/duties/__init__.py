"""Duties: what must be done by a time, under a rule, with evidence.

Machines do some duties and people do others; both live in one table, and an overdue one is loud. The front page of the desk is
simply the list of what is due.
"""
