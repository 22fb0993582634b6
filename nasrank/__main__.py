"""`python -m nasrank` is the command `nasrank`."""

from nasrank.bench.commands.main import main

if __name__ == "__main__":
    main()
