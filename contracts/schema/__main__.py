"""``python -m contracts.schema``: write the published schemas; ``--check``: only compare them."""

import argparse
import sys

from contracts.schema.publish import FOLDER, stale, write


def main() -> int:
    """Write or check; 1 where something is stale."""
    parser = argparse.ArgumentParser(prog="python -m contracts.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when stale")
    if not parser.parse_args().check:
        write()
        return 0
    names = stale()
    if names:
        sys.stderr.write(
            f"stale in {FOLDER.name}/: {', '.join(names)}; run python -m contracts.schema\n"
        )
    return 1 if names else 0


if __name__ == "__main__":
    raise SystemExit(main())
