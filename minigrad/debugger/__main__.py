"""`python -m minigrad.debugger [-c COMMAND] [-x FILE] [--pdb] (SCRIPT | -m MODULE) [ARGUMENT ...]`."""

from minigrad.debugger.script import main

if __name__ == "__main__":
    main()
