"""What predictions need as long as the service runs."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.health import State
from app.ml.batcher import Batcher
from app.ml.folder import POLL_SECONDS, ModelFolder
from app.ml.peers import Peers
from app.ml.schemas import describe
from app.settings import Settings
from app.workers import available_cpus


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model, run it for whoever asks, and follow its folder."""
    settings: Settings = app.state.settings
    cpus = available_cpus()
    threads = max(1, cpus // (settings.web_concurrency or cpus))
    folder = ModelFolder(settings.model_path, threads, settings.model_batch_size)
    peers = Peers()
    folder.refresh()
    # A worker takes no requests before this ends: those that have a model answer them. Without one
    # anywhere, somebody has to say so.
    while not folder.model and peers.have_model() and not app.state.draining:
        await asyncio.sleep(POLL_SECONDS)
        await asyncio.to_thread(folder.refresh)
    if folder.model:
        peers.join()
    describe(app.openapi(), folder.request)
    # What is there now stays, so the collector need not stop requests to look at it.
    gc.collect()
    gc.freeze()

    async def check() -> State:
        return "ok" if folder.model else "unavailable"

    app.state.models = folder
    app.state.batcher = Batcher(settings)
    app.state.checks["model"] = check
    follower = asyncio.create_task(_follow(app, folder, peers))
    yield
    follower.cancel()


async def _follow(app: FastAPI, folder: ModelFolder, peers: Peers) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if await asyncio.to_thread(folder.refresh):
            peers.join()
            describe(app.openapi(), folder.request)
