"""Run docs/tutorial.md again and write what the commands say now into it.

A line `$ COMMAND` in a ```console block is run, and the lines below it are replaced by its output. A ```toml block whose
first line is `# NAME.toml` becomes that file. A ```python block is run, and its output replaces the ```text block that follows.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def say(arguments: list[str], folder: str) -> str:
    """What a command prints, with its complaints when it failed; paths as they are seen in the folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "120"}
    done = subprocess.run(arguments, cwd=folder, env=environment, text=True, check=False, capture_output=True)
    said = done.stdout + (done.stderr if done.returncode else "")
    return "".join(f"{line.rstrip()}\n" for line in said.replace(f"{folder}/", "").rstrip().splitlines())


def lived_again(text: str) -> str:
    """The text with fresh outputs."""
    said = ""
    with tempfile.TemporaryDirectory() as folder:
        say(["megastructure", "warm"], folder)

        def fresh(block: re.Match[str]) -> str:
            nonlocal said
            kind, body = block.groups()
            if kind == "toml":
                (Path(folder) / body.splitlines()[0].lstrip("# ")).write_text(body, encoding="utf-8")
            elif kind == "console":
                commands = [line for line in body.splitlines() if line.startswith("$ ")]
                body = "\n".join(f"{c}\n{say(['bash', '-c', c[2:]], folder)}" for c in commands)
            elif kind == "python":
                said = say([sys.executable, "-c", body], folder)
            elif kind == "text":
                body = said
            return f"```{kind}\n{body}```"

        return BLOCK.sub(fresh, text)


if __name__ == "__main__":
    TUTORIAL.write_text(lived_again(TUTORIAL.read_text(encoding="utf-8")), encoding="utf-8")
