"""The deadlines of a case (see case.json) by businesstimedelta: one line of JSON per number of minutes.

    deadline.py CASE SECONDS

SECONDS bounds what is spent on one number of minutes.
"""

import datetime
import json
import sys
import time

import businesstimedelta

with open(sys.argv[1], encoding="utf-8") as file:
    case = json.load(file)
budget = float(sys.argv[2])
time_of = datetime.time.fromisoformat
first, last = case["years"]
holidays = {
    datetime.date.fromisoformat(f"{year}-{day}"): "feriado"
    for year in range(first, last + 1)
    for day in case["holidays"]
}
rules = businesstimedelta.Rules(
    [
        businesstimedelta.WorkDayRule(
            start_time=time_of(case["opens"]),
            end_time=time_of(case["closes"]),
            working_days=[day - 1 for day in case["weekdays"]],
        ),
        businesstimedelta.HolidayRule(holidays),
    ]
)
start = datetime.datetime.fromisoformat(case["start"].replace("Z", "+00:00"))
for minutes in case["minutes"]:
    allowed = businesstimedelta.BusinessTimeDelta(rules, seconds=minutes * 60)
    best = float("inf")
    spent = 0.0
    while spent < budget:
        began = time.perf_counter()
        due = start + allowed
        took = time.perf_counter() - began
        best = min(best, took)
        spent += took
    due = due.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(json.dumps({"minutes": minutes, "due": due, "nanoseconds": best * 1e9}), flush=True)
