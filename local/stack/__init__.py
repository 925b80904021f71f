"""The rehearsal's stack: the real engine on the real program, against the AWS on this machine."""
