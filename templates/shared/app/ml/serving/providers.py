"""The providers of ONNX Runtime, which run a model on a processor or a GPU."""

import logging
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from app.server.setting_types import split_words

CPU = "CPUExecutionProvider"

logger = logging.getLogger(__name__)


def select_available(providers: tuple[str, ...]) -> list[str]:
    """Leave out the providers that this ONNX Runtime was built without."""
    from onnxruntime import get_available_providers

    available = get_available_providers()
    for name in providers:
        if name not in available:
            warn_of_missing(name)
    return [name for name in providers if name in available]


@cache
def warn_of_missing(name: str) -> None:
    """Warn, once in each process, that another provider takes the place of this one."""
    logger.warning("MODEL_PROVIDERS: %s is not available here; the next provider is used", name)


def _check(providers: tuple[str, ...]) -> tuple[str, ...]:
    # Not for each command that reads settings: the import takes half a second.
    from onnxruntime import get_all_providers, get_available_providers

    available = get_available_providers()
    choices = f"this onnxruntime has {', '.join(available)}"
    if unknown := [name for name in providers if name not in {*get_all_providers(), *available}]:
        raise ValueError(f"{unknown[0]} is not a provider; {choices}")
    if not set(providers) & set(available):
        raise ValueError(f"none of the providers is available here; {choices}")
    return providers


Providers = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(lambda setting: split_words(setting) if isinstance(setting, str) else setting),
    AfterValidator(_check),
]
