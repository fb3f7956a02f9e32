"""`python3 -m cluster up|down|reset|status`."""

import sys

from cluster import lifecycle
from toolbox.errors import run_command

COMMANDS = {
    "up": lifecycle.up,
    "down": lifecycle.down,
    "reset": lifecycle.reset,
    "status": lifecycle.status,
}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python3 -m cluster {'|'.join(COMMANDS)}")
    sys.exit(run_command(COMMANDS[sys.argv[1]]))
