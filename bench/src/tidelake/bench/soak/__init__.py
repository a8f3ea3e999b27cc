"""`lake bench soak`: the whole stack under load for long, with a process killed every now and then."""
