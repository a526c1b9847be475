"""The tour: the whole story on a fresh database, with a real server, a real worker and real partners, in plain words.

One customer walks through everything: she is asked nothing and said nothing, says yes to personal prices, sees her price with
and without her visits, says no to everything, gets a receipt, sees every partner told (one of them is down at first), and
finds that the gate, her price and the record keep to it. Every stop is checked; one that does not hold makes the tour fail.
"""

from aboveboard.tour.command import run, tour_command
from aboveboard.tour.model import Stop, Tour

__all__ = ["Stop", "Tour", "run", "tour_command"]
