#!/usr/bin/env python3
"""Independent recomputation of the 240 h resolution clock over an incident log (standard library only).

The clock counts 24x7 without a pause from a case's first event. A reopening continues it: it stops where the case's
final uninterrupted Completed stretch begins. A case that does not end in Completed is judged at the log's last
timestamp. A case is breached when more than 240 h were counted.

Order inside a case: by timestamp, ties in file order.

usage: resolution_240h.py LOG.csv[.gz]      prints {"cases": N, "breached": M}
"""

import csv
import gzip
import io
import json
import sys
from datetime import datetime, timedelta

TARGET = timedelta(hours=240)


def rows(path):
    raw = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    with raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        for number, row in enumerate(csv.DictReader(text)):
            at = datetime.fromisoformat(row["time:timestamp"])
            yield row["case_id"], at, number, row["concept:name"] == "Completed"


def main(path):
    cases = {}
    last_of_log = None
    for case, at, number, done in rows(path):
        cases.setdefault(case, []).append((at, number, done))
        if last_of_log is None or at > last_of_log:
            last_of_log = at

    breached = still_open = 0
    for events in cases.values():
        events.sort(key=lambda e: (e[0], e[1]))
        first = events[0][0]
        stop = None
        for at, _, done in reversed(events):
            if not done:
                break
            stop = at
        if stop is None:
            still_open += 1
            stop = last_of_log
        if stop - first > TARGET:
            breached += 1

    print(json.dumps({"cases": len(cases), "breached": breached, "open": still_open}))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
