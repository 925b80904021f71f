"""The process beside the server: it brings the wanted models to the machine, then tells the server, then watches it."""
