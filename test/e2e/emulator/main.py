#!/usr/bin/env python3
"""MiniStack with what our deploy needs on top: `python main.py`, in the environment that ../emulator.ts gives it. For tests only.

One file a gap. Each says what the unpatched emulator does; docs/emulator.md says what is still missing. The patches reach into
private functions, so the version is checked: another one needs another look.
"""

import sys
from importlib.metadata import version

EXPECTED = "1.5.33"
if version("ministack") != EXPECTED:
    sys.exit(f"these patches are written against ministack {EXPECTED}, found {version('ministack')}")

import ministack.app as app

import data_plane
import domain_names
import functions
import permissions
import stack_resources

# Ports: only the one that was asked for. Unpatched it takes 443 as well, if it can.
app._port_is_bindable = lambda *_: False

for gap in (domain_names, data_plane, functions, permissions, stack_resources):
    gap.patch()

if __name__ == "__main__":
    app.main()
