"""The one line by which the emulator says that it is ready, and where."""

READY = "GCS emulator (a test double, not a store for data that you need) is ready: "
