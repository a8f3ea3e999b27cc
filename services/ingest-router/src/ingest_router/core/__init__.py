"""Pure decisions of the door: no clock, no I/O, no framework."""
