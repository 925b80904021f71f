"""An AWS on this machine, for rehearsal and tests. Nothing outside of this folder and the tests imports it."""
