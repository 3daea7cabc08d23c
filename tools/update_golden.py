"""Write the digests of the golden cities anew: `python tools/update_golden.py`, and say in the change why they moved."""

from __future__ import annotations

import json
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
GOLDEN = TESTS / "golden"
sys.path.insert(0, str(TESTS))

from worlds.golden_cities import CITIES, golden  # noqa: E402


def main() -> None:
    """Live all of them."""
    for name in CITIES:
        (GOLDEN / f"{name}.json").write_text(json.dumps(golden(name), indent=2, sort_keys=True) + "\n")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
