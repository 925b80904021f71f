"""The set-up: finds or installs everything the project needs, with nothing but the standard library."""
