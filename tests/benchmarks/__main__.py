"""`python -m tests.benchmarks [--quick] [--row NAME]`: measures and prints."""

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.benchmarks import machine
from tests.benchmarks.figures import Row, as_json, as_markdown, as_text
from tests.benchmarks.installation import postgresql_version
from tests.benchmarks.rows import (
    delivery,
    filters,
    flatness,
    inbox,
    listing,
    memory,
    pages,
    roads,
    send,
    viewer,
)

ROWS = {
    "send": send,
    "list": listing,
    "filters": filters,
    "flatness": flatness,
    "delivery": delivery,
    "roads": roads,
    "viewer": viewer,
    "pages": pages,
    "inbox": inbox,
    "memory": memory,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, smaller boxes")
    parser.add_argument("--row", action="append", choices=ROWS, help="only this row; repeatable")
    parser.add_argument("--markdown", action="store_true", help="print the table of the docs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers are ended on the way
    asked = arguments()
    quiet, rows = machine.Quiet(), []
    for name in asked.row or ROWS:
        row = Row(name, ROWS[name].TITLE)
        ROWS[name].measure(row, asked.quick)
        rows.append(row)
        print(as_text(row), file=sys.stderr if asked.markdown else sys.stdout, flush=True)
    facts = machine.describe() | {"postgresql": postgresql_version() or "not reachable"}
    noise = quiet.report()
    if asked.markdown:
        print(as_markdown(rows, facts, noise))
    else:
        print("\n".join(f"{name}: {value}" for name, value in (facts | noise).items()))
    if asked.json:
        asked.json.write_text(json.dumps(as_json(rows, facts, noise), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
