"""Training a version and saving it as a SavedModel with two signatures; the only module that needs TensorFlow."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from local.digits.data import Images, Labels
from local.digits.versions import Training

CLASSES: Final = 10
PIXELS: Final = 64
SEED: Final = 7


def train(training: Training, images: Images, labels: Labels) -> Any:
    """Train a network; equal data and training give an equal one."""
    tf.keras.utils.set_random_seed(SEED)
    layers = [tf.keras.layers.Dense(size, activation="relu") for size in training.hidden]
    network = tf.keras.Sequential(
        [tf.keras.Input((PIXELS,)), *layers, tf.keras.layers.Dense(CLASSES, activation="softmax")]
    )
    network.compile(optimizer=tf.keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy")
    network.fit(images, labels, epochs=training.epochs, batch_size=64, verbose=0)
    return network


def save(network: Any, folder: Path) -> None:
    """Save with `serving_default` (images to probabilities) and `classes` (images to digit and its score)."""
    images = tf.TensorSpec((None, PIXELS), tf.float32, name="images")

    def probabilities(images: Any) -> dict[str, Any]:
        return {"probabilities": network(images)}

    def classes(images: Any) -> dict[str, Any]:
        scores = network(images)
        return {"class": tf.argmax(scores, axis=-1), "score": tf.reduce_max(scores, axis=-1)}

    module = tf.Module()
    # A Keras 3 network itself would be saved with twins of its variables, and a session restores the twins only.
    module.weights = [variable.value for variable in network.variables]
    signatures = {
        "serving_default": tf.function(probabilities, input_signature=[images]),
        "classes": tf.function(classes, input_signature=[images]),
    }
    tf.saved_model.save(module, str(folder), signatures=signatures)


def accuracy(network: Any, images: Images, labels: Labels) -> float:
    """Give the part of images a network reads right."""
    return float(np.mean(np.argmax(network(images).numpy(), axis=-1) == labels))
