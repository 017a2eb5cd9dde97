"""What predictions need as long as the service runs."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.health import State
from app.ml.serving.batcher import Batcher
from app.ml.serving.model_lock import ModelLock
from app.ml.serving.model_store import POLL_SECONDS, ModelStore
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.schemas import describe
from app.server.cpus import available_cpus
from app.settings import Settings


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model, run it for all requests, and follow its folder."""
    settings: Settings = app.state.settings
    cpus = available_cpus()
    threads = max(1, cpus // (settings.web_concurrency or cpus))
    runtime = Runtime(threads, settings.model_providers, settings.model_share_weights)
    store = ModelStore(settings.model_path, runtime, settings.model_batch_size)
    lock = ModelLock()
    store.refresh()
    # A worker takes no requests before this ends: those that have a model answer them. Without one
    # in any worker, all take requests, to answer that the model is not ready.
    while not store.model and lock.is_held() and not app.state.draining:
        await asyncio.sleep(POLL_SECONDS)
        await asyncio.to_thread(store.refresh)
    if store.model:
        lock.acquire()
    describe(app.openapi(), *store.schemas)
    # What is there now stays, so the collector need not stop requests to look at it.
    gc.collect()
    gc.freeze()

    async def check() -> State:
        return "ok" if store.model else "unavailable"

    app.state.model_store = store
    app.state.batcher = Batcher(settings)
    app.state.checks["model"] = check
    follower = asyncio.create_task(_follow(app, store, lock))
    yield
    follower.cancel()


async def _follow(app: FastAPI, store: ModelStore, lock: ModelLock) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if await asyncio.to_thread(store.refresh):
            lock.acquire()
            describe(app.openapi(), *store.schemas)
