#!/usr/bin/python3
"""Finds circles among the product's files: A uses B uses A, over any number of files. circles.py [TREE]

A file and its header (a.c, a.h) are one. A uses B if it includes B's header, or if its object needs a symbol that B's
object defines. The sources are those below libcore, applets and initramfs; their objects lie below build/obj and
build/obj-host. Prints each group of files that all use one another, with the reasons, and fails if any exists.
"""

import collections
import os
import re
import subprocess
import sys

ROOMS = ("libcore", "applets", "initramfs")
OBJECTS = ("build/obj", "build/obj-host")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
# What nm calls a symbol that other objects can use.
DEFINED = "TDBRCVWGSu"


def sources(tree):
    """The .c and .h files, as paths below the tree."""
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(tree, room)):
            for name in names:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), tree)


def node(path):
    return os.path.splitext(path)[0]


def add_includes(tree, files, uses):
    known = set(files)
    for path in files:
        with open(os.path.join(tree, path), encoding="utf-8") as file:
            text = file.read()
        for name in INCLUDE.findall(text):
            for folder in (os.path.dirname(path), *ROOMS):
                target = os.path.normpath(os.path.join(folder, name))
                if target in known:
                    if node(target) != node(path):
                        uses[node(path)][node(target)].add("includes " + name)
                    break


def add_symbols(tree, folder, files, uses):
    """Returns how many objects were read; those without a source are left over from another build."""
    defined, needed = {}, collections.defaultdict(set)
    objects = {path: os.path.join(tree, folder, node(path) + ".o") for path in files if path.endswith(".c")}
    objects = {path: name for path, name in objects.items() if os.path.exists(name)}
    for path, name in objects.items():
        listing = subprocess.run(["nm", "-P", name], check=True, capture_output=True, text=True).stdout
        for line in listing.splitlines():
            symbol, kind = line.split()[:2]
            if kind in DEFINED:
                defined[symbol] = node(path)
            elif kind in "Uwv":
                needed[node(path)].add(symbol)
    for user, symbols in needed.items():
        for symbol in symbols:
            if defined.get(symbol, user) != user:
                uses[user][defined[symbol]].add("needs " + symbol)
    return len(objects)


def circles(uses):
    """The strongly connected components of more than one node (Tarjan, without recursion)."""
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for start in sorted(uses):
        if start in index:
            continue
        work = [(start, iter(sorted(uses[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            at, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(uses.get(target, ())))))
                    break
                if target in on_stack:
                    low[at] = min(low[at], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == index[at]:
                    group = set()
                    while at not in group:
                        group.add(stack.pop())
                    on_stack -= group
                    if len(group) > 1:
                        found.append(sorted(group))
    return found


def main():
    tree = sys.argv[1] if len(sys.argv) > 1 else "."
    files = sorted(sources(tree))
    uses = collections.defaultdict(lambda: collections.defaultdict(set))
    add_includes(tree, files, uses)
    for folder in OBJECTS:
        if add_symbols(tree, folder, files, uses) == 0:
            sys.exit(f"circles.py: {folder} has no objects: run make first")
    found = circles(uses)
    for group in found:
        print(f"circle of {len(group)}: {' '.join(group)}")
        for user in group:
            for used in sorted(set(uses[user]) & set(group)):
                reasons = sorted(uses[user][used])
                more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
                print(f"    {user} uses {used}: {', '.join(reasons[:3])}{more}")
    sys.exit(1 if found else 0)


main()
