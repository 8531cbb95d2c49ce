#!/usr/bin/env python3
"""Joins the headers of the library into one: packaging/amalgamate.py > icolorit_single.hpp

    amalgamate.py [HEADER ...]   default: icolorit/icolorit.hpp icolorit/cpu/backend.hpp

Each header stands once, behind those that it includes. Eigen, nlohmann-json and the system's headers stay includes. A
program that uses the result needs them, threads (-pthread) and C++20, nothing of this repository.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "include", ROOT / "backends" / "cpu")
DEFAULT = ("icolorit/icolorit.hpp", "icolorit/cpu/backend.hpp")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def find(name):
    for folder in FOLDERS:
        if (folder / name).is_file():
            return folder / name
    return None


class Amalgamation:
    def __init__(self):
        self.done = set()
        self.system = set()
        self.body = []

    def add(self, name):
        """The header and, before it, those that it includes."""
        path = find(name)
        if path is None:
            raise SystemExit(f"amalgamate.py: {name} is no header below {', '.join(str(f) for f in FOLDERS)}")
        if name in self.done:
            return
        self.done.add(name)
        depth, lines = 0, []
        for line in path.read_text(encoding="utf-8").splitlines():
            included = INCLUDE.match(line)
            if re.match(r"\s*#\s*if", line):
                depth += 1
            elif re.match(r"\s*#\s*endif", line):
                depth -= 1
            if line.strip() == "#pragma once":
                continue
            if included and find(included[2]):
                self.add(included[2])  # on a condition, too: each header compiles alone, and a later one may need it
            elif included and depth == 0:
                self.system.add(line.strip())
            else:
                lines.append(line)
        self.body.append(f"// ---- {name}\n" + "\n".join(lines).strip("\n") + "\n")

    def text(self, names):
        licence = "".join(f"// {line}".rstrip() + "\n" for line in (ROOT / "LICENSE").read_text().splitlines())
        includes = "\n".join(sorted(self.system))
        return (
            f"// {' and '.join(names)} in one file, made by packaging/amalgamate.py.\n//\n{licence}#pragma once\n\n"
            f"{includes}\n\n" + "\n".join(self.body)
        )


def main():
    names = sys.argv[1:] or DEFAULT
    amalgamation = Amalgamation()
    for name in names:
        amalgamation.add(name)
    sys.stdout.write(amalgamation.text(names))


if __name__ == "__main__":
    main()
