"""The digest is defined once; these values pin it."""

import hashlib
import random

from hypothesis import given
from hypothesis import strategies as st

from fontloom.model.progress import EMPTY_DIGEST
from fontloom.report.digest import chain, dataset_digest, sample_digest

digests = st.lists(st.binary(min_size=32, max_size=32), max_size=8)


def test_definition():
    image = hashlib.sha256(b"png").digest()
    sample = hashlib.sha256(image + b"line a" + image + b"line b").digest()
    assert sample_digest([(image, b"line a"), (image, b"line b")]) == sample
    first = hashlib.sha256(bytes(32) + sample).digest()
    assert chain(EMPTY_DIGEST, [sample]) == first.hex()
    assert chain(EMPTY_DIGEST, [sample, sample]) == hashlib.sha256(first + sample).hexdigest()
    a, b = "a" * 64, "b" * 64
    expected = hashlib.sha256(f"A\0{a}\nB\0{b}\n".encode()).hexdigest()
    assert dataset_digest([("B", b), ("None", EMPTY_DIGEST), ("A", a)]) == expected


def test_empty():
    assert chain(EMPTY_DIGEST, []) == EMPTY_DIGEST
    assert dataset_digest([]) == dataset_digest([("A", EMPTY_DIGEST)]) == hashlib.sha256().hexdigest()


@given(digests, st.integers(0, 8))
def test_chain_can_be_broken_anywhere(samples, cut):
    assert chain(chain(EMPTY_DIGEST, samples[:cut]), samples[cut:]) == chain(EMPTY_DIGEST, samples)


@given(st.dictionaries(st.text(st.characters(exclude_characters="\0", codec="utf-8")), digests, max_size=6))
def test_dataset_digest_does_not_depend_on_the_order_of_fonts(fonts):
    pairs = [(name, chain(EMPTY_DIGEST, samples)) for name, samples in fonts.items()]
    shuffled = random.Random(1).sample(pairs, len(pairs))
    assert dataset_digest(pairs) == dataset_digest(shuffled)
