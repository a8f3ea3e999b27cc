"""Help is shown without what only the command itself needs: that takes seconds on a machine that is busy."""

import subprocess
import sys

COMMANDS = (
    *("up", "down", "status", "logs", "doctor", "audit", "test", "tables", "versions"),
    *("bench road", "bench soak"),
    *("dataset check", "dataset apply", "dataset ls", "dataset give-up-offsets"),
    *("keys create", "keys ls", "keys revoke"),
)
HEAVY = ("confluent_kafka", "deltalake", "duckdb", "google", "numpy", "pyarrow", "pydantic", "requests")
# In one process, which is what takes long: each command adds to what the ones before it have loaded.
ASK = f"""
import sys
from tidelake.cli.main import main
for command in {COMMANDS}:
    assert main([*command.split(), "--help"]) == 0
    if found := [name for name in {HEAVY} if name in sys.modules]:
        sys.exit(f"help of {{command}} loads {{' '.join(found)}}")
"""


def test_help_imports_nothing_heavy() -> None:
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert asked.stderr == ""
    assert asked.stdout.count("Usage: lake") == len(COMMANDS)
