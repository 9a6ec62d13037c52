"""One module per sub-command of `penstock`.

`register(subparsers)` describes it; `run(args)` does it and returns the exit status.
"""
