"""monitoring.config, rule by rule."""

import pytest

from tfserving.server_configs import check_monitoring, parse_monitoring


def refused(text: str, place: str, fragment: str) -> bool:
    [problem] = check_monitoring(text, "mo")
    return problem.where == f"mo:{place}" and fragment in problem.message and problem.message.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        'prometheus_config: {\n    enable: true,\n    path: "/monitoring/prometheus/metrics"\n}',
        "prometheus_config { enable: true }",
        "prometheus_config { enable: false }",
        'prometheus_config { enable: true path: "/v1metrics" }',
    ],
)
def test_a_sound_file_is_accepted(text: str) -> None:
    assert check_monitoring(text, "mo") == []


def test_the_message_is_parsed() -> None:
    assert parse_monitoring('prometheus_config { path: "/x" }', "mo").prometheus_config.path == "/x"


@pytest.mark.parametrize("text", ["", "# nothing"])
def test_a_file_that_says_nothing_is_refused(text: str) -> None:
    assert refused(text, "1:1", "sets nothing")


def test_a_path_without_the_switch_is_refused() -> None:
    assert refused('\nprometheus_config { path: "/metrics" }', "2:1", "without 'enable' it is off")


@pytest.mark.parametrize("path", ["", "metrics", "/a b", "/a?b=c"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    text = f'prometheus_config {{ enable: true path: "{path}" }}'
    assert refused(text, "1:40", f"{path!r}, but must begin with '/'")


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/V1/metrics"])
def test_a_path_in_the_rest_api_is_refused(path: str) -> None:
    text = f'prometheus_config {{ enable: true path: "{path}" }}'
    assert refused(text, "1:40", "lies in the REST API")


def test_a_misspelt_switch_is_not_called_missing_too() -> None:
    assert refused("prometheus_config { enabled: true }", "1:21", "Perhaps 'enable' was meant.")


def test_a_path_without_quotes_brings_no_second_complaint() -> None:
    assert refused("prometheus_config { enable: true path: metrics }", "1:40", "must be text in quotes")
