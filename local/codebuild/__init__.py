"""CodeBuild's part of the data plane: a container for each build the AWS API reports. Runs in the `ec2` container."""
