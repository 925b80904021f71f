"""What EC2 and CodeBuild share on the data plane, which makes true what the AWS API reports."""
