"""What the commands of `lake bench` share, and what they write."""
