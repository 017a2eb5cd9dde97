"""The cookies of pages: how they are named, written and read."""


def read_cookies(header: str) -> dict[str, list[str]]:
    """Read all values of each cookie; frameworks would choose one, and not the same one."""
    cookies: dict[str, list[str]] = {}
    for pair in header.split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        cookies.setdefault(name, []).append(value)
    return cookies


class Cookies:
    """The cookies of an environment: in production they need HTTPS, and no other host can set them."""

    def __init__(self, environment: str) -> None:
        self.need_https = environment == "production"
        self._prefix = "__Host-" if self.need_https else ""
        secure = "; Secure" if self.need_https else ""
        self._attributes = f"Path=/; HttpOnly; SameSite=Lax{secure}"

    def name(self, name: str) -> str:
        """Return what a cookie is called in this environment."""
        return self._prefix + name

    def set(self, name: str, value: str, max_age: int) -> str:
        """Return the Set-Cookie header that sets a cookie for so many seconds."""
        return f"{self.name(name)}={value}; Max-Age={max_age}; {self._attributes}"

    def delete(self, name: str) -> str:
        """Return the Set-Cookie header that deletes a cookie."""
        return self.set(name, "", 0)

    def read(self, header: str, name: str) -> str | None:
        """Read a cookie; of two with one name, somebody else may have set one, and none counts."""
        values = read_cookies(header).get(self.name(name), [])
        return values[0] if len(values) == 1 else None
