"""What looks after instances and builds, each at its own pace. Runs in the `ec2` container."""
