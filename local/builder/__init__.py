"""What runs a build of CodeBuild, within the builder's container: from the source to the last phase."""
