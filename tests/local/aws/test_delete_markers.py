"""Emptying a bucket that holds delete markers."""

import boto3
import pytest
from moto.s3.models import FakeDeleteMarker

from local.aws import delete_markers


def test_a_bucket_with_delete_markers_is_emptied_after_its_versioning_was_suspended(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeDeleteMarker, "dispose", None, raising=False)
    delete_markers.install()
    s3 = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.create_bucket(Bucket="models")
    s3.put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="models", Key="a", Body=b"")
    s3.delete_object(Bucket="models", Key="a")
    s3.put_bucket_versioning(Bucket="models", VersioningConfiguration={"Status": "Suspended"})
    found = s3.list_object_versions(Bucket="models")
    versions = [(each["Key"], each["VersionId"]) for each in (*found["Versions"], *found["DeleteMarkers"])]
    objects = [{"Key": key, "VersionId": version} for key, version in versions]
    s3.delete_objects(Bucket="models", Delete={"Objects": objects})  # type: ignore[typeddict-item]
    s3.delete_bucket(Bucket="models")
    assert s3.list_buckets()["Buckets"] == []
