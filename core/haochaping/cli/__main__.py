"""`python -m haochaping.cli`: the same as `haochaping`."""

from haochaping.cli import main

if __name__ == "__main__":
    main()
