"""Choices: what people said yes and no to, and the gate that answers for everyone who wants to use their data.

`service.Choices` saves a choice; `gate.Gate` is the one way to ask whether a use is allowed.
"""
