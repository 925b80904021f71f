"""The rehearsal's data plane, which makes true what the AWS API reports. Runs in the `ec2` container."""
