"""The rehearsal's model."""

from pathlib import Path

import numpy as np
import pytest

from local.digits import data
from local.digits.versions import TRAININGS


def test_images_are_split_the_same_way_at_every_call_and_none_is_on_both_sides() -> None:
    images = np.arange(100, dtype=np.float32)[:, None]
    labels = np.arange(100)
    (trained, trained_labels), (held, held_labels) = data.split(images, labels)
    again = data.split(images, labels)
    np.testing.assert_array_equal(held, again[1][0])
    assert len(held) == 20
    assert not set(trained_labels) & set(held_labels)
    assert set(trained_labels) | set(held_labels) == set(labels)
    np.testing.assert_array_equal(trained[:, 0], trained_labels)
    np.testing.assert_array_equal(held[:, 0], held_labels)


def test_held_out_images_are_read_back(tmp_path: Path) -> None:
    np.savez(tmp_path / data.HELD_OUT, images=np.ones((2, 64)), labels=np.array([1, 2]))
    images, labels = data.held_out(tmp_path)
    assert images.shape == (2, 64)
    assert labels.tolist() == [1, 2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_each_version_reads_95_of_100_digits_and_is_restored_by_a_session_as_the_server_has_one(
    tmp_path: Path,
) -> None:
    from local.digits.training import accuracy, save, train
    from local.stand_in.metrics import Metrics
    from local.stand_in.saved_model import SavedModelLoader, Threads
    from local.stand_in.tensors import Tensor

    load = SavedModelLoader(["serve"], Threads(), None, True, 1, Metrics())
    trained, (images, labels) = data.split(*data.load())
    for version, training in TRAININGS.items():
        network = train(training, *trained)
        save(network, tmp_path / str(version))
        model = load("digits", version, str(tmp_path / str(version)))
        assert set(model.signatures) == {"serving_default", "classes"}
        signature = model.signatures["classes"]
        (found,) = model.run(
            [(signature.inputs["images"].name, Tensor(1, images))], [signature.outputs["class"].name], 0
        )
        right = float(np.mean(found.array == labels))
        assert right == pytest.approx(accuracy(network, images, labels))
        assert right >= 0.95
        model.close()
