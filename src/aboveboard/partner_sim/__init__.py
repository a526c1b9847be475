"""A partner to try things with: another firm's inbox, on your own machine.

It stands alone and imports nothing of the product, because the firm it plays would not have our code either: it checks the
signature itself, remembers what it received in a file of its own, and acknowledges. Each partner it plays has a switch, so that
one can watch what happens when the lab is slow, the insurer is down, or the review site answers nonsense.

`inbox` is its memory, `server` what it speaks over HTTP, `mail` a place where mail and text messages arrive, `pages` what a
person sees, `sim.PartnerSim` all of them running.
"""

from aboveboard.partner_sim.sim import PartnerSim

__all__ = ["PartnerSim"]
