"""python -m bot, which is what the command `parvis` runs."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main())
