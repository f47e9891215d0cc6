"""Sets the figures of several libraries side by side.

    table.py FOLDER OURS PEER...

Each file of the folder holds what a library printed. Fails if the deadlines differ.
"""

import json
import pathlib
import sys

folder, ours, *peers = sys.argv[1:]


def figures(name):
    lines = (pathlib.Path(folder) / name).read_text(encoding="utf-8").splitlines()
    return {row["minutes"]: row for row in map(json.loads, lines)}


def readable(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.1f} {unit}"
    return f"{nanoseconds:.0f} ns"


results = {name: figures(name) for name in [ours, *peers]}
different = 0
print(f"{'working minutes':>15}  {'due':20}" + "".join(f"  {name:>21}" for name in results) + "   better peer / ours")
for minutes, row in results[ours].items():
    dues = {name: found[minutes]["due"] for name, found in results.items()}
    if len(set(dues.values())) > 1:
        different += 1
        print(f"{minutes:>15}  the deadlines differ: {dues}", file=sys.stderr)
    costs = [found[minutes]["nanoseconds"] for found in results.values()]
    cells = "".join(f"  {readable(cost):>21}" for cost in costs)
    print(f"{minutes:>15}  {row['due']:20}{cells}   {min(costs[1:]) / costs[0]:>18,.0f}")
for name, found in results.items():
    costs = [row["nanoseconds"] for row in found.values()]
    spans = max(found) // min(found)
    print(f"{name}: over spans {spans:,} times longer the cost grows {costs[-1] / costs[0]:,.1f} times")
sys.exit(different > 0)
