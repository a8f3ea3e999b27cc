"""Pure decisions: values, columns and frames in, decisions out; no session, no clock, no I/O."""
