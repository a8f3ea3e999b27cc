"""`lake demo`: the whole road on real flights, with its faults on screen and its answers checked."""

from tidelake.cli.demo.command import command

__all__ = ["command"]
