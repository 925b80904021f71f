"""Who imports whom: arrows between packages, and between the rooms of a package, point one way."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Parts = tuple[str, ...]
PACKAGES = ("tfserving", "components", "local", "bootstrap")
# What each may import of the project, besides itself; tests/ and benchmarks/ may import all of it.
ALLOWED = {
    "tfserving": set[str](),
    "bootstrap": {"tfserving"},
    "components": {"tfserving"},
    "__main__": {"components", "tfserving"},
    "examples": {"tfserving"},
    "local": {"components", "tfserving", "bootstrap"},
}
OURS = {*PACKAGES, "__main__", "tests", "benchmarks", "examples"}


def imported(code: Mapping[Parts, str]) -> Iterator[tuple[Parts, Parts]]:
    """Pair each module with what it imports anywhere, also within functions."""
    for parts, text in code.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                yield from ((parts, tuple(alias.name.split("."))) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = parts[: -node.level] if node.level else ()
                module = tuple(node.module.split(".")) if node.module else ()
                yield from ((parts, (*base, *module, alias.name)) for alias in node.names)


def sources(package: str) -> dict[Parts, str]:
    """Give the code of a package, by the parts of its modules' names."""
    files = (ROOT / package).rglob("*.py")
    return {path.relative_to(ROOT).with_suffix("").parts: path.read_text() for path in files}


def rooms(code: Mapping[Parts, str]) -> dict[str, set[str]]:
    """Give the other rooms (modules and folders right within the package) that each room imports."""
    graph: dict[str, set[str]] = {}
    for importer, name in imported(code):
        others = {name[1]} if name[0] == importer[0] else set()
        graph.setdefault(importer[1], set()).update(others - {importer[1]})
    return graph


@pytest.mark.parametrize("package", PACKAGES)
def test_no_room_imports_one_that_imports_it_by_whatever_way(package: str) -> None:
    graph = rooms(sources(package))
    assert len(graph) > 5
    assert set(TopologicalSorter(graph).static_order()) >= graph.keys()


@pytest.mark.parametrize("package", ALLOWED)
def test_each_package_imports_only_what_it_may(package: str) -> None:
    code: dict[Parts, str] = (
        sources(package) if package != "__main__" else {("__main__",): (ROOT / "__main__.py").read_text()}
    )
    found = {name[0] for _, name in imported(code)}
    assert found
    assert found & OURS <= {package, *ALLOWED[package]}


def test_what_knows_tensorflow_serving_knows_nothing_of_pulumi() -> None:
    found = {name[0] for _, name in imported(sources("tfserving"))}
    assert "boto3" in found
    assert not {name for name in found if name.startswith("pulumi")}


def test_a_circle_is_seen_also_through_a_third_room_and_from_within_a_function() -> None:
    code = {
        ("house", "cellar", "__init__"): "from house.attic import roof",
        ("house", "attic"): "def look():\n    import house.stairs.steps",
        ("house", "stairs", "steps"): "from ..cellar import door",
    }
    with pytest.raises(CycleError):
        TopologicalSorter(rooms(code)).prepare()
