"""What is measured of sign-ins."""

from prometheus_client import Counter

FAILURES = Counter("sign_in_failures", "Sign-ins with a wrong address or password.")
