"""The order of `scaffold compare`, checked by hand: what Pydantic saves, to count and to time."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Errors = list[dict[str, Any]]
PAYMENTS = ("card", "invoice", "transfer")
POSTCODE = re.compile(r"[0-9A-Z -]{3,10}")
COUNTRY = re.compile(r"[A-Z]{2}")
SKU = re.compile(r"[A-Z]{3}-[0-9]{4}")


class Invalid(Exception):
    """What is wrong, and where."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


def read_order(sent: Any) -> dict[str, Any]:
    """Check an order of up to a hundred lines; raises Invalid with everything that is wrong."""
    errors: Errors = []
    if not isinstance(sent, dict):
        raise Invalid([error((), "is not an object")])
    order = {
        "number": read_integer(sent, "number", (), errors, 1, None),
        "placed": read_date(sent, "placed", (), errors),
        "payment": read_choice(sent, "payment", (), errors, PAYMENTS),
        "billing": read_address(sent, "billing", errors),
        "delivery": read_address(sent, "delivery", errors),
        "lines": read_lines(sent, errors),
    }
    if errors:
        raise Invalid(errors)
    return order


def read_address(sent: dict[str, Any], name: str, errors: Errors) -> dict[str, Any]:
    address = sent.get(name)
    if not isinstance(address, dict):
        errors.append(error((name,), "is not an object"))
        return {}
    place = (name,)
    return {
        "name": read_text(address, "name", place, errors),
        "street": read_text(address, "street", place, errors),
        "city": read_text(address, "city", place, errors),
        "postcode": read_pattern(address, "postcode", place, errors, POSTCODE),
        "country": read_pattern(address, "country", place, errors, COUNTRY),
    }


def read_lines(sent: dict[str, Any], errors: Errors) -> list[dict[str, Any]]:
    lines = sent.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= 100:
        errors.append(error(("lines",), "is not a list of 1 to 100 lines"))
        return []
    return [read_line(line, ("lines", number), errors) for number, line in enumerate(lines)]


def read_line(line: Any, place: tuple[Any, ...], errors: Errors) -> dict[str, Any]:
    if not isinstance(line, dict):
        errors.append(error(place, "is not an object"))
        return {}
    return {
        "sku": read_pattern(line, "sku", place, errors, SKU),
        "title": read_text(line, "title", place, errors),
        "quantity": read_integer(line, "quantity", place, errors, 1, 999),
        "price": read_price(line, "price", place, errors),
        "tags": read_tags(line, place, errors),
        "gift": read_flag(line, "gift", place, errors),
    }


def read_text(sent: dict[str, Any], name: str, place: tuple[Any, ...], errors: Errors) -> Any:
    text = sent.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= 100:
        errors.append(error((*place, name), "is not a text of 1 to 100 characters"))
    return text


def read_pattern(
    sent: dict[str, Any],
    name: str,
    place: tuple[Any, ...],
    errors: Errors,
    pattern: re.Pattern[str],
) -> Any:
    text = sent.get(name)
    if not isinstance(text, str) or not pattern.fullmatch(text):
        errors.append(error((*place, name), f"does not match {pattern.pattern}"))
    return text


def read_integer(
    sent: dict[str, Any],
    name: str,
    place: tuple[Any, ...],
    errors: Errors,
    low: int,
    high: int | None,
) -> Any:
    number = sent.get(name)
    if not isinstance(number, int) or isinstance(number, bool):
        errors.append(error((*place, name), "is not a whole number"))
    elif number < low or (high is not None and number > high):
        errors.append(error((*place, name), f"is not between {low} and {high}"))
    return number


def read_price(sent: dict[str, Any], name: str, place: tuple[Any, ...], errors: Errors) -> Any:
    value = sent.get(name)
    try:
        price = Decimal(value) if isinstance(value, str | int) else Decimal(str(value))
    except InvalidOperation:
        errors.append(error((*place, name), "is not a decimal number"))
        return None
    exponent = price.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 or not 0 <= price < 10**8:
        errors.append(error((*place, name), "is not a price"))
    return price


def read_tags(sent: dict[str, Any], place: tuple[Any, ...], errors: Errors) -> Any:
    tags = sent.get("tags")
    if not isinstance(tags, list) or len(tags) > 5:
        errors.append(error((*place, "tags"), "is not a list of at most 5 tags"))
        return []
    for number, tag in enumerate(tags):
        if not isinstance(tag, str) or not 1 <= len(tag) <= 100:
            errors.append(error((*place, "tags", number), "is not a text of 1 to 100 characters"))
    return tags


def read_flag(sent: dict[str, Any], name: str, place: tuple[Any, ...], errors: Errors) -> Any:
    flag = sent.get(name, False)
    if not isinstance(flag, bool):
        errors.append(error((*place, name), "is not true or false"))
    return flag


def read_date(sent: dict[str, Any], name: str, place: tuple[Any, ...], errors: Errors) -> Any:
    try:
        return date.fromisoformat(sent.get(name))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        errors.append(error((*place, name), "is not a date"))
        return None


def read_choice(
    sent: dict[str, Any],
    name: str,
    place: tuple[Any, ...],
    errors: Errors,
    choices: tuple[str, ...],
) -> Any:
    if sent.get(name) not in choices:
        errors.append(error((*place, name), f"is not one of {', '.join(choices)}"))
    return sent.get(name)


def error(place: tuple[Any, ...], message: str) -> dict[str, Any]:
    return {"loc": ["body", *place], "msg": message}
