"""Programs of other Debian suites and architectures, unpacked under build/packages: nothing of them is installed."""

import functools
import glob
import os
import re

from disk import run

LIBRARIES = {"amd64": "usr/lib/x86_64-linux-gnu", "arm64": "usr/lib/aarch64-linux-gnu"}
LOADER = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}


@functools.cache
def unpacked(package, suite, arch="amd64"):
    """The root directory that holds the package, with all that it depends on."""
    return os.path.abspath(run("sh", "scripts/packages.sh", suite, arch, package).strip())


def command(package, program, suite="sid"):
    """How to run a program of another suite here: by its own loader, with its own libraries."""
    root = unpacked(package, suite)
    return [os.path.join(root, LOADER["amd64"]), "--library-path", os.path.join(root, LIBRARIES["amd64"]),
            os.path.join(root, program)]


def python(package, suite="sid"):
    """(command, environment) of the Python that has a python3-* package of another suite."""
    root = unpacked(package, suite)
    home = os.path.join(root, "usr")
    return (command(package, "usr/bin/python3", suite),
            {"PYTHONHOME": home, "PYTHONPATH": os.path.join(home, "lib/python3/dist-packages"),
             "PYTHONDONTWRITEBYTECODE": "1"})


def libraries(root, program, arch):
    """(name in a guest, path here) of the libraries that a program of another architecture needs, by its headers."""
    found, todo = {LOADER[arch]: os.path.join(root, LOADER[arch])}, [os.path.join(root, program)]
    while todo:
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", todo.pop())):
            where = f"lib/{os.path.basename(LIBRARIES[arch])}/{name}"
            paths = glob.glob(os.path.join(root, "usr/lib/**", glob.escape(name)), recursive=True)
            if where not in found and not name.startswith("ld-linux") and paths:
                found[where] = paths[0]
                todo.append(paths[0])
    return sorted((name, os.path.realpath(path)) for name, path in found.items())
