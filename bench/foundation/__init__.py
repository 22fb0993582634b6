"""What everything else stands on: files, locks, seeds, the environment, words for the terminal. Nothing of NAS."""
