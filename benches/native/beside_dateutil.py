#!/usr/bin/env python3
"""The next occurrence of the rules of benches/native/recurrences.rs, here and in python-dateutil, in one run.

    python3 benches/native/beside_dateutil.py

Needs python-dateutil (PyPI). dateutil gets the rule in local time without a zone, which is the quicker case; it keeps no cache
between two questions, as it does not by default.
"""

import datetime
import re
import statistics
import subprocess
import time

import dateutil
from dateutil import rrule

START = datetime.datetime(1990, 1, 1, 9)
# 1 780 000 000 seconds, on the clocks of Berlin.
NOW = datetime.datetime(2026, 5, 28, 22, 26, 40)
SOURCE = "benches/native/recurrences.rs"
UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3}


def rules():
    with open(SOURCE, encoding="utf-8") as source:
        return re.findall(r'\("[^"]+", "(recur [^"]+)", "(FREQ=[^"]+)"\)', source.read())


def ours():
    command = ["cargo", "bench", "--package", "client-event-scheduler", "--bench", "native", "--", "recur"]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^(recur .*?)\s+([0-9.]+) (ns|µs|ms)$", table, re.MULTILINE)
    return {name: float(number) * UNITS[unit] for name, number, unit in rows}


def seconds(work):
    """The median of some runs."""
    took = []
    for _ in range(7):
        begin = time.perf_counter()
        work()
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def main():
    here = ours()
    print("python-dateutil %s\n%-24s%14s%14s%12s" % (dateutil.__version__, "", "here", "dateutil", "ratio"))
    for name, text in rules():
        rule = rrule.rrulestr(text, dtstart=START)
        there = seconds(lambda: rule.after(NOW))
        print("%-24s%11.0f ns%11.0f µs%12.0f" % (name, here[name] * 1e9, there * 1e6, there / here[name]))
    for name, text in (("recur 1 000 daily", "FREQ=DAILY"), ("recur 1 000 monthly", "FREQ=MONTHLY;BYDAY=-1FR")):
        rule = rrule.rrulestr(text + ";COUNT=1000", dtstart=START)
        there = seconds(lambda: len(list(rule)))
        print("%-24s%11.0f µs%11.0f µs%12.0f" % (name, here[name] * 1e6, there * 1e6, there / here[name]))


if __name__ == "__main__":
    main()
