"""Senders of all three sources at a given pace, and where what they wrote came to."""
