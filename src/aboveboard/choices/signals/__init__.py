"""Signals: what somebody's browser, or another site's consent dialogue, says for them without a form of ours.

Three notations are read here, and nothing else happens: no request, no database, no clock. Whoever calls decides what follows.

- `gpc`: Global Privacy Control, one request header that says *do not sell or share my data* (W3C).
- `gpp`: the Global Privacy Platform string of the advertising trade (IAB Tech Lab), a section per US state. Read and written.
- `tcf`: the consent string of the EU's advertising trade (IAB Europe's TCF, version 2). Read only.

The two strings share one alphabet: a character stands for six bits, and fields lie one after the other without any separator
(`bits`). So a string that lost one character is not *almost* right. It says something else, and perhaps *yes* where the person
said *no*. For that reason a reader here gives the whole content or `SignalError`, never half of it.
"""
