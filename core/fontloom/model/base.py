"""The base of every model: frozen, strict about unknown keys."""

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1
"""Version of every state file. Raised when a field changes its meaning."""


class Model(BaseModel):
    """A frozen value that refuses keys it does not know."""

    # Validators are built when first used: a command builds few, and --help none.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants", defer_build=True)
