"""What the server answers itself, where a request never reaches the application."""

import logging
import re
from time import gmtime, strftime

from app.http_security import HttpSecurity, choose_request_id
from app.logging import request_id
from app.problems import MEDIA_TYPE, problem, title_of
from app.settings import Settings

# The head of a request is its first line and its fields.
HEAD_SECONDS = 10
MAX_HEAD_BYTES = 16_384
MAX_FIELDS = 100
# In each of these spans, a client has to send so much of a body.
MOVE_SECONDS = 10
MOVE_BYTES = 10_240
# In each of these it has to take as much of a response. A kernel tells of it in large steps.
READ_SECONDS = 30
# After a refusal, what the client still sends is passed over, so that it can read why.
LINGER_SECONDS = 5

INVALID_HTTP = "The request is not valid HTTP."
INVALID_HOST = "The request needs one valid Host header."
VALID_HOST = re.compile(rb"[\w.~!$&'()*+,;=%:\[\]-]+")
TOO_SLOW = "The request did not arrive in time."
HEAD_TOO_LARGE = f"The head has more than {MAX_HEAD_BYTES} bytes or {MAX_FIELDS} fields."

logger = logging.getLogger(__name__)


def refuse(settings: Settings, status: int, detail: str, path: str = "/") -> bytes:
    """Log a refusal, and write it as a whole response, the last of its connection."""
    current_id = choose_request_id(None)
    token = request_id.set(current_id)
    body = problem(status, settings.root_path + path, detail)
    logger.info("refused", extra={"path": path, "status": status, "reason": detail})
    request_id.reset(token)
    headers = {
        "Date": strftime("%a, %d %b %Y %H:%M:%S GMT", gmtime()),
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Request-ID": current_id,
        **HttpSecurity(settings).security_headers,
    }
    lines = [f"HTTP/1.1 {status} {title_of(status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
