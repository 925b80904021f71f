"""A tiny real SavedModel: version 1 is `2x + 1`, version 2 is `3x`, of tf.Examples too, and both shout strings."""

import subprocess
import sys
from pathlib import Path

MAKE_MODELS = """
import sys
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

class Line(tf.Module):
    def __init__(self, w, b):
        super().__init__()
        self.w = tf.Variable(w)
        self.b = tf.Variable(b)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def line(self, x):
        return {"y": self.w * x + self.b}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="t")])
    def shout(self, t):
        return {"t_bytes": tf.strings.join([t, "!"])}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def of_examples(self, inputs):
        parsed = tf.io.parse_example(inputs, {"x": tf.io.FixedLenFeature([], tf.float32)})
        return {"outputs": self.w * parsed["x"] + self.b}

def make_regression(path):
    # Saved functions are all of the method predict.
    with open(path, "rb") as file:
        saved = saved_model_pb2.SavedModel.FromString(file.read())
    saved.meta_graphs[0].signature_def["of_examples"].method_name = "tensorflow/serving/regress"
    with open(path, "wb") as file:
        file.write(saved.SerializeToString())

for version, (w, b) in {1: (2.0, 1.0), 2: (3.0, 0.0)}.items():
    model = Line(w, b)
    signatures = {"serving_default": model.line, "shout": model.shout, "of_examples": model.of_examples}
    tf.saved_model.save(model, f"{sys.argv[1]}/{version}", signatures=signatures)
    make_regression(f"{sys.argv[1]}/{version}/saved_model.pb")
"""


def save_line(folder: Path) -> Path:
    """Save both versions under the folder, readable for everyone; TensorFlow runs in a process of its own."""
    subprocess.run([sys.executable, "-c", MAKE_MODELS, str(folder)], check=True, capture_output=True)
    folder.chmod(0o755)
    return folder
