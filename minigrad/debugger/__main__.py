"""`python -m minigrad.debugger [-c COMMAND] [-x FILE] SCRIPT [ARGUMENTS]`."""

from minigrad.debugger.script import main

if __name__ == "__main__":
    main()
