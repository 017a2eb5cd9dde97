"""A Flask service of three routes and a page, written by hand: what `serve.py` holds the generated one to."""

import os

from bare_items import Base, Item, ItemCreate, ItemRead, newest_items
from flask import Flask, Response, render_template, request
from flask_sqlalchemy import SQLAlchemy
from pydantic import ValidationError

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 8, "max_overflow": 0}  # one per thread
db = SQLAlchemy(app, model_class=Base, session_options={"expire_on_commit": False})


def answer(item: Item, status: int = 200) -> Response:
    body = ItemRead.model_validate(item).model_dump_json()
    return Response(body, status, mimetype="application/json")


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/v1/items")
def create_item() -> Response:
    try:
        body = ItemCreate.model_validate_json(request.get_data())
    except ValidationError as error:
        return Response(error.json(include_url=False), 422, mimetype="application/json")
    item = Item(**body.model_dump())
    db.session.add(item)
    db.session.commit()
    response = answer(item, 201)
    response.headers["Location"] = f"/api/v1/items/{item.id}"
    return response


@app.get("/api/v1/items/<int:item_id>")
def read_item(item_id: int) -> Response:
    return answer(db.get_or_404(Item, item_id))


@app.get("/items")
def show_items() -> str:
    items = db.session.scalars(newest_items(request.args.get("before", type=int))).all()
    return render_template("items.html", title="Items", items=items)
