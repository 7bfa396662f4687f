"""The budget's forecast of the smallest crashkernel= compared with what works: bisection on stock kernels."""

import json
import os
import re
import subprocess

import budget_rig
import capture
from disk import run

KERNELS = [("bullseye", "amd64"), ("bookworm", "amd64"), ("trixie", "amd64"), ("trixie", "arm64")]
MOST_OVER = 6  # MiB
BRACKET = 16   # MiB below the forecast, where the bisection begins
# MiB, 32 below a multiple of 128: any forecast's reservation there crosses that boundary.
ACROSS_A_BORDER = {"amd64": 352, "arm64": 1376}
RESULTS = "build/budget"
TABLE = "doc/budget.md"


class Row:
    """One kernel, with a minimal image for it."""

    def __init__(self, suite, arch):
        self.kernel = capture.kernel(suite, arch)
        self.subject = budget_rig.Subject(self.kernel)
        self.forecast = forecast(self.subject)
        self.smallest = self.across = None

    def name(self):
        return f"{self.kernel.arch} {self.kernel.version}"


def forecast(subject):
    """MiB, as a builder asks for it."""
    arguments = ["-c", os.path.join(capture.RUNS, subject.name, "kdump.conf"), "-k", subject.kernel.vmlinuz,
                 "-m", subject.kernel.modules, *subject.options]
    said = run(capture.MKCAPTUREINITRD, *arguments, "--minimum").strip()
    return int(re.fullmatch(r"(\d+)M", said).group(1))


def forecast_captures(report):
    """Debian's stock 6.1 cloud kernel captures in what --minimum says, even across a 128 MiB boundary."""
    row = Row("bookworm", "amd64")
    check_across(report, row, 1)


def check_across(report, row, times):
    """The forecast counts with the worst place that a reservation can have."""
    place = ACROSS_A_BORDER[row.kernel.arch]
    runs = [row.subject.run(row.forecast, place) for _ in range(times)]
    row.across = min(crash.lowest_available() or 0 for crash in runs)
    report.equal([crash.why for crash in runs], [None] * times,
                 f"{row.name()}: {times} of {times} captures in {row.forecast}M@{place}M, across a boundary")
    first, last = runs[0].reservation_range() or (0, 0)
    report.check(first >> 27 != last >> 27, "that reservation crosses a boundary", (hex(first), hex(last)))
    report.figure(f"{row.name()} in {row.forecast}M", f"lowest MemAvailable {row.across} kB")


def check_bisection(report, row):
    """Where the kernel places it: the smallest that works three times of three, in steps of 2 MiB."""
    row.smallest = row.subject.smallest(row.forecast - BRACKET, row.forecast)
    for size in sorted(row.subject.tries):
        report.say(f"        {size}M: " + ", ".join(why or "works" for why in row.subject.tries[size]))
    report.check(row.forecast >= row.smallest,
                 f"{row.name()}: the forecast, {row.forecast}M, is not under the smallest that works, {row.smallest}M")
    report.check(row.forecast <= row.smallest + MOST_OVER, f"nor more than {MOST_OVER} MiB over it")


def forecasts(report):
    """The forecast is never under the smallest that works, and at most 6 MiB over: four kernels, by bisection."""
    subprocess.run(["make", "-s", "ARCH=arm64"], check=True)
    rows = [Row(suite, arch) for suite, arch in KERNELS]
    for row in rows:
        report.run(row.name(), check_bisection, row)
        report.run(row.name(), check_across, row, budget_rig.TIMES)
    write_results(rows)
    write_table(rows)
    report.say(f"written: {TABLE}")


# --- what is written --------------------------------------------------------------------------------------------------

def write_results(rows):
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, "forecasts.json"), "w", encoding="utf-8") as f:
        json.dump({row.name(): {"smallest": row.smallest, "forecast": row.forecast, "tries": row.subject.tries,
                                "lowest": row.subject.lowest, "where": row.subject.where, "across": row.across}
                   for row in rows}, f, indent=1)


def write_table(rows):
    """Between its marks in the document."""
    lines = ["| kernel | smallest that works | forecast | 2 MiB less | lowest MemAvailable at the smallest "
             "| at the forecast, across a boundary |", "|---|---|---|---|---|---|"]
    for row in rows:
        below = row.subject.tries.get((row.smallest or 0) - budget_rig.STEP, ["not tried"])
        why = next((why for why in below if why), "works")
        lowest = (row.subject.lowest.get(row.smallest, 0)) / 1024
        lines.append(f"| {row.name()} | {row.smallest}M | {row.forecast}M | {why} | {lowest:.1f} MiB | "
                     f"{(row.across or 0) / 1024:.1f} MiB |")
    with open(TABLE, encoding="utf-8") as f:
        text = f.read()
    begin, end = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
    head, rest = text.split(begin)
    with open(TABLE, "w", encoding="utf-8") as f:
        f.write(head + begin + "\n".join(lines) + "\n" + end + rest.split(end)[1])


__all__ = ["forecast_captures", "forecasts"]
