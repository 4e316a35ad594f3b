"""Runs the exporter of one plugin, whose modules are in the folder of the command's name."""

import importlib
import sys
from pathlib import Path


def run(command: str, description: str) -> None:
    if len(sys.argv) == 1 or sys.argv[1] in ("-h", "--help"):
        print(description.strip())
        return
    folder = Path(command).resolve().with_suffix("")
    # In the place of this folder, whose clip.py and whisper.py would stand before packages of these names.
    sys.path[0] = str(folder)
    importlib.import_module("export_" + folder.name.replace("-", "_")).main()
