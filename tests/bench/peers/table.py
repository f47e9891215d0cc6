"""Sets the figures of several libraries side by side, judges ours, and leaves them as rows of the bench (rows.json).

    table.py FOLDER OURS PEER...

Each file of the folder holds what a library printed; `memory` what our calendars take. Fails if the deadlines differ, and if
a promise is not kept: 48,000 working minutes a thousand times faster than by the better peer, and hardly slower over a span
that is ten thousand times longer.
"""

import json
import pathlib
import sys

# The span of the promise, working minutes: a hundred days of eight hours.
PROMISED = 48_000
FASTER = 1_000
# A walk over days would cost thousands of times more. What is looked up costs a little more where less of it is in the cache.
FLAT = 3.0
# By how much the best of ten batches differs from one run to the next.
WAVERS = 0.25

folder, ours, *peers = sys.argv[1:]
folder = pathlib.Path(folder)


def lines(name):
    return map(json.loads, (folder / name).read_text(encoding="utf-8").splitlines())


def readable(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.1f} {unit}"
    return f"{nanoseconds:.0f} ns"


def figure(scenario, value, unit, better, **more):
    rows.append({"scenario": f"maths: {scenario}", "value": value, "unit": unit, "better": better, "wavers": WAVERS, **more})


results = {name: {row["minutes"]: row for row in lines(name)} for name in [ours, *peers]}
rows, promised, different = [], [], []
print(f"{'working minutes':>15}  {'due':20}" + "".join(f"  {name:>21}" for name in results) + "   better peer / ours")
for minutes, row in results[ours].items():
    dues = {name: found[minutes]["due"] for name, found in results.items()}
    if len(set(dues.values())) > 1:
        different.append(f"{minutes} minutes: {dues}")
    costs = {name: found[minutes]["nanoseconds"] for name, found in results.items()}
    cells = "".join(f"  {readable(cost):>21}" for cost in costs.values())
    better = min(peers, key=costs.get)
    print(f"{minutes:>15}  {row['due']:20}{cells}   {costs[better] / costs[ours]:>18,.0f}")
    beside = {"name": better, "value": costs[better]}
    figure(f"a deadline of {minutes:,} working minutes", costs[ours], "ns", "lower", versus=beside)
    if minutes == PROMISED:
        for peer in peers:
            times = costs[peer] / costs[ours]
            figure(f"{minutes:,} working minutes, times faster than {peer}", times, "x", "higher", note=readable(costs[peer]))
        times = costs[better] / costs[ours]
        promised.append((times >= FASTER, f"maths: at least {FASTER:,} times faster than {better}, the better peer: {times:,.0f}"))
promised.insert(0, (not different, f"maths: all give the same deadlines: {'; '.join(different) or 'they do'}"))

for name, found in results.items():
    spans, grows = max(found) // min(found), found[max(found)]["nanoseconds"] / found[min(found)]["nanoseconds"]
    print(f"{name}: over spans {spans:,} times longer the cost grows {grows:,.1f} times")
    if name == ours:
        figure(f"growth of the cost over spans {spans:,} times longer", grows, "x", "lower")
        promised.append((grows <= FLAT, f"maths: at most {FLAT:.0f} times slower over spans {spans:,} times longer: {grows:.2f}"))

for row in lines("memory"):
    print(f"a calendar, {row['calendar']}: {row['bytes']:,} bytes")
    figure(f"memory of a calendar, {row['calendar']}", row["bytes"], "bytes", "lower")

for kept, what in promised:
    if not kept:
        print(f"not kept: {what}", file=sys.stderr)
(folder / "rows.json").write_text(json.dumps({"rows": rows, "promised": promised}, indent=1) + "\n", encoding="utf-8")
sys.exit(not all(kept for kept, _ in promised))
