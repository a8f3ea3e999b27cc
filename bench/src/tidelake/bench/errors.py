"""What can make a measurement worthless."""

from tidelake.runtime.errors import LakeError, Terminal


class BenchFailed(LakeError, Terminal):
    """What was to be measured did not happen as it should; there is no figure."""

    def __init__(self, happened: str, next_step: str) -> None:
        super().__init__(f"{happened} There is no figure. {next_step}")
        self.happened = happened


class BenchInterrupted(LakeError, Terminal):
    """Somebody asked to stop; everything that was started is being ended."""

    def __init__(self) -> None:
        super().__init__("Stopped before all runs were done: no figures.")
