"""EC2's data plane: a container for each instance the AWS API reports. Runs in the `ec2` container."""
