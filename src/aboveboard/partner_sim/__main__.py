"""`python -m aboveboard.partner_sim`: the simulator without the rest of the command line."""

from aboveboard.partner_sim.commands import partner_sim_command

if __name__ == "__main__":
    partner_sim_command()
