"""What a folder must have, and what is said of one that has not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tfserving import saved_models
from tests.tfserving.stores import FILES, saved_model
from tfserving.model_store import Tensor, folder_problems, read_signatures
from tfserving.model_store.saved_model import SavedModelError

GRAPH = FILES["saved_model.pb"]
PLAIN = saved_models.saved_model(saved_models.graph())
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def complaints(folder: Path) -> str:
    """Give all problems as one text."""
    return "\n".join(str(problem) for problem in folder_problems(folder))


def frozen() -> bytes:
    """Write a GraphDef, as a frozen graph is."""
    return saved_models.graph(variables=("v",)).graph_def.SerializeToString()


def test_a_saved_model_has_no_problems(tmp_path: Path) -> None:
    assert folder_problems(saved_model(tmp_path)) == []


def test_a_model_without_variables_is_fine(tmp_path: Path) -> None:
    assert folder_problems(saved_model(tmp_path, {"saved_model.pb": PLAIN})) == []


def test_files_that_are_none_of_tensorflows_are_fine(tmp_path: Path) -> None:
    others = {"fingerprint.pb": b"\x08\x01", "keras_metadata.pb": b"", "assets.extra/note.txt": b"", "x.h5": b""}
    assert folder_problems(saved_model(tmp_path, {**FILES, **others})) == []


def test_the_signatures_are_read_with_types_and_shapes(tmp_path: Path) -> None:
    graph = saved_models.graph(signatures=("serving_default", "classes"))
    graph.signature_def["classes"].inputs["ids"].CopyFrom(saved_models.tensor(dtype=9))
    graph.signature_def["classes"].inputs["any"].tensor_shape.unknown_rank = True
    graph.signature_def["classes"].defaults["ids"].string_val.append(b"")
    found = read_signatures(saved_model(tmp_path, {"saved_model.pb": saved_models.saved_model(graph)}))
    assert list(found) == ["classes", "serving_default"]
    assert found["serving_default"].inputs == {"x": Tensor("DT_FLOAT", (None, 2))}
    assert found["serving_default"].outputs == {"y": Tensor("DT_FLOAT", (None, 1))}
    assert found["serving_default"].method == "tensorflow/serving/predict"
    assert found["classes"].inputs["ids"] == Tensor("DT_INT64", ())
    assert found["classes"].inputs["any"] == Tensor("DT_INVALID", None)
    assert found["classes"].optional == {"ids"}


def test_the_signatures_of_what_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SavedModelError, match=r"has no saved_model\.pb"):
        read_signatures(tmp_path)
    with pytest.raises(SavedModelError, match="Git LFS"):
        read_signatures(saved_model(tmp_path, {"saved_model.pb": POINTER}))


def test_the_text_form_is_read_as_well_and_what_it_has_besides_is_stepped_over(tmp_path: Path) -> None:
    text = """
        saved_model_schema_version: 1
        meta_graphs {
          meta_info_def { tags: "serve" tensorflow_version: "2.20.0" }
          graph_def { node { name: "v" op: "VarHandleOp" attr { key: "shape" value { shape { dim { size: 2 } } } } } }
          saver_def { restore_op_name: "restore" version: V2 }
          signature_def { key: "f" value { inputs { key: "x" value { name: "x:0" dtype: DT_HALF tensor_shape {} } } } }
          collection_def { key: "a" value { any_list { value { [type.googleapis.com/tensorflow.AssetFileDef] {} } } } }
        }"""
    folder = saved_model(tmp_path, {"saved_model.pbtxt": text.encode()})
    assert read_signatures(folder)["f"].inputs == {"x": Tensor("DT_HALF", ())}
    assert "though its graph has variables" in complaints(folder)


@pytest.mark.parametrize(
    ("text", "place"),
    [(b"meta_graphs {\n  meta_info_def { tags: 1 }\n}", ":2:25: "), (b"\xff", ": "), (b"a {" * 9999, ": ")],
)
def test_a_text_form_that_does_not_parse_is_refused_at_its_place(tmp_path: Path, text: bytes, place: str) -> None:
    saved_model(tmp_path, {"saved_model.pbtxt": text})
    assert f"saved_model.pbtxt{place}is no SavedModel in text form" in complaints(tmp_path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty: the copy is not complete"),
        (GRAPH[:-1], "is no whole SavedModel: it is cut off"),
        (GRAPH[: len(GRAPH) // 2], "is no whole SavedModel: it is cut off"),
        (b"no model at all", "is no whole SavedModel"),
        (b"\x08\x01", "holds no graph"),
        (POINTER, "is a Git LFS pointer, not the file itself. Run `git lfs pull`."),
        (frozen(), "a graph without signatures, such as a frozen GraphDef. Import it with tf.import_graph_def"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5. Load it with keras.models.load_model"),
        (b"PK\x03\x04" + bytes(99), "is no SavedModel but a zip archive, as .keras files are"),
        (b"\x1f\x8b\x08" + bytes(99), "packed with gzip. Unpack it"),
        (b"\x1c\0\0\0TFL3" + bytes(99), "is no SavedModel but a TensorFlow Lite model"),
        (b"<!DOCTYPE html><html>", "a page of HTML or XML"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied", "a page of HTML or XML"),
        (b"saved_model_schema_version: 1", "a SavedModel in text form. Name it saved_model.pbtxt."),
        (bytes(4096), "a file of zeros, as an interrupted copy leaves it"),
    ],
)
def test_a_graph_file_that_is_none_is_refused_with_what_it_is(tmp_path: Path, content: bytes, complaint: str) -> None:
    saved_model(tmp_path, {"saved_model.pb": content})
    (problem,) = folder_problems(tmp_path)
    assert complaint in str(problem)


def test_a_graph_without_the_servers_tags_is_refused_with_those_there_are(tmp_path: Path) -> None:
    graphs = [saved_models.graph(tags=tags) for tags in (("train",), ("serve", "gpu"), ())]
    saved_model(tmp_path, {"saved_model.pb": saved_models.saved_model(*graphs)})
    (problem,) = folder_problems(tmp_path)
    assert "no graph tagged 'serve'" in problem.message
    assert "'train; gpu,serve; no tag'" in problem.message
    assert "saved_model_tags" in problem.message
    assert folder_problems(tmp_path, ["gpu", "serve"]) == []


def test_of_several_graphs_the_servers_one_counts(tmp_path: Path) -> None:
    graphs = (saved_models.graph(tags=("train",), signatures=(), assets=("none",)), saved_models.graph())
    assert folder_problems(saved_model(tmp_path, {"saved_model.pb": saved_models.saved_model(*graphs)})) == []


def test_a_graph_that_nobody_can_ask_is_refused(tmp_path: Path) -> None:
    content = saved_models.saved_model(saved_models.graph(signatures=()))
    saved_model(tmp_path, {"saved_model.pb": content})
    assert "has no signature that a request could name" in complaints(tmp_path)


def test_an_asset_that_is_not_there_is_named(tmp_path: Path) -> None:
    saved_model(tmp_path, {path: FILES[path] for path in FILES if not path.startswith("assets/")})
    assert "has no 'assets/words.txt', which its graph reads" in complaints(tmp_path)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    graph = saved_models.graph(variables=("v",), assets=("words.txt",), signatures=())
    files = {"saved_model.pb": saved_models.saved_model(graph), "assets.extra/tf_serving_warmup_requests": b"x"}
    saved_model(tmp_path, {**files, "a\\b": b""})
    for part in ("cannot hold", "no signature", "words.txt", "its graph has variables", "no TFRecord"):
        assert part in complaints(tmp_path)


def test_a_missing_folder_and_a_file_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        assert "is not a folder" in complaints(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            "m.keras",
            b"PK\x03\x04",
            "but a Keras model. Load it with keras.models.load_model and write",
        ),
        ("m.H5", b"\x89HDF\r\n\x1a\n", "model.export()"),
        ("m.keras", POINTER, "Run `git lfs pull`."),
        ("m.tar.gz", b"\x1f\x8b", "Unpack it"),
        ("m.tar", bytes(257) + b"ustar", "Unpack it"),
        ("m.zip", b"PK\x03\x04", "Unpack it"),
        ("m.tflite", b"\0\0\0\0TFL3", "a TensorFlow Lite model"),
        ("m.onnx", b"\x08\x07", "an ONNX model"),
        ("m.ckpt.index", b"", "a training checkpoint"),
        ("saved_model.pb", b"", "Name the folder it lies in"),
    ],
)
def test_a_file_in_place_of_a_folder_is_told_what_it_is(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert complaint in complaints(tmp_path / name)


def test_a_pipe_in_place_of_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is not a folder" in complaints(tmp_path / "pipe")


def test_the_folder_above_a_saved_model_is_told_from_it(tmp_path: Path) -> None:
    saved_model(tmp_path / "1")
    assert f"but below it '1' has one: name {tmp_path}/1, not one above it." in complaints(tmp_path)


def test_of_a_folder_of_versions_the_newest_is_named(tmp_path: Path) -> None:
    for name in ("digits/9", "digits/10", "digits/old"):
        saved_model(tmp_path / name)
    assert "'digits/10', 'digits/9', 'digits/old' have one: name" in complaints(tmp_path)
    assert f"name {tmp_path}/digits/10," in complaints(tmp_path)


def test_a_part_of_a_saved_model_leads_to_the_whole(tmp_path: Path) -> None:
    saved_model(tmp_path)
    assert f"Name the folder above it, {tmp_path}." in complaints(tmp_path / "variables")


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ((), "it is empty"),
        (("model.keras",), "but 'model.keras', a Keras model"),
        (("config.json", "metadata.json", "model.weights.h5"), "an unpacked .keras file"),
        (
            ("checkpoint", "ckpt-1.index", "ckpt-1.data-00000-of-00001"),
            "a training checkpoint, which has values",
        ),
        (("model.tar.gz",), "Unpack it"),
        (("frozen_inference_graph.pb",), "such as a frozen GraphDef"),
        (("saved_model.cpb",), "in pieces"),
        (("Saved_Model.pb",), "Rename it"),
        (("notes.txt",), "Name the folder that tf.saved_model.save or model.export() wrote."),
    ],
)
def test_a_folder_of_something_else_is_told_what_it_is(tmp_path: Path, names: tuple[str, ...], complaint: str) -> None:
    saved_model(tmp_path, dict.fromkeys(names, b"x"))
    (problem,) = folder_problems(tmp_path)
    assert "has no saved_model.pb" in problem.message
    assert complaint in problem.message


def test_per_model_batching_of_a_version_is_checked_as_the_stacks_is(tmp_path: Path) -> None:
    saved_model(tmp_path, {**FILES, "batching_params.pbtxt": b"max_batch_size: 3\n"})
    assert "batching_params.pbtxt:1:" in complaints(tmp_path)
    (tmp_path / "batching_params.pbtxt").write_text("max_batch_size { value: 3 }\n")
    assert folder_problems(tmp_path) == []


def test_a_disk_that_fails_midway_is_told_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved_model(tmp_path)
    read: Callable[[Path], bytes] = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.name == "variables.index":
            raise OSError(5, "Input/output error", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", failing)
    assert "variables.index: cannot be read: Input/output error" in complaints(tmp_path)
