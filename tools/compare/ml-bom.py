"""Holds ML-BOMs to the schema of CycloneDX 1.6, as its own Python library has it.

    pip install "cyclonedx-python-lib[json-validation]"
    zoo manifest --format cyclonedx -o bom.json && python3 tools/compare/ml-bom.py bom.json
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validator = JsonStrictValidator(SchemaVersion.V1_6)
problems = {file: validator.validate_str(Path(file).read_text()) for file in sys.argv[1:]}
for file, problem in problems.items():
    print(f"{file}: {'valid' if problem is None else problem}")
sys.exit(any(problem is not None for problem in problems.values()))
