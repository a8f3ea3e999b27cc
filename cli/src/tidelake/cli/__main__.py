"""`python -m tidelake.cli`, which ./lake becomes once the environment is there."""

import sys

if __name__ == "__main__":
    try:
        from tidelake.cli.main import main
        from tidelake.cli.quiet import quiet_logs
        from tidelake.runtime.ending import end_process

        quiet_logs()
        end_process(main())
    except KeyboardInterrupt:
        # Before a command could take the signal: nothing was started yet.
        sys.exit(130)
