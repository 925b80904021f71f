"""Containers with an engine of their own: what they are given and what they may."""

import io
import tarfile

from local.data_plane.hosts import archive, rights


def test_files_are_packed_with_path_content_and_mode() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive({"etc/a": b"x"}, 0o600))) as tar:
        (entry,) = tar.getmembers()
        found = tar.extractfile(entry)
        assert found is not None
        assert (entry.name, entry.mode, found.read()) == ("etc/a", 0o600, b"x")


def test_a_machine_asks_for_what_its_engine_needs_on_either_kind_of_cgroups() -> None:
    assert rights("2")["privileged"]
    assert "SYS_ADMIN" in rights("1")["cap_add"]
