"""Tables for other people's tools: ConfigSpace, Optuna and syne-tune, each imported when it is asked for."""
