"""Reading bytes of others without running what they hold."""
