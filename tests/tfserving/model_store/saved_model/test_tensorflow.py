"""SavedModels of every shape that TensorFlow writes: what it can load is published, and what it cannot is not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfserving.model_store import folder_problems, read_signatures

pytestmark = pytest.mark.slow

Write = Callable[[Path, Path], None]


def spec(tf: Any) -> Any:
    """Describe the input of every model here."""
    return tf.TensorSpec([None, 2], tf.float32, name="x")


def save(folder: Path, module: Any, function: Callable[[Any], Any], **options: Any) -> None:
    """Save a module with one signature."""
    import tensorflow as tf

    module.function = tf.function(function, input_signature=[spec(tf)])
    options = {"options": tf.saved_model.SaveOptions(**options)} if options else {}
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.function}, **options)


def plain(folder: Path, beside: Path) -> None:
    """Save a module with a variable."""
    import tensorflow as tf

    module = tf.Module()
    module.weights = tf.Variable([1.0, 2.0])
    save(folder, module, lambda x: {"y": x * module.weights})


def sharded(folder: Path, beside: Path) -> None:
    """Save variables in several shards, one of them cut in two."""
    import tensorflow as tf

    module = tf.Module()
    module.weights = [tf.Variable(tf.ones([2])), tf.Variable(tf.ones([100, 2])), tf.Variable(tf.ones([50, 2]))]
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=500)
    save(folder, module, lambda x: {"y": x * module.weights[0]}, experimental_sharding_callback=policy)
    assert len(list((folder / "variables").glob("*.data-*"))) > 2


def constants(folder: Path, beside: Path) -> None:
    """Save a module without variables."""
    import tensorflow as tf

    save(folder, tf.Module(), lambda x: {"y": x * 2.0})


def tables(folder: Path, beside: Path) -> None:
    """Save tables, one read from an asset and one kept among the variables."""
    import tensorflow as tf

    words = beside / "words.txt"
    words.write_text("a\nb\n")
    index = tf.lookup.TextFileIndex
    read = tf.lookup.TextFileInitializer(str(words), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(read, -1)
    module.kept = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    module.kept.insert(["k"], [5])
    save(folder, module, lambda x: {"y": module.table.lookup(tf.as_string(x)) + module.kept.lookup(tf.as_string(x))})


def keras(folder: Path, beside: Path) -> None:
    """Export a Keras model."""
    import tensorflow as tf

    layers = [tf.keras.Input((2,)), tf.keras.layers.Dense(3), tf.keras.layers.BatchNormalization()]
    tf.keras.Sequential(layers).export(str(folder), verbose=False)


def first_version(folder: Path, as_text: bool = False, tags: tuple[tuple[str, ...], ...] = (("serve",),)) -> None:
    """Save a graph of TensorFlow 1 with a variable in one piece and one in slices, once for each set of tags."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        whole = v1.get_variable("v", [2], use_resource=False)
        sliced = v1.get_variable("p", [8, 2], partitioner=v1.fixed_size_partitioner(2))
        y = x * whole + tf.convert_to_tensor(sliced)[0]
        session.run(v1.global_variables_initializer())
        signatures = {"serving_default": v1.saved_model.predict_signature_def({"x": x}, {"y": y})}
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, list(tags[0]), signatures)
        for others in tags[1:]:
            builder.add_meta_graph(list(others), signatures)
        builder.save(as_text)


def several(folder: Path, beside: Path) -> None:
    """Save three graphs over the same variables."""
    first_version(folder, tags=(("train",), ("serve", "gpu"), ("serve",)))


WRITERS: dict[str, Write] = {
    "plain": plain,
    "sharded": sharded,
    "constants": constants,
    "tables": tables,
    "keras": keras,
    "text": lambda folder, beside: first_version(folder, as_text=True),
    "several": several,
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a model, written once."""
    root = tmp_path_factory.mktemp("models")

    def give(name: str) -> Path:
        if not (root / name).exists():
            WRITERS[name](root / name, root)
        return root / name

    return give


@pytest.fixture
def copied(saved: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """Give a copy of a model, to be spoilt."""
    return lambda name: Path(shutil.copytree(saved(name), tmp_path / name))


def loads(folder: Path) -> bool:
    """Tell whether TensorFlow loads a folder as servers do: its C++ loader minds less than its Python one."""
    from local.stand_in import c_api
    from local.stand_in.status import StatusError

    try:
        c_api.close_session(c_api.load_session(str(folder), ["serve"], b""))
    except StatusError:
        return False
    return True


@pytest.mark.parametrize("name", WRITERS)
def test_what_tensorflow_writes_has_no_problems(saved: Callable[[str], Path], name: str) -> None:
    folder = saved(name)
    assert loads(folder)
    assert folder_problems(folder) == []
    (given,) = read_signatures(folder)["serving_default"].inputs.values()
    assert (given.dtype, given.shape) == ("DT_FLOAT", (None, 2))


def test_a_module_without_a_function_cannot_be_asked(tmp_path: Path) -> None:
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(tmp_path))
    (problem,) = folder_problems(tmp_path)
    assert "has no signature that a request could name" in problem.message


def test_a_model_without_variables_is_served_without_their_folder(copied: Callable[[str], Path]) -> None:
    folder = copied("constants")
    shutil.rmtree(folder / "variables")
    assert loads(folder)
    assert folder_problems(folder) == []


def shard_of(folder: Path) -> Path:
    """Give the largest shard."""
    return max((folder / "variables").glob("variables.data-*"), key=lambda path: path.stat().st_size)


def flip(path: Path, place: int) -> None:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def exchange(folder: Path) -> None:
    """Put another model's variables in place of a model's own."""
    plain(folder.with_name("other"), folder)
    shutil.rmtree(folder / "variables")
    shutil.copytree(folder.with_name("other") / "variables", folder / "variables")


@pytest.mark.parametrize(
    ("name", "spoil", "complaint"),
    [
        ("plain", lambda folder: cut(folder / "saved_model.pb"), "is cut off"),
        ("plain", lambda folder: cut(folder / "variables/variables.index"), "variables.index: "),
        ("plain", lambda folder: flip(folder / "variables/variables.index", 3), "whose checksum is wrong"),
        ("plain", lambda folder: flip(shard_of(folder), 0), "their checksums differ"),
        ("keras", lambda folder: shard_of(folder).unlink(), "there is no data at all"),
        ("sharded", lambda folder: shard_of(folder).unlink(), "is missing; there is only"),
        ("sharded", lambda folder: cut(shard_of(folder)), "the copy was cut off"),
        ("tables", lambda folder: (folder / "assets/words.txt").unlink(), "has no 'assets/words.txt'"),
        ("keras", exchange, "which the graph restores"),
    ],
)
def test_what_tensorflow_cannot_load_is_refused(
    copied: Callable[[str], Path], name: str, spoil: Callable[[Path], None], complaint: str
) -> None:
    folder = copied(name)
    spoil(folder)
    assert not loads(folder)
    assert complaint in "\n".join(map(str, folder_problems(folder)))


def test_a_keras_model_that_was_not_exported_is_refused_although_it_loads(tmp_path: Path) -> None:
    import tensorflow as tf

    tf.saved_model.save(tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)]), str(tmp_path))
    assert loads(tmp_path)
    (problem,) = folder_problems(tmp_path)
    assert "which loading does not restore" in problem.message
    assert "model.export()" in problem.message


def test_what_tensorflow_loads_and_cannot_run_is_refused(copied: Callable[[str], Path]) -> None:
    folder = copied("plain")
    (folder / "variables/variables.index").unlink()
    assert loads(folder)
    assert "has variables but no variables/variables.index" in folder_problems(folder)[0].message
