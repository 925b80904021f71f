"""When a fleet is ready, and what it is otherwise."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tfserving.fleet.machines import CONFIG, reported, served, status, verdict
from tfserving.fleet import Config, Outcome, Report, Standing, document, lines_of

BEHIND = {"config": {"version_id": "v1", "etag": "e1", "sha256": "s1"}}


def test_a_fleet_is_ready_once_every_machine_reports_the_config_in_s3_as_served() -> None:
    both = verdict(reported(served("i-1")), reported(served("i-2")), machines=("i-1", "i-2"))
    assert both.outcome is Outcome.READY
    assert both.reasons == lines_of(both) == ()


def test_ready_with_the_config_before_is_not_ready() -> None:
    behind = verdict(reported(served("i-1", **BEHIND)))
    assert behind.outcome is Outcome.NOT_READY
    assert behind.reasons == ("i-1: It has not taken up the config that lies in S3 now.",)


def test_a_version_with_the_same_bytes_is_the_same_config() -> None:
    assert verdict(reported(served("i-1")), config=Config("v9", '"e2"')).outcome is Outcome.READY


def test_a_bucket_without_versions_is_told_by_its_content() -> None:
    unversioned = served("i-1", config={"version_id": "", "etag": '"e2"'})
    assert verdict(reported(unversioned), config=Config("", '"e2"')).outcome is Outcome.READY
    assert verdict(reported(served("i-1", config={})), config=Config("", '"e2"')).outcome is Outcome.NOT_READY


def test_a_machine_of_the_stack_that_has_not_reported_is_not_ready() -> None:
    missing = verdict(reported(served("i-1")), machines=("i-1", "i-2"))
    assert missing.outcome is Outcome.NOT_READY
    assert [judged.standing for judged in missing.machines] == [Standing.READY, Standing.SILENT]


@pytest.mark.parametrize(("age", "outcome"), [(150, Outcome.READY), (151, Outcome.LOST)])
def test_a_machine_that_stopped_reporting_is_lost(age: float, outcome: Outcome) -> None:
    assert verdict(reported(served("i-1"), age)).outcome is outcome


def test_a_lost_machine_outweighs_one_that_is_not_ready() -> None:
    found = verdict(reported(served("i-1"), 200), reported(status("i-2")), machines=("i-1", "i-2"))
    assert found.outcome is Outcome.LOST
    assert found.reasons[0].startswith("i-1: It has not reported for 200 s")


def test_a_replaced_machine_is_not_counted() -> None:
    assert verdict(reported(served("i-1")), reported(served("i-0"), 9999)).outcome is Outcome.READY


def test_without_a_machine_or_a_config_nothing_is_ready() -> None:
    assert verdict(reported(served("i-0")), machines=()).outcome is Outcome.NOT_READY
    missing = verdict(reported(served("i-1")), config=None)
    assert missing.outcome is Outcome.NOT_READY
    assert "configs/models.config is missing" in missing.reasons[0]


def test_progress_names_model_step_and_what_it_waits_for() -> None:
    failed = {"model": "other", "version": 1, "labels": [], "state": "failed", "error": "no graph"}
    content = status("i-1")
    content["models"].append(failed)
    assert lines_of(verdict(reported(content))) == (
        "i-1: digits/3 downloading, waits for its download; other/1 failed (no graph)",
    )
    assert "has not taken up the config" in lines_of(verdict(reported(status("i-1", **BEHIND))))[0]
    assert "has not reported yet" in lines_of(verdict())[0]


def test_the_document_has_what_the_table_shows() -> None:
    found = document(verdict(reported(status("i-1", problems=["Late."]))), "bucket", ("a note",))
    assert (found["outcome"], found["config"]) == ("not ready", {"version_id": "v2", "etag": '"e2"'})
    (machine,) = found["machines"]
    assert (machine["machine"], machine["config"], machine["age_seconds"]) == ("i-1", "current", 5)
    assert machine["reasons"] == ["Late."]
    assert machine["models"][0]["step"] == "its download"
    assert found["notes"] == ["a note"]
    assert document(verdict(config=None), "bucket")["config"] is None


reports = st.lists(
    st.builds(
        lambda number, ready, behind, age: reported(
            (served if ready else status)(f"i-{number}", **(BEHIND if behind else {})), age
        ),
        st.integers(0, 4),
        st.booleans(),
        st.booleans(),
        st.floats(0, 400),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(reports, st.sets(st.integers(0, 4), max_size=5))
def test_ready_means_a_fresh_ready_report_of_this_config_from_every_machine(
    said: list[Report], numbers: set[int]
) -> None:
    machines = tuple(f"i-{number}" for number in numbers)
    found = verdict(*said, machines=machines)
    last = {report.instance_id: report for report in said}
    good = {judged.machine.instance_id for judged in found.machines if judged.standing is Standing.READY}
    for id_ in good:
        assert last[id_].ready
        assert CONFIG.is_of(last[id_])
    assert (found.outcome is Outcome.READY) == (bool(machines) and good == set(machines))
    assert bool(found.reasons) == bool(lines_of(found)) == (found.outcome is not Outcome.READY)
