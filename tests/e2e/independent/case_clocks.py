#!/usr/bin/env python3
"""Independent computation of every case's clocks over an incident log (standard library only).

Written from the words of docs/domain.md and of the agreement alone, second by second in meaning and interval by
interval in code; it shares nothing with the product but the log.

- A case's clock begins at its first event. It counts the desk's open seconds, but those in which it is held.
- A case is done from an event with status Completed until one with another status.
- RESOLUTION, and any other name: stops where the case's last uninterrupted stretch of done begins; what lies between an
  earlier stretch and its reopening counts. With `:cycles` a reopening begins a clock of its own instead, and the one
  before keeps its result. FIRST_RESPONSE: the log tells no answers, so it stops at the first event that is done.
- With --pausing a clock is held from an event whose sub-status waits for somebody until the case's next event. That time
  belongs to whom is waited for.
- A deadline is the first instant at which the allowed seconds have been counted: one that is used up at closing time is
  that closing time. A clock that has stopped is counted on from there as if nothing held it, to say when it would have
  been missed. An open clock that is held at the end of the log, its allowance not used up, has no deadline.
- Missed: the clock stopped later than its deadline, or had not stopped by the end (--as-of) and that is later. Who has
  used up the allowance at closing time and stops in the night is late, though not a second more was counted.
- HOURS `always` is round the clock; `lima` is Monday to Friday, 09:00 to 18:00 in Lima, but on Peru's public holidays.

Order inside a case: by timestamp, ties in file order.

usage: case_clocks.py LOG.csv[.gz] --as-of INSTANT --hours always|lima [--pausing] NAME=SECONDS[:cycles]...
prints {"holidays": [dates], "cases": {case: [clock, ...]}}, instants in seconds since 1970
"""

import argparse
import csv
import gzip
import io
import json
import sys
from datetime import date, datetime, time, timedelta, timezone

# Peru has kept this offset all year round since 1994.
LIMA = timezone(timedelta(hours=-5))
OPENS, CLOSES = time(9), time(18)

# Decreto Legislativo 713, article 6, as it stood in these years (later laws added days from 2022 on), written out; Holy
# Thursday and Friday by the dates of Easter: 4 April 2010, 24 April 2011, 8 April 2012.
FIXED = [(1, 1), (5, 1), (6, 29), (7, 28), (7, 29), (8, 30), (10, 8), (11, 1), (12, 8), (12, 25)]
HOLY = {2010: [(4, 1), (4, 2)], 2011: [(4, 21), (4, 22)], 2012: [(4, 5), (4, 6)]}
HOLIDAYS = {date(year, month, day) for year, holy in HOLY.items() for month, day in FIXED + holy}

WAITS_FOR = {
    "Wait": "THIRD_PARTY",
    "Wait - User": "REQUESTER",
    "Wait - Customer": "REQUESTER",
    "Wait - Vendor": "VENDOR",
    "Wait - Implementation": "IMPLEMENTATION",
}


class Always:
    """Open at every instant."""

    @staticmethod
    def spans(start):
        yield start, datetime.max.replace(tzinfo=timezone.utc)


class Lima:
    """The office in Lima."""

    @staticmethod
    def spans(start):
        """What is open from `start` on, in order."""
        day = start.astimezone(LIMA).date()
        while True:
            if day.year not in HOLY:
                sys.exit(f"case_clocks: no table of holidays for {day.year}")
            if day.weekday() < 5 and day not in HOLIDAYS:
                opens = datetime.combine(day, OPENS, LIMA)
                closes = datetime.combine(day, CLOSES, LIMA)
                if closes > start:
                    yield max(opens, start), closes
            day += timedelta(days=1)


def whole(span):
    assert span.microseconds == 0, "the log has whole seconds"
    return span.days * 86_400 + span.seconds


def open_seconds(hours, start, end):
    total = timedelta()
    if start >= end:
        return 0
    for opens, closes in hours.spans(start):
        if opens >= end:
            break
        total += min(closes, end) - opens
        if closes >= end:
            break
    return whole(total)


def instant_after(hours, start, seconds):
    """When so many open seconds have passed."""
    left = timedelta(seconds=seconds)
    if not left:
        return start
    for opens, closes in hours.spans(start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens


def done(event):
    return event["status"] == "Completed"


def cycles(events, name, anew):
    """(first event, index of the stop or None, events) of each clock."""
    if name == "FIRST_RESPONSE":
        stop = next((i for i, e in enumerate(events) if done(e)), None)
        return [(events, stop)]
    parts = [[events[0]]]
    for before, after in zip(events, events[1:]):
        if anew and done(before) and not done(after):
            parts.append([])
        parts[-1].append(after)
    out = []
    for part in parts:
        stop = None
        for i in range(len(part) - 1, -1, -1):
            if not done(part[i]):
                break
            stop = i
        out.append((part, stop))
    return out


def clock(hours, pausing, part, stop, allowed, as_of):
    """One clock, from what happened in it."""
    end = as_of if stop is None else part[stop]["at"]
    counted = part if stop is None else part[:stop]
    elapsed, due, held = 0, None, {}
    waits = None
    for i, event in enumerate(counted):
        until = counted[i + 1]["at"] if i + 1 < len(counted) else end
        until = min(until, end)
        waits = WAITS_FOR.get(event["sub_status"]) if pausing and not done(event) else None
        seconds = open_seconds(hours, event["at"], until)
        if waits:
            held[waits] = held.get(waits, 0) + seconds
            continue
        if due is None and elapsed + seconds >= allowed:
            due = instant_after(hours, event["at"], allowed - elapsed)
        elapsed += seconds
    if due is None and not (stop is None and waits):
        due = instant_after(hours, end, allowed - elapsed)
    begun = part[0]["at"]
    return {
        "started": int(begun.timestamp()),
        "stopped": None if stop is None else int(end.timestamp()),
        "elapsed": elapsed,
        "held": held,
        "outside": whole(end - begun) - open_seconds(hours, begun, end),
        "due": None if due is None else int(due.timestamp()),
        "missed": due is not None and due < end,
    }


def read(path):
    raw = gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb")
    cases = {}
    with raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
        for number, row in enumerate(csv.DictReader(text)):
            event = {
                "at": datetime.fromisoformat(row["time:timestamp"]),
                "status": row["concept:name"],
                "sub_status": row["lifecycle:transition"],
            }
            cases.setdefault(row["case_id"], []).append((event["at"], number, event))
    for events in cases.values():
        events.sort(key=lambda e: e[:2])
    return {case: [e for _, _, e in events] for case, events in cases.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log")
    parser.add_argument("target", nargs="+", metavar="NAME=SECONDS[:cycles]")
    parser.add_argument("--as-of", required=True, type=datetime.fromisoformat)
    parser.add_argument("--hours", required=True, choices=["always", "lima"])
    parser.add_argument("--pausing", action="store_true")
    asked = parser.parse_args()
    hours = {"always": Always, "lima": Lima}[asked.hours]
    cases = {}
    for case, events in read(asked.log).items():
        clocks = cases[case] = []
        for target in asked.target:
            name, _, terms = target.partition("=")
            seconds, _, anew = terms.partition(":")
            for cycle, (part, stop) in enumerate(cycles(events, name, anew == "cycles"), 1):
                one = clock(hours, asked.pausing, part, stop, int(seconds), asked.as_of)
                clocks.append({"target": name, "cycle": cycle, **one})
    json.dump({"holidays": sorted(map(str, HOLIDAYS)), "cases": cases}, sys.stdout)


if __name__ == "__main__":
    main()
