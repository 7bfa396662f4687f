"""Checks that are counted and said, one line each; a failed one does not stop its scenario."""

import sys
import time
import traceback


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.start = time.monotonic()

    def say(self, text):
        print(text, flush=True)

    def check(self, ok, what, saw=None):
        """saw: what was there instead, shown on failure."""
        if ok:
            self.passed += 1
            self.say(f"  ok    {what}")
        else:
            self.failed += 1
            self.say(f"  FAIL  {what}" + ("" if saw is None else f": saw {saw!r}"))
        return ok

    def equal(self, got, want, what):
        return self.check(got == want, what if got != want else f"{what}: {_short(want)}", f"{got!r}, wanted {want!r}")

    def skip(self, what):
        self.skipped += 1
        self.say(f"  skip  {what}")

    def figure(self, what, value):
        """A figure worth reading; it is no check."""
        self.say(f"  note  {what}: {value}")

    def run(self, name, function, *arguments):
        """Runs a scenario; one that raises has failed."""
        self.say(f"{name}: {(function.__doc__ or '').strip().splitlines()[0] if function.__doc__ else ''}")
        start, before = time.monotonic(), self._count()
        try:
            function(self, *arguments)
        except Exception as error:  # after any error the next scenario still runs
            self.check(False, f"{name} ran to its end", f"{type(error).__name__}: {error}")
            traceback.print_exc(limit=-4, file=sys.stdout)
        if self._count() == before:
            self.check(False, f"{name} checked something, or said what it skipped")
        self.say(f"  {time.monotonic() - start:.0f} s")

    def _count(self):
        return self.passed + self.failed + self.skipped

    def summary(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        self.say(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed else 0


def _short(value):
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
