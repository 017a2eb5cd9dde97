"""What predictions need as long as the service runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from app.health import State
from app.ml.serving.batcher import Batcher
from app.ml.serving.loading import load
from app.ml.serving.model_documents import describe_models
from app.ml.serving.model_lock import ModelLock
from app.ml.serving.model_store import POLL_SECONDS, ModelStore
from app.ml.serving.onnx_model import Runtime
from app.server.cpus import available_cpus
from app.settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model, run it for all requests, and follow its folder."""
    settings: Settings = app.state.settings
    cpus = available_cpus()
    threads = max(1, cpus // (settings.web_concurrency or cpus))
    runtime = Runtime(threads, settings.model_providers, settings.model_share_weights)
    store = ModelStore(
        settings,
        partial(load, runtime=runtime, batch_size=settings.model_batch_size),
        partial(Batcher, settings=settings, loop=asyncio.get_running_loop()),
    )
    lock = ModelLock()
    store.refresh()
    # A worker takes no requests before this ends: those that have all models answer them. Without
    # such a worker, all take requests, to answer that a model is not ready.
    while not store.is_ready and lock.is_held() and not app.state.draining:
        await asyncio.sleep(POLL_SECONDS)
        await asyncio.to_thread(store.refresh)
    if store.is_ready:
        lock.acquire()
    describe_models(app.openapi(), store)

    async def check() -> State:
        return "ok" if store.is_ready else "unavailable"

    app.state.model_store = store
    app.state.checks["model"] = check
    follower = asyncio.create_task(_follow(app, store, lock))
    yield
    follower.cancel()


async def _follow(app: FastAPI, store: ModelStore, lock: ModelLock) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if await asyncio.to_thread(store.refresh):
            describe_models(app.openapi(), store)
        if store.is_ready:
            lock.acquire()
