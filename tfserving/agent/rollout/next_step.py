"""The next thing the server is told, in an order that it can follow.

New versions first, with the old ones and their labels as they were; labels once their version is AVAILABLE; old
versions last, when everything new is in place. A file that does all at once is refused whole and for ever
(tensorflow/serving#1608), one that drops an old version for a broken new one cannot be taken back.
"""

from tfserving.agent.rollout.facts import GONE, Facts, Offer, Offers, Version, labels_of, versions_of


def next_offers(facts: Facts) -> Offers | None:
    """Say what the server shall be told now; None keeps it from being started at all.

    Never offers what is not whole on disk, never a label on a version that is not AVAILABLE, and never takes away what
    serves before what replaces it does.
    """
    if facts.told is None:
        return _first(facts)
    if not facts.server.answers:
        return _while_silent(facts)
    models = {*facts.wanted, *(set() if complete(facts) else facts.told)}
    offers = {model: _next(facts, model) for model in sorted(models)}
    return {model: offer for model, offer in offers.items() if offer.versions}


def complete(facts: Facts) -> bool:
    """Tell whether the server serves everything that is wanted, under its labels."""
    return bool(facts.wanted) and all(_complete(facts, model) for model in facts.wanted)


def serving(facts: Facts) -> bool:
    """Tell whether the server answers for all it was told but what it is loading for the first time."""
    told = versions_of(facts.told)
    ready = all(facts.server.loaded(*version) for version in told & facts.proven)
    labels = all(facts.server.labels.get(label) == version for label, version in labels_of(facts.told).items())
    return facts.server.answers and bool(told & facts.proven) and ready and labels


def removable(facts: Facts) -> set[Version]:
    """Give what may leave the disk: neither wanted nor told, and let go by the server."""
    if not facts.server.answers:
        return set()
    candidates = facts.on_disk - versions_of(facts.wanted) - versions_of(facts.told)
    return {version for version in candidates if facts.server.states.get(version, GONE) == GONE}


def _first(facts: Facts) -> Offers | None:
    """The first state is told whole: a server that is started before waits for the missing (tensorflow/serving#979)."""
    wanted = versions_of(facts.wanted)
    return {m: o for m, o in facts.wanted.items() if o.versions} if wanted and wanted <= facts.on_disk else None


def _while_silent(facts: Facts) -> Offers:
    """A server that starts ends if a model does not load, and starts again: leave out what has never loaded here.

    What it has been given before anything was proven is left until patience ends; then nothing is offered, so that it
    comes up without models and says which one it cannot load. A server that only took its time ignores that file.
    """
    if not facts.patient:
        return {}
    assert facts.told is not None
    if not versions_of(facts.told) & facts.proven:
        return facts.told
    offers = {model: _proven(facts, model, offer) for model, offer in facts.told.items()}
    return {model: offer for model, offer in offers.items() if offer.versions}


def _proven(facts: Facts, model: str, offer: Offer) -> Offer:
    versions = frozenset(version for version in offer.versions if (model, version) in facts.proven)
    return Offer(versions, {label: version for label, version in offer.labels.items() if version in versions})


def _next(facts: Facts, model: str) -> Offer:
    wanted, told = facts.wanted.get(model, Offer()), (facts.told or {}).get(model, Offer())
    held = {version for name, version in facts.held if name == model}
    startable = {version for version in wanted.versions if (model, version) in facts.on_disk} | (
        wanted.versions & told.versions
    )
    kept = set() if _complete(facts, model) else {v for v in told.versions - wanted.versions if _keeps(facts, model, v)}
    versions = frozenset((startable - held) | kept)
    if model not in facts.wanted:
        return Offer(versions, {label: version for label, version in told.labels.items() if version in versions})
    return Offer(versions, _labels(facts, model, versions))


def _keeps(facts: Facts, model: str, version: int) -> bool:
    return not facts.server.failed(model, version) and (
        facts.server.loaded(model, version) or (model, version) in facts.proven
    )


def _labels(facts: Facts, model: str, versions: frozenset[int]) -> dict[str, int]:
    told = (facts.told or {}).get(model, Offer()).labels
    placed = {}
    for label, version in facts.wanted[model].labels.items():
        if version in versions and facts.server.loaded(model, version):
            placed[label] = version
        elif told.get(label) in versions:
            placed[label] = told[label]
    return placed


def _complete(facts: Facts, model: str) -> bool:
    wanted = facts.wanted[model] if model in facts.wanted else Offer()
    loaded = all(facts.server.loaded(model, version) for version in wanted.versions)
    placed = {label: version for (name, label), version in facts.server.labels.items() if name == model}
    return bool(wanted.versions) and loaded and placed == wanted.labels
