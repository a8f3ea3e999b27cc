"""`lake query`: one question to the lake, as any application asks it."""

from .command import command

__all__ = ["command"]
