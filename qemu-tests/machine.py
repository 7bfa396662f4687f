"""One emulated machine: boots, keeps its serial console with host time stamps, and always ends."""

import json
import os
import re
import selectors
import socket
import subprocess
import time

# What has ended a run.
RESET = "reset"            # the guest rebooted (the emulator does not boot again)
SHUTDOWN = "power off"
DEADLINE = "deadline"      # we ended it
HUNG = "hung"              # and so we did where its console was silent for too long
DIED = "the emulator died"
CUT = "power cut"          # we killed it where we were asked to

EMULATORS = {
    "amd64": ["qemu-system-x86_64", "--accel", "tcg,thread=multi", "-cpu", "max"],
    "arm64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57"],
}
# How a disk hangs on the machine: the devices of its bus, made once, and the device of each disk.
BUSES = {
    "nvme": ([], "nvme,serial=d{number},drive=d{number}"),
    "virtio-blk": ([], "virtio-blk-pci,drive=d{number}"),
    "ahci": (["-device", "ich9-ahci,id=ahci"], "ide-hd,drive=d{number},bus=ahci.{number}"),
}
CONSOLE = {"amd64": "ttyS0", "arm64": "ttyAMA0"}


class Console:
    """The lines of the serial console, each with the seconds since the machine was started."""

    def __init__(self, path):
        self.lines = []
        self._partial = b""
        self._file = open(path, "w", buffering=1, encoding="utf-8")

    def feed(self, data, now):
        # A progress bar redraws its line by a carriage return: each state of it is a line here.
        parts = re.split(rb"[\r\n]+", self._partial + data)
        self._partial = parts.pop()
        for part in parts:
            self._line(part, now)

    def close(self, now):
        if self._partial:
            self._line(self._partial, now)
        self._file.close()

    def _line(self, raw, now):
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", raw.decode("utf-8", "replace")).rstrip()
        if text:
            self.lines.append((now, text))
            self._file.write(f"[{now:9.3f}] {text}\n")

    def find(self, pattern, start=0):
        """The first line from index `start` on that matches: (index, seconds, match), or None."""
        for index in range(start, len(self.lines)):
            match = re.search(pattern, self.lines[index][1])
            if match:
                return index, self.lines[index][0], match
        return None

    def last(self, pattern):
        found = [m for m in (re.search(pattern, text) for _, text in self.lines) if m]
        return found[-1] if found else None

    def count(self, pattern):
        return sum(1 for _, text in self.lines if re.search(pattern, text))

    def text(self, start=0):
        return "\n".join(text for _, text in self.lines[start:])


class Machine:
    def __init__(self, directory, kernel, initrd, append, arch="amd64", memory="1G", disks=(), extra=(), bus="nvme"):
        """disks: each a path, or the emulator's options that make it the block node d0, d1, ..."""
        self.directory = directory
        self.arch = arch
        self.command = [*EMULATORS[arch], "-smp", "2", "-m", memory, "-nodefaults", "-display", "none", "-no-reboot",
                        "-nic", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd,
                        "-append", f"console={CONSOLE[arch]} {append}"]
        controller, device = BUSES[bus]
        self.command += controller
        for number, disk in enumerate(disks):
            drive = ["-drive", f"file={disk},if=none,id=d{number},format=raw,cache=unsafe"]
            self.command += [*(drive if isinstance(disk, str) else disk), "-device", device.format(number=number)]
        self.command += extra
        self.silence = None  # so many seconds without a word on the console end a run as hung
        self.cut = None  # (pattern, seconds): the emulator is killed so long after the first line that matches
        self.stopped = False  # set by another thread: the run ends as at its deadline
        self.console = None
        self.ended = None
        self.seconds = 0.0
        self.events = []  # the emulator's own, by name

    def run(self, deadline):
        """Runs to the end, at most `deadline` seconds; returns what has ended it."""
        os.makedirs(self.directory, exist_ok=True)
        self.console = Console(os.path.join(self.directory, "console.log"))
        listener, address = _listener(self.directory)
        with open(os.path.join(self.directory, "qemu.log"), "w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [*self.command, "-chardev", f"socket,id=qmp,fd={listener.fileno()},server=on,wait=off",
                 "-mon", "chardev=qmp,mode=control"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, pass_fds=[listener.fileno()])
        monitor = Monitor(address)
        listener.close()
        try:
            self._follow(process, monitor, deadline)
        finally:
            process.kill()
            process.wait()
            monitor.close()
            self.console.close(self.seconds)
            os.unlink(address)
        return self.ended

    def _follow(self, process, monitor, deadline):
        start = time.monotonic()
        spoke, cut_at, seen = 0.0, None, 0
        output = process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                self.seconds = time.monotonic() - start
                if self.stopped or self.seconds > deadline:
                    self.ended = DEADLINE
                    return
                if self.silence and self.seconds - spoke > self.silence:
                    self.ended = HUNG
                    return
                if cut_at is not None and self.seconds >= cut_at:
                    self.ended = CUT
                    return
                until = deadline if cut_at is None else cut_at
                if not selector.select(timeout=max(0, min(1.0, until - self.seconds + 0.001))):
                    continue
                data = os.read(output, 65536)
                self.seconds = time.monotonic() - start
                if not data:
                    break
                spoke = self.seconds
                self.console.feed(data, self.seconds)
                if self.cut and cut_at is None:
                    found = self.console.find(self.cut[0], seen)
                    cut_at, seen = found and found[1] + self.cut[1], len(self.console.lines)
        process.wait()
        self.ended = {"guest-reset": RESET, "guest-shutdown": SHUTDOWN}.get(monitor.shutdown_reason(self.events), DIED)


class Monitor:
    """QEMU's control socket: why the guest has ended, and commands such as dump-guest-memory."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address)
        self.socket.sendall(b'{"execute": "qmp_capabilities"}\n')

    def shutdown_reason(self, events):
        """Reads what has piled up until the emulator closed the socket; adds the names of all events."""
        self.socket.settimeout(10)
        data = b""
        try:
            while more := self.socket.recv(65536):
                data += more
        except OSError:
            pass
        reason = None
        for line in data.splitlines():
            message = json.loads(line)
            if "event" in message:
                events.append(message["event"])
            if message.get("event") == "SHUTDOWN":
                reason = message["data"]["reason"]
        return reason

    def close(self):
        self.socket.close()


def _listener(directory):
    """A listening socket, made here so that nobody has to wait for a file to appear. Its path may be at most 107
    bytes, and the tree may lie anywhere: go by a descriptor of the directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    address = f"/proc/self/fd/{descriptor}/qmp"
    real = os.path.join(directory, "qmp")
    if os.path.exists(real):
        os.unlink(real)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(1)
    return listener, address
