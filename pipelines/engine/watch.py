"""A process that waits for the end of another, and cleans up after it."""

from __future__ import annotations

import sys


def main() -> None:
    """Wait until the process that holds the other end of standard input is gone."""
    sys.stdin.buffer.read()
    from pipelines.engine.orphans import clean_up_after  # brings much that is not needed to wait

    clean_up_after(sys.argv[1])


if __name__ == "__main__":
    main()
