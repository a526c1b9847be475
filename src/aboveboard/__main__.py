"""`python -m aboveboard` is the command line."""

from aboveboard.cli import main

main()
