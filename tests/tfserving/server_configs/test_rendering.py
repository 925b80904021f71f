from pathlib import Path

import pytest

from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import check_models, local_models_config, parse_models, store_models_config

GOLDEN = Path(__file__).parents[2] / "golden" / "server_configs"

CONFIG = parse_models(
    """
    model_config_list {
      config {
        name: "digits"
        model_version_policy { specific { versions: 2 versions: 1 } }
        version_labels { key: "live" value: 2 }
        version_labels { key: "Before" value: 1 }
      }
      config { name: "faces.v-2" base_path: "s3://store/models/faces.v-2/" model_version_policy { all { } } }
      config { name: "words" model_version_policy { latest { num_versions: 3 } } }
    }
    """,
    "models.config",
)


def test_the_store_object_has_paths_and_platforms_filled_in() -> None:
    assert store_models_config(CONFIG, "store") == (GOLDEN / "store_models.config").read_text()


def test_the_local_file_names_local_folders_and_exact_versions() -> None:
    versions = {"digits": [1, 2], "faces.v-2": (7, 5, 7), "words": []}
    assert local_models_config(CONFIG, versions, "/models") == (GOLDEN / "local_models.config").read_text()


def test_what_is_written_passes_the_checks() -> None:
    assert check_models(store_models_config(CONFIG, "store"), "models.config", bucket="store") == []


def test_the_config_given_stays_as_it_is() -> None:
    before = ModelServerConfig()
    before.CopyFrom(CONFIG)
    store_models_config(CONFIG, "other")
    local_models_config(CONFIG, {"digits": [1, 2]}, "/models")
    assert before == CONFIG


def test_labels_are_written_in_the_same_order_whatever_order_they_were_given_in() -> None:
    def text(labels: list[str]) -> str:
        config = ModelServerConfig()
        model = config.model_config_list.config.add(name="a")
        for label in labels:
            model.version_labels[label] = 1
        return store_models_config(config, "store")

    assert text(["b", "a", "c"]) == text(["c", "b", "a"])


def test_a_label_on_version_zero_keeps_its_value() -> None:
    policy = "model_version_policy { specific { versions: 0 } }"
    label = 'version_labels { key: "live" value: 0 }'
    text = f'model_config_list {{ config {{ name: "a" {policy} {label} }} }}'
    assert check_models(store_models_config(parse_models(text, "m"), "store"), "m") == []


def test_a_local_file_without_any_version_is_refused() -> None:
    with pytest.raises(ValueError, match="unload everything"):
        local_models_config(CONFIG, {"digits": []}, "/models")


def test_a_local_label_on_a_version_not_given_is_refused() -> None:
    with pytest.raises(ValueError, match="label 'live' of model 'digits' points to version 2"):
        local_models_config(CONFIG, {"digits": [1]}, "/models")
