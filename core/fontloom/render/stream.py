"""Random streams that depend on what is drawn and on nothing else."""

from hashlib import blake2b

import numpy as np


class Streams:
    """The random streams of one sample, one for each purpose.

    Each starts at the BLAKE2b hash of all that identifies it, so it depends neither on the order nor on
    the worker nor on the attempt.
    """

    def __init__(self, seed: int, font_identity: str, sample: int) -> None:
        self._key = f"{seed}\0{font_identity}\0{sample}\0"
        self._bits = np.random.PCG64(0)
        self._generator = np.random.Generator(self._bits)

    def start(self, purpose: str) -> np.random.Generator:
        """The stream of this purpose, from its beginning. It ends the stream started before it."""
        start = blake2b((self._key + purpose).encode(), digest_size=32, person=b"fontloom-stream").digest()
        # Setting the state costs a tenth of making a generator. Any start is good; the step must be odd.
        self._bits.state = {
            "bit_generator": "PCG64",
            "state": {
                "state": int.from_bytes(start[:16], "little"),
                "inc": int.from_bytes(start[16:], "little") | 1,
            },
            "has_uint32": 0,
            "uinteger": 0,
        }
        return self._generator
