"""Names of base images in the rehearsal's registry."""

import pytest

from local.cloud.mirror import mirrored


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("debian", "bases/debian:latest"),
        ("tensorflow/serving:2.20.0", "bases/tensorflow/serving:2.20.0"),
        ("127.0.0.1:5000/python:1", "bases/python:1"),
        ("localhost/python:1", "bases/python:1"),
        ("nvcr.io/nvidia/cuda:13", "bases/nvidia/cuda:13"),
        (f"debian@sha256:{'ab' * 32}", "bases/debian:abababababababab"),
        (f"debian:13@sha256:{'ab' * 32}", "bases/debian:13"),
    ],
)
def test_an_image_keeps_its_name_without_the_host_it_is_from(image: str, expected: str) -> None:
    assert mirrored(image) == expected
