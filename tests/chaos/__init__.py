"""Hardships: processes and servers killed in the middle of their work, disks that are full or read-only, clocks that jump.

Four clients act on one house. What client 2 does as its 40th act follows from the seed alone (`acts`), so an act whose answer
never came can be asked again, word for word, in the next life of the process, as a customer presses the button again. The process
that acts (`child`) says of each act that it is confirmed only once it is; it is forked from a warm one (`nursery`) and killed by
the one that watches (`trial`), which then holds all that was confirmed against all that is there (`check`).

`make chaos` runs a thousand kills. The tests here run a sample of them, and the other hardships.
"""
